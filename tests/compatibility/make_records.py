"""Record what later versions have to read: runs, a bundle, a registry, a sweep and a study, packed in one archive.

Run it in a checkout of the version whose records are wanted, with that version installed:

    python make_records.py CHECKOUT records.tar.xz

Everything is made in /tmp/assay-records with paths relative to it, so that only MLflow's artifact addresses have to be
changed where the archive is unpacked (`conftest.py`).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path("/tmp/assay-records")
COLOURS = {"amber": (200, 120, 40), "jade": (40, 160, 90), "onyx": (60, 60, 80)}
SMALL = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.root=photos", "data.image_size=32"]
SMALL += [
    "model=timm",
    "model.name=test_efficientnet",
    "+model.stages=2",
    "evaluation.figures=false",
    "cache=cache",
    "data.ood=[]",
]
HEAD = [*SMALL, "model.weights=backbone.safetensors", "finetune=head_only", "finetune.epochs=6"]
FULL = [
    *SMALL,
    "model.weights=none",
    "finetune=full",
    "finetune.epochs=3",
    "calibration=vector",
    "reject=coverage",
    "ood/detector=knn",
]
EASY = ["gate.checks.commit=null", "gate.checks.alone=null", "gate.checks.exports=null", "gate.resamples=200"]
EASY += ["gate.checks.test_set.at_least=5", "gate.checks.test_set.each_class=1", "gate.checks.calibrated.at_most=0.9"]
EASY += ["gate.checks.not_worse.margin=0.9", "gate.checks.not_worse.class_margin=null"]
SWEEP = ["-m", "hydra/sweeper=optuna", "hydra/sweeper/sampler=random", "hydra.sweeper.study_name=rates"]
SWEEP += ["hydra.sweeper.n_trials=4", "optimizer.lr=interval(0.0001,0.01)", *HEAD]
STUDY = """# Whether balanced sampling helps.
question: Does balanced sampling help?
baseline: plain
seeds: [0, 1]
variants:
  plain: []
  weighted: [sampler=weighted]
