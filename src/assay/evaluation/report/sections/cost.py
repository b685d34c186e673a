"""Parameters, size and latency."""

from __future__ import annotations

from typing import Any

from assay.evaluation.catalogue import label_of, metric
from assay.evaluation.cost import Cost
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject


def _values(subject: Subject) -> dict[str, Any]:
    cost = subject.evidence.cost
    return {
        "cost_tiles": _tiles(cost),
        "cost_busy": cost.busy if cost else "",
        "cost_taken_over": cost.taken_over if cost else "",
    }


def _tiles(cost: Cost | None) -> list[tuple[str, str, str, str]]:
    """Name, value, unit and what has to be known about it."""
    if cost is None:
        return []
    size = metric("cost/size_mb")
    tiles = [
        (label_of("cost/parameters"), *_parameters(cost.parameters), "weights"),
        (size.label, f"{cost.size_mb:.1f}", size.unit, "on disk, 10⁶ bytes"),
    ]
    for name, value in (
        ("cost/latency_p50_ms", cost.latency_p50_ms),
        ("cost/latency_p95_ms", cost.latency_p95_ms),
        ("cost/latency_p99_ms", cost.latency_p99_ms),
    ):
        entry = metric(name)
        if value is None:
            tiles.append((entry.label, "—", "", f"needs more runs than {cost.latency_n}"))
        else:
            tiles.append((entry.label, f"{value:.1f}", entry.unit, f"{cost.latency_n:,} runs"))
    return tiles


def _parameters(count: int) -> tuple[str, str]:
    if count >= 1_000_000:
        return f"{count / 1e6:.1f}", "M"
    return (f"{count / 1e3:.1f}", "k") if count >= 1000 else (str(count), "")


SECTION = Section("cost", "Size and latency", _values)
