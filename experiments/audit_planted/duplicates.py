"""Copies that were planted: how many are met by the audit, and by imagededup and cleanvision on the same folder."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from planted import CHANGES, Picture, write

from assay.audit.find import find
from assay.audit.settings import FindSettings, Sources
from assay.data.build import Records, build_manifest

Partners = dict[str, set[str]]
OTHERS = Path(__file__).with_name("others.py")


def plant(pictures: list[Picture], labels: list[str], folder: Path, each: int) -> tuple[list[Path], list[str]]:
    """Originals and `each` copies of each kind, in one folder; copies are named by their original and their kind."""
    rng = np.random.default_rng(0)
    paths = [write(picture, folder / f"{index:05}.png") for index, picture in enumerate(pictures)]
    names = list(labels)
    for kind, (change, ending, quality) in CHANGES.items():
        for row in rng.choice(len(pictures), min(each, len(pictures)), replace=False).tolist():
            name = f"{row:05} {kind.replace(' ', '')}{ending}"
            paths.append(write(change(pictures[row]), folder / name, quality))
            names.append(labels[row])
    return paths, names


def by_audit(paths: list[Path], labels: list[str], cache: Path) -> Partners:
    """Who shares a finding with whom."""
    table = pd.DataFrame({"path": [str(path) for path in paths], "label": labels})
    manifest = build_manifest(Records(table), cache, where="planted", on_conflict="drop")
    findings = find(manifest, Sources(cache), FindSettings(("copies",)))
    partners: Partners = {}
    for finding in findings.findings:
        names = {Path(path).name for path in finding.paths}
        for name in names:
            partners.setdefault(name, set()).update(names - {name})
    return partners


def by_others(folder: Path, environment: str) -> dict[str, Partners | str]:
    """What imagededup and cleanvision say, each in a process that has them; else why they were not asked."""
    answers: dict[str, Partners | str] = {}
    for name in ("imagededup phash", "imagededup dhash", "cleanvision"):
        done = subprocess.run(
            [sys.executable, str(OTHERS), name, str(folder)],
            env={"PYTHONPATH": environment, "PATH": "/usr/bin:/bin", "HOME": str(folder.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            answers[name] = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        else:
            listed = json.loads(done.stdout.splitlines()[-1])
            answers[name] = {key: set(values) for key, values in listed.items()}
    return answers


def scored(partners: Partners, paths: list[Path]) -> list[dict[str, float | str]]:
    """Recall and precision of each kind of copy.

    Recall: copies that are met together with their original. Precision: of all partners of these copies, those that are
    the original or another copy of it.
    """
    rows = []
    for kind in CHANGES:
        mark = kind.replace(" ", "")
        copies = [path.name for path in paths if path.stem.endswith(f" {mark}")]
        met = right = said = 0
        for copy in copies:
            mine = partners.get(copy, set())
            own = {name for name in mine if name[:5] == copy[:5]}
            met += f"{copy[:5]}.png" in mine
            right, said = right + len(own), said + len(mine)
        rows.append(
            {
                "kind": kind,
                "copies": len(copies),
                "recall": met / len(copies),
                "precision": right / said if said else 1.0,
            }
        )
    return rows


def run(
    name: str,
    pictures: list[Picture],
    labels: list[str],
    folder: Path,
    each: int,
    environment: str,
    *,
    alone: bool = False,
) -> dict:
    """One dataset's rows for each tool, and how many originals are joined that nobody copied."""
    paths, names = plant(pictures, labels, folder / "pictures", each)
    began = time.monotonic()
    answers: dict[str, Partners | str] = {"assay audit": by_audit(paths, names, folder / "cache")}
    seconds = time.monotonic() - began
    answers |= {} if alone else by_others(folder / "pictures", environment)
    tools = {}
    for tool, partners in answers.items():
        if isinstance(partners, str):
            tools[tool] = {"not asked": partners}
            continue
        joined = sum(
            1
            for mine, others in partners.items()
            if " " not in mine
            for other in others
            if " " not in other and other > mine
        )
        tools[tool] = {"rows": scored(partners, paths), "pairs of originals joined": joined}
    return {
        "dataset": name,
        "originals": len(pictures),
        "files": len(paths),
        "seconds": round(seconds, 1),
        "tools": tools,
    }
