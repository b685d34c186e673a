"""Quality: pictures that are blurred, badly exposed, flat, of an odd size or shape, by limits of their own dataset."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assay.audit.decision import EXCLUDED_BY
from assay.audit.finders.learned_limits import FEWEST, SPREADS, Learned, learned_by_class
from assay.audit.finders.quality_traits import HIDES, TRAITS, Trait
from assay.audit.finding import EXCLUDE, Finding
from assay.audit.findings import Findings, Limit
from assay.audit.settings import FindSettings, Sources
from assay.data.manifest import Manifest
from assay.data.sample_range import SampleRange
from assay.data.scan import FLAGS, scan_warnings

KIND = "quality"
RARE = 0.1
"""Share of the pictures of a class up to which a trait is a fault of some; beyond, pictures of this dataset are so."""
_SURE, _NEARLY_SURE = 0.95, 0.9


def find_quality(manifest: Manifest, sources: Sources, settings: FindSettings) -> Findings:
    """Pictures that are unlike the others of their class in a way that makes them worse to learn from.

    Limits are learned from the dataset, on the bad side alone, and for a class by itself where its pictures differ from
    those of the others. Of a clean dataset at most 1 % is beyond any one limit, as long as the tails of its values are
    no heavier than exponential; what is on the good side of a floor from the literature is never flagged.

    Args:
        manifest: its pictures, those out of distribution apart.
        sources: whose cache has what was said while files were decoded.
        settings: nothing of them matters here.
    """
    table = manifest.table[manifest.table["split"] != "ood"].reset_index(drop=True)
    labels = table["label"].to_numpy()
    raised: list[_Raised] = [_flagged(table, "blank", "blank")]
    limits: list[Limit] = []
    notes: list[str] = []
    for trait in TRAITS:
        own, learned = _beyond(table, labels, trait, manifest.class_names)
        limits += learned
        raised.append(own)
    raised.append(_warned(table, sources, manifest.samples))
    findings = list(_findings(table, raised, labels, notes))
    if len(table) < FEWEST:
        notes.append(f"{len(table)} pictures are too few to learn limits of quality from; {FEWEST} are needed")
    unusable = manifest.excluded[~manifest.excluded["reason"].str.startswith(f"{EXCLUDED_BY} ")]
    if len(unusable):
        findings.append(_not_used(unusable))
    return Findings(tuple(findings), limits=tuple(limits), notes=tuple(notes))


class _Raised:
    """Pictures with one trait.

    Attributes:
        name: of the trait.
        which: bool [N].
        scores: float64 [N].
        reasons: from a row to the sentence why.
        values: from a row to the number behind it.
    """

    def __init__(self, name: str, count: int) -> None:
        self.name = name
        self.which: NDArray[np.bool_] = np.zeros(count, dtype=bool)
        self.scores = np.zeros(count)
        self.reasons: dict[int, str] = {}
        self.values: dict[int, dict[str, float | str]] = {}


def _flagged(table: pd.DataFrame, flag: str, name: str) -> _Raised:
    raised = _Raised(name, len(table))
    raised.which = _has(table, flag)
    raised.scores[raised.which] = _SURE
    for row in np.flatnonzero(raised.which).tolist():
        raised.reasons[row] = FLAGS[flag]
    return raised


def _warned(table: pd.DataFrame, sources: Sources, samples: SampleRange) -> _Raised:
    """Files that Pillow decoded with a warning: cut off, or with parts that contradict each other."""
    raised = _Raised("decode_warning", len(table))
    for row, warning in enumerate(scan_warnings(table["path"].tolist(), sources.cache_dir, samples=samples)):
        if warning:
            raised.which[row], raised.scores[row] = True, _NEARLY_SURE
            raised.reasons[row] = f"it was decoded with a warning: {warning}"
            raised.values[row] = {"warning": warning}
    return raised


def _has(table: pd.DataFrame, flag: str) -> NDArray[np.bool_]:
    return np.array([flag in flags.split(",") for flags in table["flags"]], dtype=bool)


def _beyond(
    table: pd.DataFrame, labels: NDArray[np.int64], trait: Trait, class_names: tuple[str, ...]
) -> tuple[_Raised, list[Limit]]:
    raised = _flagged(table, trait.flag, trait.name) if trait.flag else _Raised(trait.name, len(table))
    values = trait.of(table)
    always = trait.is_always_odd(values)
    for row in np.flatnonzero(always).tolist():
        raised.which[row], raised.scores[row] = True, _NEARLY_SURE
        raised.reasons[row] = (
            f"{_measured(trait, values[row])} is {trait.side} {trait.always:.4g}, the limit of any dataset"
        )
        raised.values[row] = {"value": float(values[row]), "limit": float(trait.always or 0.0)}
    scaled = trait.scale(values)
    by_class = learned_by_class(scaled, labels, trait.side, least_spread=trait.least_spread)
    limits: dict[Learned, Limit] = {}
    for label, limit in by_class.items():
        rows = np.flatnonzero(labels == label)
        distance = limit.beyond(scaled[rows])
        odd = (distance > SPREADS) & trait.passes_floor(values[rows]) & ~always[rows]
        shared = sum(other == limit for other in by_class.values()) > 1 or len(by_class) == 1
        edge = trait.edge(limit.limit)
        usual = trait.back(limit.median)
        known = limits.get(limit)
        limits[limit] = Limit(
            KIND,
            trait.name,
            f"{trait.statistic}, {trait.unit}" if trait.unit else trait.statistic,
            trait.side,
            edge,
            usual,
            len(rows) + (known.images if known else 0),
            int((odd | always[rows]).sum()) + (known.beyond if known else 0),
            "" if shared else class_names[label],
        )
        whose = "the dataset" if shared else f"its class {class_names[label]}"
        for row, far in zip(rows[odd].tolist(), distance[odd].tolist(), strict=True):
            raised.which[row] = True
            raised.scores[row] = max(float(raised.scores[row]), far / (far + SPREADS))
            raised.reasons[row] = (
                f"{_measured(trait, values[row])} is {trait.side} {edge:.4g}, the limit learned from {whose}, "
                f"where {usual:.4g} is usual"
            )
            raised.values[row] = {"value": float(values[row]), "limit": edge, "usual": usual}
    return raised, list(limits.values())


def _measured(trait: Trait, value: float) -> str:
    return f"{trait.statistic} {value:.4g} {trait.unit}".rstrip()


def _findings(
    table: pd.DataFrame, raised: list[_Raised], labels: NDArray[np.int64], notes: list[str]
) -> Iterator[Finding]:
    hidden: dict[str, NDArray[np.bool_]] = {}
    rare = []
    for own in raised:
        usual = np.zeros(len(table), dtype=bool)
        for label in np.unique(labels[own.which]).tolist():
            rows = labels == label
            if own.which[rows].mean() > RARE:
                usual |= rows
        often = int((own.which & usual).sum())
        if often:
            notes.append(
                f"{often} pictures are {own.name.replace('_', ' ')}, more than {RARE:.0%} of their class: that is how "
                "pictures of this dataset are, so they are not listed one by one"
            )
        for other in HIDES.get(own.name, ()):
            hidden[other] = hidden.get(other, np.zeros(len(table), dtype=bool)) | own.which
        rare.append((own, own.which & ~usual))
    for own, which in rare:
        for row in np.flatnonzero(which & ~hidden.get(own.name, np.zeros(len(table), dtype=bool))).tolist():
            yield Finding(
                kind=KIND,
                name=own.name,
                images=(str(table["id"][row]),),
                paths=(str(table["path"][row]),),
                why=own.reasons[row],
                score=round(float(own.scores[row]), 6),
                suggestion=EXCLUDE if own.name == "blank" else "",
                values=own.values.get(row, {}),
            )


def _not_used(excluded: pd.DataFrame) -> Finding:
    reasons = excluded["reason"].str.replace(r"\s*[:(].*", "", regex=True).value_counts()
    first = excluded.iloc[0]
    return Finding(
        kind=KIND,
        name="not_used",
        images=(),
        paths=(),
        why=f"{len(excluded)} files are not used; the first is {first['path']}: {first['reason']}",
        score=1.0,
        values={str(reason): float(count) for reason, count in reasons.head(20).items()},
    )
