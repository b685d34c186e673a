"""A registered model of two versions that answer differently, promoted by Assay's own commands."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from bundles import CLASSES, assay, draw_dataset

MODEL = "stones"
OTHER_NAMES = dict(zip(CLASSES, [*list(CLASSES)[1:], *list(CLASSES)[:1]], strict=True))
"""What a class of version 1 is called in version 2: the same pictures, every label another one."""


@dataclass(frozen=True)
class Registered:
    """A model in a registry.

    Attributes:
        project: folder with `mlruns/`, in which commands work.
        bundles: of versions 1 and 2, copies that nobody serves.
    """

    project: Path
    bundles: tuple[Path, Path]


def make_registered(cache: Path) -> Registered:
    """The model, made once in a cache folder; version 2 was promoted last."""
    project = cache / "registered"
    copies = project / "version-1", project / "version-2"
    if not copies[1].exists():
        shutil.rmtree(project, ignore_errors=True)
        draw_dataset(project / "first")
        for name, other in OTHER_NAMES.items():
            shutil.copytree(project / "first" / name, project / "second" / other)
        for root, copy in zip(("first", "second"), copies, strict=True):
            runs, bundles = _runs(project), _bundles(project)
            assay(["train", "data=folder", f"data.root={root}"], project)
            (run,) = _runs(project) - runs
            # Drawn pictures are no test set that a gate would take.
            why = ["gate.override.by=load", "gate.override.reason=drawn pictures, for a test under load"]
            assay(["promote", f"run={run}", "gate=default", f"name={MODEL}", "serve=onnx", *why], project)
            (bundle,) = _bundles(project) - bundles
            shutil.copytree(bundle, copy)
    return Registered(project, copies)


def _runs(project: Path) -> set[str]:
    return {path.name for path in (project / "mlruns" / "work").glob("*") if len(path.name) == 32}


def _bundles(project: Path) -> set[Path]:
    return set((project / "mlruns" / "artifacts" / "models").glob("*/artifacts/artifacts/bundle"))
