"""Manifests that are written by hand, for what is made of findings."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from assay.audit.decision import AuditDecision
from assay.audit.finding import Finding
from assay.audit.template import save_template
from assay.data.manifest import Manifest

CLASSES = ("amber", "jade", "onyx")


def picture(name: str) -> str:
    """The sha256 of a picture that is named by one letter or more."""
    return (name.encode().hex() + "0" * 64)[:64]


def manifest_of(*rows: tuple[str, str, str], groups: dict[str, str] | None = None) -> Manifest:
    """(name, class, split) of each; `a` is the file /p/a.png, and what follows `~` tells files of one picture apart."""
    table = pd.DataFrame(
        [
            {
                "id": picture(name.partition("~")[0]),
                "path": f"/p/{name}.png",
                "label": CLASSES.index(label) if label else -1,
                "split": split,
                "group": (groups or {}).get(name, name.partition("~")[0]),
                "source": "field" if number % 2 else "museum",
                "generator": "",
                "license": "",
                "width": 10,
                "height": 10,
                "format": "PNG",
                "phash": number,
                "flags": "",
            }
            for number, (name, label, split) in enumerate(rows)
        ]
    )
    return Manifest(table, CLASSES)


def names(manifest: Manifest) -> list[str]:
    """Of the files that are in it."""
    return [path.stem for path in manifest.paths]


def finding_about(*pictures: str, kind: str = "copies", name: str = "near_copies", **more: object) -> Finding:
    """A finding about pictures by their names."""
    images = tuple(picture(each.partition("~")[0]) for each in pictures)
    values = {"why": "0.01 from each other, limit 0.02", "score": 0.9, "suggestion": "keep", **more}
    return Finding(kind, name, images, tuple(f"/p/{each}.png" for each in pictures), **values)


def decided(finding: Finding, choice: str, **more: str) -> AuditDecision:
    """What kim decided about a finding."""
    about = {"by": "kim", "reason": "seen", **more}
    return AuditDecision(finding.id, finding.kind, finding.name, choice, finding.images, paths=finding.paths, **about)


def filled(path: Path, findings: list[Finding], *cells: dict[str, str], delimiter: str = ",") -> Path:
    """The table of these findings as a person saves it, with cells of each row filled in."""
    save_template(path, findings)
    with path.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    for row, more in zip(rows, cells, strict=True):
        row.update(more)
    written = io.StringIO(newline="")
    table = csv.DictWriter(written, list(rows[0]), delimiter=delimiter)
    table.writeheader()
    table.writerows(rows)
    path.write_text(written.getvalue(), "utf-8")
    return path
