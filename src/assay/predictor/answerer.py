"""Answerer: what answers about pictures, whatever computes; the steps from a picture to an answer are written here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.data.image import Pixels
from assay.data.sample_range import FULL, SampleRange
from assay.postprocess.ood.two_stage import DOMAINS
from assay.postprocess.softmax import softmax
from assay.predictions import FloatArray, Predictions
from assay.predictor.answer import Answer, Picture, decoded

if TYPE_CHECKING:
    from assay.data.preprocessing import Preprocessing
    from assay.postprocess.calibration import Calibrator
    from assay.postprocess.conformal import Conformal
    from assay.postprocess.ood.two_stage import TwoStage
    from assay.postprocess.projection import Projection
    from assay.postprocess.reject import RejectRule

UNSURE, SHORTER_SIDE = DOMAINS[1], "shorter_side"


class Answerer(ABC):
    """Base of all that answers about pictures.

    Attributes:
        class_names: C names, in the order of the logits.
        ordered: whether the classes are grades, in their order.
        preprocessing: from a decoded picture to the network's input; None where an exported graph does all of it.
        calibrator: from logits to calibrated logits.
        reject: which answers are withheld.
        ood: which pictures are of another kind; None checks none.
        conformal: which classes an answer names besides the most probable one; None names none.
        projection: from an embedding to the few numbers of it that the log keeps; None keeps none.
        smallest_side: pixels that the shorter side of a picture has to have for a sure answer; None asks for none.
        gains_by_batches: whether threads that ask at the same time answer more pictures in batches than one by one.
    """

    gains_by_batches: ClassVar[bool] = True
    class_names: tuple[str, ...]
    ordered: bool
    preprocessing: Preprocessing | None
    calibrator: Calibrator
    reject: RejectRule
    ood: TwoStage | None
    conformal: Conformal | None = None
    projection: Projection | None = None
    smallest_side: int | None = None

    @abstractmethod
    def raw_predictions(self, images: Sequence[Pixels]) -> Predictions:
        """What the network says about decoded pictures uint8 RGB [H, W, 3] whose classes nobody knows."""

    @property
    def samples(self) -> SampleRange:
        """What is white in files whose samples have more than 8 bits, as it was when this was measured."""
        return FULL if self.preprocessing is None else self.preprocessing.samples

    def prepared(self, images: Sequence[Pixels]) -> list[Pixels]:
        """Decoded pictures as a graph takes them that has the resizing inside of it: uint8 RGB [H, W, 3].

        Where a part of the preprocessing is not in a graph (`Preprocessing.not_in_graph`), all of it is done here, and
        the squares [S, S, 3] pass through the graph's own resizing unchanged; elsewhere pictures stay as they are.
        """
        before = self.preprocessing
        if before is None or not before.not_in_graph:
            return list(images)
        return [before(image) for image in images]

    def probabilities(self, predictions: Predictions) -> FloatArray:
        """Calibrated probabilities [N, C] of `raw_predictions`.

        Raises:
            DataError: these are calibrated already.
        """
        return softmax(self.calibrator.applied(predictions).logits)

    def answer(self, picture: Picture) -> Answer:
        """Calibrated answer about one picture; see `answers`."""
        return self.answers([picture])[0]

    def answers(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Calibrated answers about pictures: files, bytes of files, or decoded uint8 RGB [H, W, 3], all at once.

        Raises:
            DataError: a picture cannot be decoded.
        """
        images = [decoded(picture, f"picture {index + 1}", self.samples) for index, picture in enumerate(pictures)]
        return self.to_answers(self.raw_predictions(images))

    def to_answers(self, predictions: Predictions) -> list[Answer]:
        """The answers that a client gets, from what the network made of the pictures."""
        probabilities, uncalibrated = self.probabilities(predictions), softmax(predictions.logits)
        rejected = self.reject.rejects(probabilities, uncalibrated)
        domains: Sequence[str] = [DOMAINS[0]] * len(predictions)
        reasons: Sequence[str] = [""] * len(predictions)
        if self.ood is not None:
            judged = self.ood.judge(predictions)
            domains, reasons = [DOMAINS[domain] for domain in judged.domain], list(judged.reasons)
        domains, reasons = self._held_back(predictions, domains, reasons)
        sets = None if self.conformal is None else self.conformal.sets(uncalibrated)
        components = None
        if self.projection is not None and predictions.embeddings is not None:
            components = self.projection.components(predictions.embeddings)
        return [
            Answer(
                label=self.class_names[int(row.argmax())],
                confidence=float(row.max()),
                probabilities=row,
                rejected=bool(rejected[index]),
                domain=domains[index],
                reason=reasons[index],
                possible=() if sets is None else self._possible(sets[index], uncalibrated[index]),
                statistics=_statistics(predictions, index),
                components=None if components is None else components[index],
            )
            for index, row in enumerate(probabilities)
        ]

    def _held_back(
        self, predictions: Predictions, domains: Sequence[str], reasons: Sequence[str]
    ) -> tuple[Sequence[str], Sequence[str]]:
        """The same, with "unsure" about pictures that are smaller than the model may be asked about."""
        if self.smallest_side is None or predictions.statistics is None:
            return domains, reasons
        sides = predictions.statistics[:, predictions.statistics_names.index(SHORTER_SIDE)]
        judged: list[tuple[str, str]] = []
        for domain, reason, side in zip(domains, reasons, sides, strict=True):
            if side < self.smallest_side and domain == DOMAINS[0]:
                why = f"its shorter side has {side:.0f} pixels; from {self.smallest_side} on the model may be asked"
                judged.append((UNSURE, why))
            else:
                judged.append((domain, reason))
        return [domain for domain, _ in judged], [reason for _, reason in judged]

    def _possible(self, in_set: NDArray[np.bool_], uncalibrated: FloatArray) -> tuple[str, ...]:
        order = np.argsort(-uncalibrated, kind="stable")
        return tuple(self.class_names[index] for index in order if in_set[index])


def _statistics(predictions: Predictions, index: int) -> dict[str, float]:
    if predictions.statistics is None:
        return {}
    return dict(zip(predictions.statistics_names, map(float, predictions.statistics[index]), strict=True))
