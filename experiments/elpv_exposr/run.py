"""Leave-one-generator-out on solar cells: `python run.py GENERATED_FOLDER WORK_FOLDER [arm …]`; prints a table per arm.

Prepares the folders, trains what is missing in the store of the current folder (`mlruns/`), and writes a page per arm.
"""

from __future__ import annotations

import sys
from pathlib import Path

from prepare import main as prepare

from assay.studies.left_out.left_out import LeftOut
from assay.studies.left_out.request import LeftOutRequest
from assay.studies.left_out.study import exposr

FEW = (
    "evaluation.generators.jpeg=[95,90,80,60]",
    "evaluation.generators.resize=[]",
    "evaluation.generators.blur=[]",
    "evaluation.resamples=400",
    "evaluation.latency_runs=20",
)
THEN = (
    "aug=recompress",
    "head=novelty_kinds",
    "calibration=false_alarms",
    "model.stages=3",
    "data.pseudo_generators=[]",
)
"""What `experiment=exposr` was when this was recorded; `experiments/elpv_delivery` says what it is, and why."""
UNCOMPRESSED = ("aug=none", "head=novelty")
PLAIN = ("aug=none", "head=linear", "model.input=picture", "model.stages=null", "calibration=auto")
ARMS = {
    "exposr": FEW,
    "exposr_pca": FEW,  # a third generator, trained on the other two
    "one_kind": ("head=novelty", *FEW),
    "one_kind_pca": ("head=novelty", *FEW),
    "uncompressed": UNCOMPRESSED,
    "uncompressed_pca": (*UNCOMPRESSED, *FEW),
    "linear": ("aug=none", "head=linear", *FEW),
    "picture": (*UNCOMPRESSED, "model.input=picture", *FEW),
    "plain160": (*PLAIN, "data.image_size=160", "data.resize=crop", *FEW),
    "robust": ("aug=robust", *FEW),
    "seed1": ("seed=1", *FEW),
    "seed2": ("seed=2", *FEW),
}


def main(generated: Path, work: Path, arms: list[str]) -> None:
    """Run the arms and print what came out."""
    prepare(generated, work / "two")
    prepare(generated, work / "three", pca=True)
    for arm in arms or list(ARMS):
        third = arm.endswith("pca")
        root = work / ("three" if third else "two")
        size = () if any(word.startswith("data.image_size") for word in ARMS[arm]) else ("data.image_size=64",)
        words = (
            "experiment=exposr",
            f"data.root={root}",
            *size,
            "data.normalise_files=true",
            *_then(ARMS[arm]),
            *ARMS[arm],
        )
        only = ("pca",) if third else ()
        folder, found = exposr(LeftOutRequest((*words, "evaluation.figures=false"), only, name=f"elpv_exposr_{arm}"))
        print(f"\n{arm}: {folder}")
        _table(found)


def _then(own: tuple[str, ...]) -> list[str]:
    """What holds where an arm says nothing else."""
    said = {word.partition("=")[0] for word in own}
    return [word for word in THEN if word.partition("=")[0] not in said]


def _table(found: list[LeftOut]) -> None:
    print("| left out | handled | AUROC | accuracy, calib | accuracy, real alone | TPR at 1 % FPR |")
    for one in found:
        evidence = None if one.evidence is None else one.evidence.generators
        for condition in () if evidence is None else evidence.conditions:
            told = next(row for row in condition.generators if row.generator == one.generator)
            numbers = [
                f"{m.value:.3f} [{m.low:.3f}, {m.high:.3f}]" if m.value is not None and m.low is not None else "-"
                for m in (told.auroc, told.accuracy, told.accuracy_real, told.tpr)
            ]
            print(f"| {one.generator} | {condition.described} | " + " | ".join(numbers) + " |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
