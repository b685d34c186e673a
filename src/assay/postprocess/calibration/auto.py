"""Auto: the calibration that cross-validation on the calibration images finds best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np

from assay.config.bounds import AtLeast
from assay.data.stratified import divide
from assay.errors import DataError
from assay.postprocess.calibration.calibrator import CALIBRATORS, Calibrator, without_impossible
from assay.postprocess.calibration.cross_validation import HeldOutLosses, held_out_losses
from assay.postprocess.calibration.flexible import ADVICE
from assay.predictions import FloatArray, Predictions

if TYPE_CHECKING:
    from torch import nn

# A choice among this many images is as certain as one among more.
MOST_IMAGES = 5_000


class Auto(Calibrator):
    """Takes the calibrator with the smallest cross-validated negative log-likelihood (NLL), and fits it on all images.

    Of those that never change an answer (`none`, `temperature`, `temperature_smoothed`) the smallest NLL is taken, the
    simpler of equals. Of those that may (`vector`, `matrix`, `isotonic`) one is taken only if its NLL is smaller by
    more than one standard error of the paired difference over groups, so that a flexible map does not win by chance;
    among those the smallest. So by this measure the result is never worse than no calibration. The standard-error rule
    is that of Breiman et al. (1984), here for what is flexible alone: between no number to learn and one there is
    nothing to be careful about.

    Folds are stratified by class and keep groups together. Beyond 5,000 images the choice is made on as many of them.

    Args:
        folds: of the cross-validation.
        seed: of the folds.
        keep_answers: compare only methods that never change which class is most probable: a flexible one learns how
            frequent classes are, and takes back what sampler or loss did for rare ones. None means false; whoever
            knows of such a correction sets it.

    Attributes:
        taken_: the calibrator, fitted on all images.
        candidates_: for each compared method its `nll` (None where it is infinite), and the `difference` to the best
            simple one with its `standard_error` (None for that one itself). `matrix` is compared up to
            100 classes. Which there are, each class says itself (`auto_rank`).
        n_: images that it was chosen and fitted from.
        split_: their split.
    """

    method: ClassVar[str] = "auto"
    keeps_answers_by: ClassVar[str] = "keep_answers"

    taken_: Calibrator
    candidates_: list[dict[str, Any]]
    n_: int
    split_: str

    def __init__(self, folds: Annotated[int, AtLeast(2)] = 5, seed: int = 0, keep_answers: bool | None = None) -> None:
        self.folds = folds
        self.seed = seed
        self.keep_answers = bool(keep_answers)

    def learn(self, predictions: Predictions) -> None:
        """Compare all candidates and learn the taken one from all images."""
        possible, notes = without_impossible(predictions)
        usable = self._some(predictions.rows(possible)) if possible.any() else None
        simple, flexible = candidates(len(predictions.class_names))
        kinds = simple if self.keep_answers else [*simple, *flexible]
        losses = None
        if usable is not None:
            losses = held_out_losses([kind() for kind in kinds], usable, folds=self.folds, seed=self.seed)
        if losses is None:
            taken, self.candidates_ = 0, []
            why: tuple[str, ...] = (
                f"calibration=auto needs two groups of {predictions.split} images to compare on; there are fewer, and "
                "confidence is not calibrated.",
            )
        else:
            taken, self.candidates_ = _chosen(losses, [kind.method for kind in kinds], len(simple))
            why = _few(len(predictions), predictions.split)
        self.taken_ = kinds[taken]()
        self.taken_.learn(predictions)
        self.n_, self.split_ = len(predictions), predictions.split
        self.taken_.notes_ = tuple(note.removesuffix(ADVICE) for note in self.taken_.notes_)
        own = self.taken_.notes_ if taken else notes
        self.notes_ = (*why, *own)

    def transform(self, logits: FloatArray) -> FloatArray:
        """What the taken calibrator gives, [N, C].

        Raises:
            DataError: `fit` was never called.
        """
        return self._fitted().transform(logits)

    def state(self) -> dict[str, Any]:
        """The state of the taken calibrator, and how every candidate did.

        Raises:
            DataError: `fit` was never called.
        """
        return {
            "method": self.method,
            "taken": CALIBRATORS.saved(self._fitted(), self._fitted().state()),
            "candidates": self.candidates_,
            "folds": self.folds,
            "seed": self.seed,
            "keep_answers": self.keep_answers,
            "n": self.n_,
            "split": self.split_,
            "notes": list(self.notes_),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The calibrator that gave this state.

        Raises:
            DataError: the taken calibrator is missing or unknown.
        """
        taken = state.get("taken") or {}
        if "plugin" not in taken and taken.get("method") not in set(CALIBRATORS.targets()) - {cls.method}:
            raise DataError(f"the saved calibrator auto took {taken.get('method')!r}: no such method; fit it again")
        calibrator = cls(folds=state["folds"], seed=state["seed"], keep_answers=state["keep_answers"])
        calibrator.taken_ = CALIBRATORS.restored(taken)
        calibrator.candidates_, calibrator.notes_ = state["candidates"], tuple(state["notes"])
        calibrator.n_, calibrator.split_ = state["n"], state["split"]
        return calibrator

    def fresh(self) -> Calibrator:
        """One of the kind that was taken, so that nothing else changes when it learns anew.

        Raises:
            DataError: `fit` was never called.
        """
        return self._fitted().fresh()

    def in_graph(self) -> nn.Module | None:
        """What the taken calibrator is in a graph."""
        return self._fitted().in_graph()

    def _some(self, predictions: Predictions) -> Predictions:
        n = len(predictions)
        if n <= MOST_IMAGES:
            return predictions
        part = divide(predictions.labels, predictions.groups.tolist(), [MOST_IMAGES, n - MOST_IMAGES], self.seed)
        return predictions.rows(part == 0)

    def _fitted(self) -> Calibrator:
        if not hasattr(self, "taken_"):
            raise DataError("calibration=auto was never fitted; call fit() with the predictions of the split calib")
        return self.taken_


def candidates(classes: int) -> tuple[list[type[Calibrator]], list[type[Calibrator]]]:
    """What is compared for so many classes, simplest first: what never changes an answer, and what may."""
    own = [(vars(kind).get("auto_rank"), kind) for kind in CALIBRATORS.classes().values()]
    ranked = sorted(((rank, kind) for rank, kind in own if rank is not None), key=lambda entry: entry[0])
    kinds = [kind for _, kind in ranked if kind.most_classes is None or classes <= kind.most_classes]
    return [kind for kind in kinds if not kind.changes_answers], [kind for kind in kinds if kind.changes_answers]


def _chosen(losses: HeldOutLosses, methods: list[str], simplest: int) -> tuple[int, list[dict[str, Any]]]:
    """Which candidate to take, and how each did; the first `simplest` of them never change an answer."""
    means = np.array([losses.mean(index) for index in range(len(methods))])
    simple = int(means[:simplest].argmin())
    taken, record = simple, []
    for index, method in enumerate(methods):
        finite = bool(np.isfinite(means[index]))
        difference, error = losses.difference(index, simple) if finite else (np.inf, np.inf)
        compared = index != simple and finite and np.isfinite(error)
        if index >= simplest and compared and difference < -error and means[index] < means[taken]:
            taken = index
        record.append(
            {
                "method": method,
                "nll": float(means[index]) if finite else None,
                "difference": float(difference) if compared else None,
                "standard_error": float(error) if compared else None,
            }
        )
    return taken, record


def _few(n: int, split: str) -> tuple[str, ...]:
    if n >= 100:
        return ()
    return (f"calibration=auto chose among its candidates by {n} {split} images, which is little to choose by.",)
