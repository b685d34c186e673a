"""ClassOrder: everybody means the same class by the same place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from assay.gate.case import Case
from assay.gate.check import Check, Finding


@dataclass(frozen=True)
class ClassOrder(Check):
    """Class names and their order in bundle, predictor, manifest, evidence, predictions and champion.

    Attributes:
        other_classes: whether a champion with other classes is a reason to refuse.
    """

    hard: ClassVar[bool] = True
    other_classes: Literal["refused", "allowed"] = "refused"

    @property
    def asked(self) -> str:
        """What is asked for."""
        also = " and the champion" if self.other_classes == "refused" else ""
        return f"Bundle, model, images, evidence{also} name the same classes in the same order"

    def evaluate(self, case: Case) -> Finding:
        """Compare the names."""
        bundle = case.candidate.bundle
        names = bundle.about.class_names
        orders = {
            "the model": bundle.predictor.class_names,
            "the run's images": case.run.manifest.class_names,
            "the evidence": bundle.evidence.class_names,
            "the recorded predictions": bundle.measured.class_names,
        }
        if case.champion.bundle is not None and self.other_classes == "refused":
            orders["the champion"] = case.champion.bundle.about.class_names
        for who, theirs in orders.items():
            if theirs != names:
                turned = ", in another order" if sorted(theirs) == sorted(names) else ""
                return Finding(False, f"{who} has {_listed(theirs)}{turned}; the bundle has {_listed(names)}")
        return Finding(True, f"{len(names)} classes: {_listed(names)}")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
