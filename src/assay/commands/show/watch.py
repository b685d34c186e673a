"""What the terminal shows of a reference profile: whose it is, how many images, and what each number usually is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from rich.table import Table

from assay.commands.show import drift, watched
from assay.monitoring.profile import SPLITS, Profile
from assay.monitoring.take_look import TakenLook
from assay.output import say
from assay.postprocess.ood.two_stage import DOMAINS
from assay.serving.manage_watch import Result, WatchResult
from assay.serving.watch.drift_report import DriftReportResult
from assay.terminal import terminal

QUANTILES = {"p05": 0.05, "median": 0.5, "p95": 0.95}


def text(result: Result, request: object) -> None:
    """Print it."""
    if isinstance(result, DriftReportResult):
        drift.text(result)
        return
    if not isinstance(result, WatchResult):
        watched.text(result)
        return
    profile, about = result.profile, result.profile.about
    kept = {split: len(profile.only(split)) for split in SPLITS}
    say(f"profile     {result.name}, serves {about.serves}; {'made now' if result.made else 'there already'}")
    say(f"bundle      {about.bundle}")
    say("images      " + ", ".join(f"{split} {kept[split]:,} of {about.images[split]:,}" for split in SPLITS))
    say(f"components  {0 if profile.projection is None else profile.projection.count} of each embedding")
    shown = Table("", *(f"{split}\n{name}" for split in SPLITS for name in QUANTILES))
    measured = {(row["split"], row["measure"]): row for row in rows(result, request)}
    for measure in dict.fromkeys(measure for _, measure in measured):
        numbers = [measured[split, measure][name] for split in SPLITS for name in QUANTILES]
        shown.add_row(measure, *("" if number is None else f"{number:.4g}" for number in numbers))
    terminal().print(shown)
    say(f"folder      {result.folder}")


def document(result: Result, request: object) -> dict[str, Any]:
    """The same as JSON values."""
    if isinstance(result, DriftReportResult):
        return drift.document(result)
    if not isinstance(result, WatchResult):
        return watched.document(result)
    return {
        "name": result.name,
        "made": result.made,
        "folder": result.folder,
        "about": asdict(result.profile.about),
        "measures": rows(result, request),
    }


def rows(result: Result, request: object) -> list[dict[str, Any]]:
    """One row for each measure of each split: quantiles of its values; of a share, itself as `median` alone."""
    if isinstance(result, DriftReportResult):
        return drift.rows(result)
    if not isinstance(result, WatchResult):
        return watched.rows(result)
    return [{"split": split, **row} for split in SPLITS for row in _measures(result.profile.only(split))]


def ending(result: Result, request: object) -> None:
    """Exit with 1 where a look leaves an alert that calls somebody."""
    if isinstance(result, TakenLook) and result.calling:
        raise SystemExit(1)


def _measures(part: Profile) -> list[dict[str, Any]]:
    columns = {name: part.statistics[:, index] for index, name in enumerate(part.statistics_names)}
    columns["confidence"] = part.confidence
    shares = {f"answered {name}": part.predicted == index for index, name in enumerate(part.class_names)}
    shares |= {"rejected": part.rejected}
    shares |= {domain: part.domain == index for index, domain in enumerate(DOMAINS) if index}
    measured = [
        {
            "measure": name,
            "n": len(values),
            **{key: float(np.quantile(values, q)) if len(values) else None for key, q in QUANTILES.items()},
        }
        for name, values in ((name, column[np.isfinite(column)]) for name, column in columns.items())
    ]
    return measured + [
        {"measure": name, "n": len(part), **dict.fromkeys(QUANTILES), "median": float(values.mean())}
        for name, values in shares.items()
    ]