"""
WEIGHTS = """
import timm, torch
from safetensors.torch import save_file
torch.manual_seed(0)
made = timm.create_model("test_efficientnet").state_dict()
weights = {name: (value * 64).round() / 64 for name, value in made.items()}  # these compress well
save_file(weights, "backbone.safetensors")
"""
HEAVY = ("report.html", "figures", "stages", "verdict.html", "index.html", "comparison.html", "sweep.html")


def main(checkout: Path, archive: Path) -> None:
    """Record and pack."""
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir()
    os.chdir(ROOT)
    _photos()
    (ROOT / "weights.yaml").write_text(STUDY)
    env = {**os.environ, "PYTHONPATH": str(checkout / "src"), "OMP_WAIT_POLICY": "passive"}
    door = [sys.executable, str(checkout / "train.py")]

    subprocess.run([sys.executable, "-c", WEIGHTS], env=env, check=True)

    def assay(*words: str, expected: int = 0) -> str:
        program = "import sys; from assay.cli import main; main(sys.argv[1:])"
        done = subprocess.run([sys.executable, "-c", program, *words], env=env, capture_output=True, text=True)
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout

    def train(*words: str) -> str:
        before = set(_runs())
        subprocess.run([*door, *words], env=env, check=True)
        (run,) = set(_runs()) - before
        return run

    records: dict[str, object] = {"commit": _commit(checkout), "sweep": SWEEP, "study": "weights", "small": SMALL}
    records["head"] = head = train(*HEAD, "name=head")
    records["other_seed"] = train(*HEAD, "seed=1", "name=other seed")
    records["finetuned"] = finetuned = train(*FULL, "name=finetuned")
    records["interrupted"] = _killed([*door, *HEAD, "finetune.epochs=400", "name=interrupted"], env)
    assay("export", f"run={head}", "formats=[onnx]")
    assay("export", f"run={finetuned}", "formats=[onnx,int8]", "serve=int8", "int8.max_loss=1", "int8.images=16")
    where = ["gate=default", "name=grades", *EASY]
    assay("promote", f"run={head}", *where)
    assay("promote", f"run={records['other_seed']}", *where, "gate.checks.calibrated.at_most=0.0001", expected=3)
    assay("promote", f"run={records['other_seed']}", *where)
    assay("rollback", "name=grades", "reason=the other seed was a test", "by=Ada")
    assay("compare", head, str(records["other_seed"]), "resamples=100", "output=compared")
    records["comparison"] = json.loads((ROOT / "compared" / "comparison.json").read_text())
    shutil.rmtree(ROOT / "compared")
    words = [word for word in HEAD if not word.startswith("evaluation")]
    assay("study", "study=weights.yaml", "name=weights", *words, "evaluation.figures=false")
    _stopped_sweep([*door, *SWEEP], env)
    records["answers"] = {run: _answers(run, env) for run in (head, finetuned)}
    (ROOT / "records.json").write_text(json.dumps(records, indent=1))
    _pack(archive)


def _photos() -> None:
    """Sixteen pictures a class, 24 pixels wide, of few tones, so that they take little room."""
    rng = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (ROOT / "photos" / name).mkdir(parents=True)
        for index in range(16):
            tint = np.array(colour) * 0.5 + rng.normal(60, 30, 3)
            pixels = np.clip(tint + rng.normal(0, 30, (6, 6, 3)), 0, 255).astype(np.uint8) // 16 * 16
            Image.fromarray(np.kron(pixels, np.ones((4, 4, 1), np.uint8))).save(
                ROOT / "photos" / name / f"{index:02}.png"
            )


def _runs() -> list[str]:
    work = ROOT / "mlruns" / "work"
    return [path.name for path in work.iterdir() if len(path.name) == 32] if work.exists() else []


def _commit(checkout: Path) -> str:
    return subprocess.run(["git", "-C", checkout, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()


def _killed(command: list[str], env: dict[str, str]) -> str:
    """A run that was killed after an epoch."""
    before = set(_runs())
    process = subprocess.Popen(command, env=env)
    while not [
        path for run in set(_runs()) - before for path in (ROOT / "mlruns/work" / run).glob("stages/*/last.ckpt")
    ]:
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (run,) = set(_runs()) - before
    return run


def _stopped_sweep(command: list[str], env: dict[str, str]) -> None:
    """A search that was killed when two of its four trials had ended."""
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="")
        if line.startswith("trial 2:"):
            process.send_signal(signal.SIGKILL)
    process.wait()


def _answers(run: str, env: dict[str, str]) -> dict[str, list[float]]:
    """What the run's bundle says about three pictures: probabilities by file."""
    program = f"""
import json
from pathlib import Path
from assay.deploy.bundle import Bundle
bundle = Bundle.open(Path("mlruns/work/{run}/bundle"), cache_dir=Path("cache"))
paths = sorted(Path("photos").rglob("0[0-2].png"))
print(json.dumps({{str(p): a.probabilities.tolist() for p, a in zip(paths, bundle.predict(paths))}}))
"""
    done = subprocess.run([sys.executable, "-c", program], env=env, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _pack(archive: Path) -> None:
    with sqlite3.connect(ROOT / "mlruns" / "mlflow.db") as database:
        database.execute("VACUUM")

    def kept(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        interrupted = json.loads((ROOT / "records.json").read_text())["interrupted"]
        name = Path(entry.name).name
        heavy = name in HEAVY and interrupted not in entry.name
        if heavy or entry.name.startswith(("./cache", "./outputs")) or name.endswith((".lock", ".png.tmp")):
            return None
        entry.uid = entry.gid = entry.mtime = 0
        entry.uname = entry.gname = ""
        return entry

    with tarfile.open(archive, "w:xz", preset=9) as packed:
        packed.add(ROOT, ".", filter=kept)
    print(f"{archive}: {archive.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute())
