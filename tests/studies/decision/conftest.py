"""Studies made by hand, whose decisions are known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from assay.comparison.comparison import Claim, Comparison, SideRecord, VariantComparison, Verdict
from assay.measurement import Measurement
from assay.studies.decision.decide import decide
from assay.studies.decision.decision import Decision
from assay.studies.decision.policy import Policy
from assay.studies.result import StudyResult, Training, Value, VariantResult

CLASSES = ("bad", "good")
ROADMAP = {
    "criteria": {
        "macro_f1": {"at_least": 0.85},
        "f1": {"at_least": 0.85},
        "cost/latency_p95_ms": {"at_most": 2000},
        "cost/size_mb": {"at_most": 50},
    },
    "objectives": ["macro_f1", "cost/latency_p95_ms", "cost/size_mb"],
}
Number = float | tuple[float, float, float] | None


def measured(number: Number, n: int = 400) -> Measurement:
    """A value, or (low, value, high)."""
    if isinstance(number, tuple):
        return Measurement(number[1], number[0], number[2], n, "by hand")
    return Measurement(number, None, None, n, "by hand: no interval")


@pytest.fixture(scope="session")
def variant() -> Callable[..., VariantResult]:
    """Builds a variant: numbers by metric, those per class as a dict; what is "absent" is left out."""

    def build(
        name: str,
        macro_f1: Any = (0.88, 0.9, 0.92),
        *,
        f1: Any = None,
        latency: Any = (18.0, 20.0, 22.0),
        size: Any = 10.0,
        trainings: int = 1,
        failed: int = 0,
        more: Mapping[str, Number] | None = None,
    ) -> VariantResult:
        per_class = dict.fromkeys(CLASSES, (0.88, 0.9, 0.92)) if f1 is None else f1
        single = {"macro_f1": macro_f1, "cost/latency_p95_ms": latency, "cost/size_mb": size, **(more or {})}
        values = [Value(key, None, measured(one), ()) for key, one in single.items() if one != "absent"]
        values += [Value("f1", key, measured(one, 100), ()) for key, one in per_class.items()]
        errors = ["TrainingError: the loss is not a number"] * failed + [None] * (trainings - failed)
        ran = tuple(Training(seed, None, f"{name}-{seed}", error=error) for seed, error in enumerate(errors))
        return VariantResult(name, (f"model={name}",), ran, tuple(values) if failed < trainings else ())

    return build


@pytest.fixture(scope="session")
def study() -> Callable[..., StudyResult]:
    def build(*variants: VariantResult, baseline: str | None = None, notes: Sequence[str] = ()) -> StudyResult:
        return StudyResult(
            name="hand",
            question="Which one?",
            baseline=baseline or variants[0].name,
            variants=variants,
            common=(),
            class_names=CLASSES,
            n=400,
            folds=None,
            confidence=0.95,
            dataset="d" * 64,
            findings=(),
            notes=tuple(notes),
        )

    return build


@pytest.fixture(scope="session")
def comparison() -> Callable[..., Comparison]:
    """Builds a comparison of macro-F1: for each variant (verdict, difference, more images)."""

    def build(baseline: str, claims: Mapping[str, tuple[Verdict, float, int | None]]) -> Comparison:
        made = []
        for name, (verdict, difference, more) in claims.items():
            gap = Measurement(difference, difference - 0.01, difference + 0.01, 400, "BCa")
            numbers = (0.9, 0.9 + difference, gap, 0.005, 0.01, 0.03)
            claim = Claim("macro_f1", None, *numbers, "swaps", verdict, None, more, None, verdict)
            made.append(VariantComparison(SideRecord(name, (f"{name}-0",), (0,)), (claim,), None, 1, 2))
        side = SideRecord(baseline, (f"{baseline}-0",), (0,))
        return Comparison(side, tuple(made), CLASSES, (200, 200), 400, 400, "images", 0.95, 1, 100, 100, 0, ())

    return build


@pytest.fixture(scope="session")
def policy() -> Callable[..., Policy]:
    """The roadmap's policy, with other keys."""

    def build(**keys: Any) -> Policy:
        return Policy(**{**ROADMAP, **keys})

    return build


@pytest.fixture
def decided(study, policy) -> Callable[..., Decision]:
    """The roadmap's decision on these variants, the first of them the baseline."""

    def run(*variants: VariantResult, comparison: Comparison | None = None, **keys: Any) -> Decision:
        return decide(study(*variants), policy(**keys), name="roadmap", comparison=comparison)

    return run
