"""FalseAlarmsDelivered: the threshold of FalseAlarms, held when real pictures are compressed or scaled too."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from assay.config.bounds import AtLeast, Between
from assay.errors import DataError
from assay.postprocess.calibration.false_alarms import FalseAlarms, threshold_of
from assay.predictions import Predictions

Hold = Literal["mixture", "largest"]


class FalseAlarmsDelivered(FalseAlarms):
    """As `FalseAlarms`, but the reference class's images set the threshold as they are and after each of some chains.

    A threshold from clean pictures alone holds its rate for clean pictures alone. "mixture" holds it on average over
    the deliveries, each counting the same; "largest" holds it for every single one, at the price of what is found.

    Args:
        chains: by name, what calib pictures go through, see `assay.augment.chain`; whoever fits predicts them.
        hold: which of the two.
        reference: see `FalseAlarms`.
        rate: likewise.

    Attributes:
        shift_: by how much the threshold lies above that of clean pictures; another form of the same network, whose
            clean pictures alone are known, keeps it.
        held_: share of the reference's images that are mistaken, by delivery, "" for the images as they are.
    """

    method: ClassVar[str] = "false_alarms_delivered"

    shift_: float
    held_: dict[str, float]

    def __init__(
        self,
        chains: dict[str, list[dict[str, float]]] | None = None,
        hold: Hold = "mixture",
        reference: Annotated[int, AtLeast(0)] = 0,
        rate: Annotated[float, Between(0.001, 0.5)] = 0.05,
    ) -> None:
        super().__init__(reference, rate)
        self.chains = {name: [dict(step) for step in steps] for name, steps in (chains or {}).items()}
        self.hold = hold
        self._delivered: dict[str, Predictions] = {}
        self._carried = 0.0

    def deliver(self, delivered: dict[str, Predictions]) -> None:
        """Take what the model says about the images of calib after each chain, before it is fitted on them.

        Args:
            delivered: by chain, before calibration, of the same images in the same order as `fit` gets them.
        """
        self._delivered = dict(delivered)

    def learn(self, predictions: Predictions) -> None:
        """Learn threshold and temperature, see `FalseAlarms`.

        Raises:
            DataError: as there; or what was delivered is of other images.
        """
        super().learn(predictions)
        if not self._delivered:
            return
        worst = max(self.held_, key=self.held_.__getitem__)
        self.notes_ = (
            *self.notes_,
            f"The threshold holds {self.rate:.1%} false alarms {_HELD[self.hold]} of {len(self._delivered)} deliveries "
            f"of calib and the images as they are ({self.held_['']:.1%}); most are {self.held_[worst]:.1%}, "
            f"{f'after {worst}' if worst else 'of the images as they are'}.",
        )

    def _threshold(self, predictions: Predictions, own: NDArray[np.float64]) -> float:
        clean = super()._threshold(predictions, own)
        margins = {"": own}
        for name, each in self._delivered.items():
            if each.ids.tolist() != predictions.ids.tolist() or each.split != predictions.split:
                raise DataError(f"calibration={self.method}: the predictions after {name} are not of the same images")
            margins[name] = self._margins(each.logits)[predictions.labels == self.reference]
        if not self._delivered:
            threshold = clean + self._carried
        elif self.hold == "mixture":
            threshold = float(threshold_of(np.concatenate(list(margins.values())), self.rate))
        else:
            threshold = max(float(threshold_of(each, self.rate)) for each in margins.values())
        self.shift_ = threshold - clean
        self.held_ = {name: float((each > threshold).mean()) for name, each in margins.items()}
        return threshold

    def fresh(self) -> FalseAlarmsDelivered:
        """One that has learned nothing but by how much deliveries move the threshold."""
        new = type(self)(self.chains, self.hold, self.reference, self.rate)
        new._carried = getattr(self, "shift_", 0.0)
        return new

    def state(self) -> dict[str, Any]:
        """Also the shift, and what holds it.

        Raises:
            DataError: `fit` was never called.
        """
        more = {"hold": self.hold, "chains": self.chains}
        return {**super().state(), **more, "shift": self.shift_, "held": self.held_}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The calibrator that gave this state."""
        calibrator = super().from_state(state)
        calibrator.chains, calibrator.hold = dict(state["chains"]), state["hold"]
        calibrator.shift_, calibrator.held_ = float(state["shift"]), dict(state["held"])
        if not math.isfinite(calibrator.shift_):
            raise ValueError("its shift is no finite number")
        return calibrator


_HELD = {"mixture": "on average", "largest": "for each"}
