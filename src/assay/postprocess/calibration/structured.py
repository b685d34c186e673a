"""StructuredScaling: temperature, then an affine map of log-probabilities that a penalty holds near the identity."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.postprocess.calibration.flexible import FlexibleCalibrator, finite_array
from assay.postprocess.calibration.structured_fit import fit_structured
from assay.postprocess.softmax import softmax
from assay.predictions import IntArray

if TYPE_CHECKING:
    from torch import nn

# As in the fit: nothing is less likely than the smallest normal float32.
LEAST = float(np.finfo(np.float32).tiny)


class StructuredScaling(FlexibleCalibrator):
    """Fitted by `fit_structured`; applied in numpy, so that serving needs no torch.

    Its steps: probabilities to the power of an inverse temperature, mixed with `1 / (n + 1)`
    of the uniform ones, and an affine map of their logarithms.

    Attributes:
        inverse_temperature_: positive.
        scaling_: [C, C], or [C] for a diagonal.
        bias_: [C].
    """

    diagonal: ClassVar[bool]

    inverse_temperature_: float
    scaling_: NDArray[np.float64]
    bias_: NDArray[np.float64]

    def in_graph(self) -> nn.Module:
        """The same steps in torch."""
        from assay.postprocess.calibration.graphs import Structured

        self._refuse_unfitted()
        share = 1 / (self.n_ + 1) if self.n_ else 0.0
        return Structured(self.inverse_temperature_, share, self.scaling_, self.bias_, least=LEAST)

    def _learn(self, probabilities: NDArray[np.float64], labels: IntArray) -> None:
        fit = fit_structured(_possible(probabilities), labels, diagonal=self.diagonal)
        self.inverse_temperature_ = fit.inverse_temperature
        scaling, bias = fit.scaling, fit.bias
        if not (np.isfinite(scaling).all() and np.isfinite(bias).all()):
            scaling, bias = self._identity(), np.zeros(self.classes_)
        self.scaling_, self.bias_ = np.asarray(scaling, np.float64), np.asarray(bias, np.float64)

    def _learn_nothing(self) -> None:
        self.inverse_temperature_, self.scaling_, self.bias_ = 1.0, self._identity(), np.zeros(self.classes_)

    def _map(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        sharpened = softmax(self.inverse_temperature_ * np.log(_possible(probabilities)))
        share = 1 / (self.n_ + 1) if self.n_ else 0.0
        mixed = (1 - share) * sharpened + share / self.classes_
        return self._scaled(np.log(np.maximum(mixed, LEAST))) + self.bias_

    def _learned(self) -> dict[str, Any]:
        return {
            "inverse_temperature": self.inverse_temperature_,
            "scaling": self.scaling_.tolist(),
            "bias": self.bias_.tolist(),
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self.inverse_temperature_ = float(finite_array(state["inverse_temperature"], ()))
        self.scaling_ = finite_array(state["scaling"], self._identity().shape)
        self.bias_ = finite_array(state["bias"], (self.classes_,))

    @abstractmethod
    def _identity(self) -> NDArray[np.float64]:
        """The scaling that changes nothing."""

    @abstractmethod
    def _scaled(self, logs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scaled log-probabilities, both [N, C]."""


def _possible(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same with nothing ruled out altogether."""
    return np.maximum(probabilities, LEAST)
