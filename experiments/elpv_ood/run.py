"""Train on the solar cells as they are and without each class, and write what every OOD detector makes of every set.

    python experiments/elpv_ood/run.py

writes `panel.csv` (a row per set and detector) and `rates.csv` (a row per set: what the two-stage rule answers) beside
this file, and prints both. The trainings go to a temporary folder; embeddings are cached as ever.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from assay.data.sources.elpv import GRADES
from assay.evaluation.evidence import Evidence
from assay.measurement import Measurement

HERE = Path(__file__).parent
TRAIN = HERE.parents[1] / "train.py"
FAR = ["data.ood=[photographs,textures,instruments,digits,misframed]"]
CASES = {
    "all classes": FAR,
    **{f"without {name}": [f"data.holdout_class={name}", "data.ood=[]"] for name in GRADES.values()},
}


def trained(overrides: list[str], folder: Path) -> Evidence:
    """The evidence of one training in a folder of its own."""
    command = [sys.executable, str(TRAIN), *overrides]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return Evidence.load(next(folder.glob("mlruns/work/*/evidence.json")))


def shown(measured: Measurement) -> dict[str, object]:
    return {"value": measured.value, "low": measured.low, "high": measured.high}


def main() -> None:
    panel, rates = [], []
    for case, overrides in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            found = trained(overrides, Path(folder)).ood
        assert found is not None
        rates.append({"training": case, "set": "test", "n": found.test.n, **_rates(found.test)})
        for those in found.sets:
            rates.append({"training": case, "set": those.name, "n": those.n, **_rates(those.shares)})
            for detector, separation in those.panel.items():
                row: dict[str, object] = {"training": case, "set": those.name, "n": those.n, "groups": those.units}
                row["detector"] = detector
                for metric in ("auroc", "aupr", "fpr95"):
                    row |= {f"{metric}_{key}": value for key, value in shown(getattr(separation, metric)).items()}
                panel.append(row)
        print(case, "done", flush=True)
    pd.DataFrame(panel).round(4).to_csv(HERE / "panel.csv", index=False)
    pd.DataFrame(rates).round(4).to_csv(HERE / "rates.csv", index=False)
    table = pd.DataFrame(panel)
    print(table.pivot(index="detector", columns="set", values="auroc_value").round(3).to_string())
    print(pd.DataFrame(rates).round(3).to_string(index=False))


def _rates(shares: object) -> dict[str, object]:
    rows: dict[str, object] = {}
    for name in ("away", "out", "checks"):
        rows |= {f"{name}_{key}": value for key, value in shown(getattr(shares, name)).items()}
    return rows


if __name__ == "__main__":
    main()
