"""Hold out one class after the other, of garments and of solar cells, and write what each detector makes of it.

    python experiments/near_ood/run.py [FASHION_MNIST]

FASHION_MNIST is a folder with the four files of the dataset, as Debian's package dataset-fashion-mnist installs them.
Writes `panel.csv` (a row per class and detector) beside this file, and prints it with what `ood/detector=auto` chose
without having seen a picture of the class. The trainings go to a temporary folder; embeddings are cached as ever.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from assay.data.sources.elpv import GRADES
from assay.evaluation.evidence import Evidence

HERE = Path(__file__).parent
TRAIN = HERE.parents[1] / "train.py"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
GARMENTS = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")
HELD_OUT = ("shirt", "coat", "sneaker", "bag")
OF_EACH = 500
ALWAYS = ("ood/detector=auto", "data.ood=[]", "evaluation.figures=false")


def draw_garments(source: Path, folder: Path) -> None:
    """Some pictures of each class, in folders."""
    pixels, labels = (
        gzip.decompress((source / f"train-{part}-ubyte.gz").read_bytes()) for part in ("images-idx3", "labels-idx1")
    )
    pictures = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 28, 28)
    classes = np.frombuffer(labels, np.uint8, offset=8)
    rng = np.random.default_rng(0)
    for label, name in enumerate(GARMENTS):
        (folder / name).mkdir(parents=True)
        for row in rng.permutation(np.flatnonzero(classes == label))[:OF_EACH]:
            Image.fromarray(pictures[row]).save(folder / name / f"{row:05}.png")


def trained(overrides: list[str], folder: Path) -> Evidence:
    """The evidence of one training in a folder of its own."""
    command = [sys.executable, str(TRAIN), *ALWAYS, *overrides]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return Evidence.load(next(folder.glob("mlruns/work/*/evidence.json")))


def main(source: Path) -> None:
    rows = []
    with tempfile.TemporaryDirectory() as pictures:
        draw_garments(source, Path(pictures) / "garments")
        garments = ["data=folder", f"data.root={pictures}/garments", "data.image_size=96", "data.copies=bytes"]
        cases = [("garments", name, [*garments, f"data.holdout_class={name}"]) for name in HELD_OUT]
        cases += [("solar cells", name, [f"data.holdout_class={name}"]) for name in GRADES.values()]
        for dataset, held_out, overrides in cases:
            with tempfile.TemporaryDirectory() as folder:
                evidence = trained(overrides, Path(folder)).ood
            assert evidence is not None
            (unknown,) = evidence.sets
            for detector, separation in unknown.panel.items():
                auroc = separation.auroc
                row = {"dataset": dataset, "held_out": held_out, "n": unknown.n, "detector": detector}
                rows.append({**row, "auroc": auroc.value, "low": auroc.low, "high": auroc.high})
            rows.append({**rows[-1], "detector": "auto", **_of(rows, held_out, evidence.detector)})
            print(f"{dataset} without {held_out}: auto took {evidence.detector}", flush=True)
    table = pd.DataFrame(rows)
    table.round(4).to_csv(HERE / "panel.csv", index=False)
    print(table.pivot(index="detector", columns="held_out", values="auroc").round(3).to_string())


def _of(rows: list[dict[str, object]], held_out: str, detector: str) -> dict[str, object]:
    row = next(row for row in rows if (row["held_out"], row["detector"]) == (held_out, detector))
    return {key: row[key] for key in ("auroc", "low", "high")}


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEBIAN)
