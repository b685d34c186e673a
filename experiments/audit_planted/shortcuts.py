"""Cues that were planted into files of one class, and how often labels without meaning raise an alarm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from planted import Picture, resized, write

from assay.audit.find import find
from assay.audit.finders.giveaways import giveaways
from assay.audit.finders.shortcut import _probed
from assay.audit.settings import FindSettings, Sources
from assay.data.build import Records, build_manifest
from assay.data.manifest import Manifest

CUES = {
    "format": lambda picture, path: write(picture, path.with_suffix(".jpg"), 95),
    "size": lambda picture, path: write(resized(picture, 0.9), path),
    "quantisation": lambda picture, path: write(picture, path.with_suffix(".jpg"), 88),
}
"""What is done to four of five pictures of one class; the others are as they are, for the last cue as JPEG 90."""


def run(name: str, pictures: list[Picture], folder: Path, resamples: int) -> dict:
    """AUROC of each cue, and the share of resamples with an alarm where labels mean nothing."""
    rng = np.random.default_rng(0)
    picked = rng.choice(len(pictures), min(400, len(pictures)), replace=False).tolist()
    cues = {}
    for cue, change in CUES.items():
        paths, labels = [], []
        for place, row in enumerate(picked):
            path = folder / cue / f"{row:05}.png"
            planted = place % 2 == 0 and rng.random() < 0.8
            if planted:
                path = change(pictures[row], path)
            elif cue == "quantisation":
                path = write(pictures[row], path.with_suffix(".jpg"), 90)
            else:
                path = write(pictures[row], path)
            paths.append(path)
            labels.append(("planted", "other")[place % 2])
        findings = find(_manifest(paths, labels, folder), Sources(folder / "cache"), FindSettings(("shortcut",)))
        own = next((finding for finding in findings.findings if finding.name == "file"), None)
        cues[cue] = {"found": own is not None, **({} if own is None else dict(own.values))}
    return {"dataset": name, "cues": cues, "false alarms": _false_alarms(pictures, folder, resamples)}


def _false_alarms(pictures: list[Picture], folder: Path, resamples: int, each: int = 200) -> dict:
    rng = np.random.default_rng(1)
    paths = [write(picture, folder / "plain" / f"{row:05}.png") for row, picture in enumerate(pictures[:2000])]
    manifest = _manifest(paths, ["a", "b"] * (len(paths) // 2) + ["a"] * (len(paths) % 2), folder)
    tables = giveaways(manifest.table)
    alarms = 0
    for seed in range(resamples):
        rows = np.sort(rng.choice(len(manifest), each, replace=False))
        labels = rng.integers(0, 2, each)
        drawn = replace(manifest, table=manifest.table.iloc[rows].assign(label=labels))
        probes = _probed(drawn, {facts: frame.iloc[rows] for facts, frame in tables.items()}, seed)
        alarms += any(probe.alarm for probe in probes)
    return {"resamples": resamples, "pictures in each": each, "alarms": alarms, "share": alarms / resamples}


def _manifest(paths: list[Path], labels: list[str], folder: Path) -> Manifest:
    table = pd.DataFrame({"path": [str(path) for path in paths], "label": labels})
    return build_manifest(Records(table), folder / "cache", where="planted", on_conflict="drop")
