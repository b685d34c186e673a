"""Shortcuts: facts by which a class is told without what its pictures show."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assay.audit.finders.fold_auroc import fold_auroc, interval, permuted
from assay.audit.finders.giveaways import giveaways
from assay.audit.finding import Finding
from assay.audit.findings import Findings
from assay.audit.settings import FindSettings, Sources
from assay.data.manifest import Manifest
from assay.errors import DataError

KIND = "shortcut"
ALARM = 0.6
"""AUROC above which a class is told by what should not tell it."""
MOST = 5000
"""Pictures that are looked at: with so many an AUROC is known to about 0.02."""
FEWEST = 10
"""Groups of a class, below which it is not asked about."""
MOST_CLASSES = 20
FOLDS, TREES, RESAMPLES, PERMUTED = 5, 100, 500, 199
FALSE_ALARMS = 0.05
_EXAMPLES = 3
MEANING = {
    "file": "facts of the files (bytes, sides, format, compression)",
    "colour": "mean colour and its spread alone",
    "border": "the border around the pictures",
    "source": "where pictures come from",
    "camera": "the camera that EXIF names",
}
_CARRIED = 3


def find_shortcuts(manifest: Manifest, sources: Sources, settings: FindSettings) -> Findings:
    """For each kind of fact the class that it tells best, where it tells one.

    Trees learn each class from the facts of some groups and are asked about the others. An alarm needs an AUROC above
    0.6, an interval above 0.5, and more than 95 in 100 labels reach that were exchanged between groups, by the best of
    all facts and classes: so at most 5 % of datasets without a shortcut raise any.

    Args:
        manifest: its labelled pictures; of more than `MOST` a part that is drawn by the seed.
        sources: not asked.
        settings: whose seed draws pictures, folds, trees and resamples.
    """
    asked, why = _asked(manifest.labelled, settings.seed)
    if asked is None:
        return Findings(skipped={KIND: why})
    try:
        tables = giveaways(asked.table, asked.samples)
    except DataError as error:
        return Findings(skipped={KIND: str(error)})
    probes = _probed(asked, tables, settings.seed)
    findings = [_finding(asked, tables[probe.facts], probe) for probe in probes if probe.alarm]
    notes = [f"{len(asked)} of {len(manifest.labelled)} pictures were asked for shortcuts"]
    notes += [f"{probe.sentence(asked.class_names)}: no alarm" for probe in probes if not probe.alarm]
    return Findings(tuple(findings), notes=tuple(notes))


@dataclass(frozen=True, eq=False)
class Probe:
    """How well some facts tell a class.

    Attributes:
        facts: of `MEANING`.
        label: the class that they tell best.
        auroc: of that class against the others.
        low: lower end of its 95 % interval.
        high: upper end.
        floor: what the best facts reach for any class in 95 % of datasets whose labels mean nothing.
        scores: float64 [N], out-of-fold probability of the class.
    """

    facts: str
    label: int
    auroc: float
    low: float
    high: float
    floor: float
    scores: NDArray[np.float64]

    @property
    def alarm(self) -> bool:
        """Whether the class is told by these facts beyond chance."""
        return self.auroc > ALARM and self.low > 0.5 and self.auroc > self.floor

    def sentence(self, class_names: tuple[str, ...]) -> str:
        """What was measured."""
        return (
            f"{MEANING[self.facts]} tell {class_names[self.label]} from the other classes with AUROC {self.auroc:.2f} "
            f"(95 % interval {self.low:.2f} to {self.high:.2f}, by chance up to {self.floor:.2f})"
        )


def _asked(manifest: Manifest, seed: int) -> tuple[Manifest | None, str]:
    """The pictures that are asked about; None, and why, where nothing can be asked."""
    table = manifest.table
    if len(table) > MOST:
        rows = np.random.default_rng(seed).choice(np.argsort(table["id"].to_numpy(), kind="stable"), MOST, False)
        table = table.iloc[np.sort(rows)]
    groups = table.groupby("label")["group"].nunique()
    known = groups[groups >= FEWEST].index
    table = table[table["label"].isin(known)]
    if len(known) < 2:
        return None, f"fewer than two classes have {FEWEST} groups of pictures"
    return replace(manifest, table=table), ""


def _probed(asked: Manifest, tables: dict[str, pd.DataFrame], seed: int) -> list[Probe]:
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import StratifiedGroupKFold

    labels = asked.labels
    groups = np.unique(asked.groups, return_inverse=True)[1].astype(np.intp)
    folds = np.zeros(len(labels), dtype=np.intp)
    divided = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for fold, (_, rows) in enumerate(divided.split(labels, labels, groups)):
        folds[rows] = fold
    classes = pd.Series(labels).value_counts().index[:MOST_CLASSES].tolist()
    if len(classes) == 2:
        classes = [min(classes)]  # what tells one of two tells the other: it stays one finding when their counts change
    rng = np.random.default_rng(seed)
    exchanged = permuted(labels, folds, groups, count=PERMUTED, rng=rng)
    best: list[tuple[str, int, float, NDArray[np.float64]]] = []
    by_chance = np.zeros(PERMUTED)
    for facts, frame in tables.items():
        probabilities = np.zeros((len(labels), len(asked.class_names)))
        values = frame.to_numpy(dtype=np.float32)
        for fold in range(FOLDS):
            known = folds != fold
            trees = ExtraTreesClassifier(
                TREES, min_samples_leaf=5, class_weight="balanced", random_state=seed, n_jobs=1
            ).fit(values[known], labels[known])
            probabilities[np.ix_(~known, trees.classes_)] = trees.predict_proba(values[~known])
        aurocs = {}
        for label in classes:
            scores = probabilities[:, label]
            aurocs[label] = float(fold_auroc(scores, (labels == label)[:, None], folds)[0])
            by_chance = np.maximum(by_chance, fold_auroc(scores, exchanged == label, folds))
        first = max(classes, key=aurocs.__getitem__)
        best.append((facts, first, aurocs[first], probabilities[:, first]))
    floor = float(np.sort(by_chance)[int(np.ceil((1 - FALSE_ALARMS) * (PERMUTED + 1))) - 1])
    return [
        Probe(
            facts,
            label,
            auroc,
            *interval(scores, labels == label, folds, groups, resamples=RESAMPLES, rng=rng),
            floor,
            scores,
        )
        for facts, label, auroc, scores in best
    ]


def _finding(asked: Manifest, facts: pd.DataFrame, probe: Probe) -> Finding:
    inside = asked.labels == probe.label
    carried = _carriers(facts, inside)
    rows: list[int] = [
        *sorted(np.flatnonzero(inside).tolist(), key=lambda row: (-probe.scores[row], row))[:_EXAMPLES],
        *sorted(np.flatnonzero(~inside).tolist(), key=lambda row: (probe.scores[row], row))[:_EXAMPLES],
    ]
    why = f"{probe.sentence(asked.class_names)}; most of it by {carried[0]}"
    if probe.facts == "colour":
        why += ". Where the colour is what makes the class, this is no shortcut"
    return Finding(
        kind=KIND,
        name=probe.facts,
        images=tuple(asked.table["id"].iloc[rows]),
        paths=tuple(asked.table["path"].iloc[rows]),
        why=why,
        score=round(float(np.clip(2 * probe.low - 1, 0, 1)), 6),
        subject=asked.class_names[probe.label],
        values={
            "class": asked.class_names[probe.label],
            "auroc": round(probe.auroc, 6),
            "low": round(probe.low, 6),
            "high": round(probe.high, 6),
            "by_chance": round(probe.floor, 6),
            "carried_by": "; ".join(carried),
            "examples": f"the first {min(_EXAMPLES, int(inside.sum()))} are of the class, the others are not",
        },
    )


def _carriers(facts: pd.DataFrame, inside: NDArray[np.bool_]) -> list[str]:
    """The facts that tell the class best alone, with what they are on both sides."""
    alone = {
        name: abs(float(fold_auroc(facts[name].to_numpy(), inside[:, None], np.zeros(len(inside), np.intp))[0]) - 0.5)
        for name in facts
    }
    first = sorted(map(str, facts), key=lambda name: (-alone[name], name))[:_CARRIED]
    return [_sides(name, facts[name].to_numpy(), inside) for name in first]


def _sides(name: str, values: NDArray[np.float64], inside: NDArray[np.bool_]) -> str:
    if set(np.unique(values).tolist()) <= {0.0, 1.0}:
        return f"{name} ({values[inside].mean():.0%} of the class, {values[~inside].mean():.0%} of the others)"
    return (
        f"{name} (median {np.median(values[inside]):.4g} in the class, {np.median(values[~inside]):.4g} in the others)"
    )
