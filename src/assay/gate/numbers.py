"""Numbers: every metric that a bound may be set on, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping

from assay.deploy.bundle.bundle import ABOUT, EVIDENCE
from assay.deploy.bundle.format import FLOAT
from assay.errors import AssayError, GateError, did_you_mean
from assay.evaluation.evidence import Named
from assay.evaluation.measure import Units
from assay.gate.case import Case
from assay.measurement import Measurement, with_intervals
from assay.studies.decision.certainty import without_false_width
from assay.tracking.seal import TAG

COST = "cost/"
ASKED_FOR = {
    "ood/auroc": "data.ood=[DIR], pictures of another kind",
    "robust/": "evaluation=full",
    "delivery/": "evaluation=delivery",
}
"""Beginning of the names that a training measures only where it is asked to -> what asks."""


def parts_of(case: Case, metric: str) -> list[tuple[str, Measurement]]:
    """The numbers that a name stands for, each with what it is about ("" for all).

    `macro_f1` is one number; `f1` one for each class; `ood/auroc` one for each set, `robust/jpeg` what is below it.
    What follows from answers about the test images is computed from what the bundle answers now, and what an answer
    costs is measured from the bundle; what does not (pictures of another kind, corruptions) is read from the evidence
    file, as long as it is the one that the run sealed.

    Raises:
        GateError: the number was not measured, or the candidate cannot be scored.
    """
    predictions = case.candidate.predictions
    units = Units.of(predictions.groups)
    per_class = units.per_class(predictions.labels, len(predictions.class_names))
    groups: dict[str | None, int] = dict(zip(predictions.class_names, per_class.tolist(), strict=True))
    groups[None] = units.count
    scored = _honest(case.candidate.evidence.measured(), case.settings.confidence, groups)
    if parts := _matching(scored, metric):
        return parts
    if metric.startswith(COST):
        costs = with_intervals(case.candidate.cost(metric).measured(), 1)
        if parts := _matching({(key, None): value for key, value in costs.items()}, metric):
            return parts
        raise GateError(f"what an answer costs has no number {metric}; {did_you_mean(metric, costs)}")
    filed, problem = _filed(case)
    if parts := _matching(filed, metric):
        return parts
    if problem and "/" in metric:
        raise GateError(f"{metric} is not known: {problem}")
    known = {name for name, _ in (*scored, *filed)}
    for beginning, asking in ASKED_FOR.items():
        if metric.startswith(beginning) and not any(name.startswith(beginning) for name in known):
            raise GateError(f"the evidence has no number {metric}: the run was trained without {asking}")
    raise GateError(f"the evidence has no number {metric}; {did_you_mean(metric, known)}")


def _filed(case: Case) -> tuple[Named, str]:
    """What only the evidence file knows, and why it cannot be believed."""
    bundle = case.candidate.bundle
    tags, entry = case.run.record.tags, bundle.about.files.get(EVIDENCE)
    if bundle.about.serves == FLOAT:
        believed = entry is not None and entry.sha256 == tags.get(f"{TAG}{EVIDENCE}")
    else:
        believed = tags.get(f"{TAG}{ABOUT}") == bundle.digest
    if not believed:
        return {}, "evidence.json is not what the run measured"
    try:
        known = bundle.evidence.measured()
    except AssayError as error:
        return {}, str(error)
    return _honest(
        {key: measured for key, measured in known.items() if "/" in key[0]}, case.settings.confidence, {}
    ), ""


def _matching(known: Named, metric: str) -> list[tuple[str, Measurement]]:
    if (metric, None) in known:
        return [("", known[metric, None])]
    classes = [(name, measured) for (key, name), measured in known.items() if key == metric and name is not None]
    below = [
        (key.removeprefix(f"{metric}/"), measured)
        for (key, _), measured in known.items()
        if key.startswith(f"{metric}/")
    ]
    return classes or below


def _honest(known: Named, confidence: float, groups: Mapping[str | None, int]) -> Named:
    """Intervals without width replaced by what so many images can show, given the groups of all and of each class."""
    return {
        key: without_false_width(key[0], measured, confidence=confidence, groups=groups.get(key[1]))
        for key, measured in known.items()
    }
