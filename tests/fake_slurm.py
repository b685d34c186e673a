"""Programs of Slurm that run an array of at most two jobs on this machine, and leave what was submitted in a file."""

from __future__ import annotations

from pathlib import Path

SLURM = {
    "sbatch": """
cp "$1" submitted.sh
last=$(sed -n 's/^#SBATCH --array=0-\\([0-9]*\\)%.*/\\1/p' "$1")
for i in $(seq 0 $last); do
  SLURM_JOB_ID=77$i SLURM_ARRAY_JOB_ID=77 SLURM_ARRAY_TASK_ID=$i SLURM_NTASKS=1 SLURM_JOB_NUM_NODES=1 \\
  SLURM_JOB_NODELIST=node1 SLURM_NODEID=0 SLURM_PROCID=0 SLURM_LOCALID=0 bash "$1" > /dev/null 2>&1 &
done
echo "Submitted batch job 77"
""",
    "srun": """
while [[ "$1" == --* ]]; do case "$1" in --unbuffered) shift;; *) shift 2;; esac; done
exec "$@"
""",
    "sacct": """
echo "JobID|State|NodeList"
for i in 0 1; do echo "77_$i|COMPLETED|node1"; done
""",
}


def write_slurm(folder: Path) -> None:
    """Write the programs into a folder that is to be in PATH."""
    for name, script in SLURM.items():
        (folder / name).write_text(f"#!/bin/bash{script}")
        (folder / name).chmod(0o755)
