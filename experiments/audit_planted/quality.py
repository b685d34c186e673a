"""Blur that was planted into one picture of twenty: how much of it is met, beside cleanvision."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from duplicates import OTHERS
from planted import Picture, blurred, write

from assay.audit.find import find
from assay.audit.settings import FindSettings, Sources
from assay.data.build import Records, build_manifest


def run(name: str, pictures: list[Picture], labels: list[str], folder: Path, environment: str) -> dict:
    """Recall and precision of blur, and what is flagged of the same pictures without any."""
    rng = np.random.default_rng(0)
    spoilt = set(rng.choice(len(pictures), len(pictures) // 20, replace=False).tolist())
    clean = [write(picture, folder / "clean" / f"{row:05}.png") for row, picture in enumerate(pictures)]
    mixed = [
        write(blurred(picture) if row in spoilt else picture, folder / "mixed" / f"{row:05}.png")
        for row, picture in enumerate(pictures)
    ]
    planted = {f"{row:05}.png" for row in spoilt}
    answers = {"assay audit": _flagged(mixed, labels, folder / "cache")}
    done = subprocess.run(
        [sys.executable, str(OTHERS), "cleanvision blur", str(folder / "mixed")],
        env={"PYTHONPATH": environment, "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    tools: dict = {}
    if done.returncode:
        tools["cleanvision"] = {"not asked": (done.stderr.strip().splitlines() or ["no answer"])[-1]}
    else:
        answers["cleanvision"] = set(json.loads(done.stdout.splitlines()[-1])["blurry"])
    for tool, flagged in answers.items():
        right = len(flagged & planted)
        tools[tool] = {"recall": right / len(planted), "precision": right / len(flagged) if flagged else 1.0}
    tools["assay audit"]["flagged of the clean pictures"] = len(_flagged(clean, labels, folder / "cache")) / len(clean)
    return {"dataset": name, "pictures": len(pictures), "blurred": len(planted), "tools": tools}


def _flagged(paths: list[Path], labels: list[str], cache: Path) -> set[str]:
    table = pd.DataFrame({"path": [str(path) for path in paths], "label": labels})
    manifest = build_manifest(Records(table), cache, where="planted", on_conflict="drop")
    findings = find(manifest, Sources(cache), FindSettings(("quality",))).findings
    return {Path(finding.paths[0]).name for finding in findings if finding.name == "blurred"}
