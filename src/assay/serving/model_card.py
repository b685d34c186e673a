"""ModelCard: what whoever asks a model should know of it: what it is, what was measured, and what it cannot tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assay.deploy.bundle.bundle import EVIDENCE, SET_METHOD, Bundle
from assay.evaluation.evidence import Evidence
from assay.measurement import Measurement
from assay.serving.engine import Engine

FEW = 30
"""Test images of a class below which a number about it says little."""


@dataclass(frozen=True)
class Fact:
    """One line of evidence.

    Attributes:
        what: that was measured, in words.
        measured: value with interval and sample size.
    """

    what: str
    measured: Measurement


@dataclass(frozen=True)
class ModelCard:
    """A model as it answers here.

    Attributes:
        engine: that answers.
        evidence: the lines that matter most to whoever asks it; fewer where less was measured.
        limits: what it cannot tell, a sentence each.
    """

    engine: Engine
    evidence: tuple[Fact, ...]
    limits: tuple[str, ...]


def model_card(engine: Engine) -> ModelCard:
    """The card of a model that is ready to answer."""
    if EVIDENCE not in engine.bundle.about.files:
        return ModelCard(engine, (), ())
    return ModelCard(engine, tuple(_facts(engine.bundle.evidence)), limits_of_bundle(engine.bundle))


def _facts(evidence: Evidence) -> Iterator[Fact]:
    named = {"macro_f1": "macro-F1, the mean over the classes", "ece": "calibration error (ECE) of the confidence"}
    for name, what in named.items():
        if name in evidence.metrics:
            yield Fact(what, evidence.metrics[name])
    if evidence.reject is not None and evidence.reject.method != "none":
        yield Fact("answered without asking for a person", evidence.reject.coverage)
        yield Fact("wrong among those answers", evidence.reject.risk)
    for conformal in evidence.conformal:
        if conformal.method == SET_METHOD:
            yield Fact(f"possible classes hold the true one (asked: {conformal.level:.0%})", conformal.coverage)
    if evidence.ood is not None:
        yield Fact("pictures of this kind that are taken for another", evidence.ood.test.away)
    if evidence.generators is not None and evidence.generators.stability is not None:
        yield Fact("answers that change when the picture is delivered again", evidence.generators.stability.flip_rate)
    if evidence.delivery is not None and (worst := evidence.delivery.most_accused) is not None:
        yield Fact(f"real pictures called generated, after {worst.described}", worst.false_accusations)


LIMITS = {
    "classes": "It knows {count} classes and no others: {names}.",
    "test": "Its numbers are about {n} test images; pictures taken in another way may be answered worse.",
    "few": "Of {names} fewer than {few} images were tested, which says little about them.",
    "no_check": "Nothing checks whether a picture is of this kind at all.",
    "hardest": "Of pictures of another kind, {share} are noticed where it is hardest ({name}).",
    "no_robustness": (
        "How it answers about blurred, dark or compressed pictures was not measured (evaluation=full does)."
    ),
    "small": (
        'Pictures whose shorter side has fewer than {side} pixels are answered "unsure": '
        "so small, too many were mistaken."
    ),
    "generated": (
        "It tells pictures that were generated as a whole; edited parts and photographed screens were not tested."
    ),
}
"""Name of a limit -> the sentence that says it."""


@dataclass(frozen=True)
class LimitOfUse:
    """Something that a model cannot tell.

    Attributes:
        name: of `LIMITS`.
        values: that its sentence is filled with.
    """

    name: str
    values: dict[str, str]

    def __str__(self) -> str:
        return LIMITS[self.name].format_map(self.values)


def limits_of(evidence: Evidence) -> Iterator[LimitOfUse]:
    """What a model cannot tell, from what was measured.

    Args:
        evidence: of the model.
    """
    classes = ", ".join(evidence.class_names)
    yield LimitOfUse("classes", {"count": str(len(evidence.class_names)), "names": classes})
    yield LimitOfUse("test", {"n": str(evidence.n)})
    if few := [row.name for row in evidence.per_class if row.support < FEW]:
        yield LimitOfUse("few", {"names": ", ".join(few), "few": str(FEW)})
    if evidence.ood is None:
        yield LimitOfUse("no_check", {})
    elif evidence.ood.sets:
        hardest = min(evidence.ood.sets, key=lambda each: each.shares.away.value or 0.0)
        share = hardest.shares.away.value or 0.0
        yield LimitOfUse("hardest", {"share": f"{share:.0%}", "name": hardest.name})
    if evidence.robustness is None:
        yield LimitOfUse("no_robustness", {})
    if evidence.generators is not None:
        yield LimitOfUse("generated", {})
    if evidence.delivery is not None and evidence.delivery.smallest_side is not None:
        yield LimitOfUse("small", {"side": str(evidence.delivery.smallest_side)})


def limits_of_bundle(bundle: Bundle) -> tuple[str, ...]:
    """What a model cannot tell; nothing where its bundle holds no evidence."""
    return tuple(map(str, limits_of(bundle.evidence))) if EVIDENCE in bundle.about.files else ()
