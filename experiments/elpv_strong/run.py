"""Cross-validate frozen features on the solar cells, put three of them together, and count all cells once.

    python experiments/elpv_strong/run.py [binary|grade] [WORK_FOLDER]

Runs `study.yaml` beside this file in WORK_FOLDER (`elpv_strong_work`), then an ensemble of the three `kernel_300`
variants in each fold, and writes `TASK.csv` beside this file: what each variant answers about all 2,624 cells, each by
a model that had not seen it. What was trained before is reused. An hour on two cores for a task.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

import assay
from assay.evaluation.intervals import wilson_interval

HERE = Path(__file__).resolve().parent
TASKS = {"binary": ["experiment=elpv_binary"], "grade": []}
TOGETHER = ("kernel_300", "kernel_300_lite1", "kernel_300_lite2")
FOLDS = 4


def studied(task: str) -> dict[str, list[str]]:
    """Variant -> ids of its runs in the first division, by fold."""
    name = f"elpv_{task}"
    words = [f"study={HERE / 'study.yaml'}", f"name={name}", *TASKS[task]]
    subprocess.run([sys.executable, "-m", "assay", "study", *words], check=True)
    study = json.loads(Path(f"mlruns/studies/{name}/study.json").read_text())
    # Each seed tests every cell once; one of them counts them.
    first = {
        variant["name"]: [training for training in variant["trainings"] if training["seed"] == 0]
        for variant in study["variants"]
    }
    return {
        name: [training["run_id"] for training in sorted(trainings, key=lambda training: training["fold"])]
        for name, trainings in first.items()
    }


def put_together(task: str, members: list[str], fold: int) -> str:
    """The id of a run that answers by the mean of some."""
    words = [*TASKS[task], "model=ensemble", f"model.members=[{','.join(members)}]", "data.image_size=300"]
    quick = ["evaluation=quick", "evaluation.latency_runs=100", "evaluation.figures=false", "ood=none"]
    return assay.train([*words, f"data.folds={FOLDS}", f"data.fold={fold}", *quick]).id


def counted(name: str, ids: list[str]) -> dict[str, object]:
    """One row: all folds together, where each cell is a test image once."""
    runs = [assay.load(each) for each in ids]
    counts = [len(run.predictions("test").labels) for run in runs]
    # What is served is what counts: a calibrator of a vector or a matrix can change an answer.
    right = sum(round(run.metrics["test/accuracy"] * count) for run, count in zip(runs, counts, strict=True))
    interval = wilson_interval(right, sum(counts))
    assert interval is not None
    means = {
        metric: sum(run.metrics[f"test/{metric}"] for run in runs) / FOLDS for metric in ("macro_f1", "nll", "ece")
    }
    return {
        "variant": name,
        "cells": sum(counts),
        "accuracy": right / sum(counts),
        "low": interval[0],
        "high": interval[1],
        **means,
    }


def main(task: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    variants = studied(task)
    variants["together"] = [
        put_together(task, [variants[name][fold] for name in TOGETHER], fold) for fold in range(FOLDS)
    ]
    table = pd.DataFrame([counted(name, ids) for name, ids in variants.items()]).round(4)
    table.to_csv(HERE / f"{task}.csv", index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "binary", Path(sys.argv[2] if len(sys.argv) > 2 else "elpv_strong_work"))
