"""Energy: pictures that raise no logit are outlying."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from assay.config.bounds import Above
from assay.postprocess.ood.detector import Float64Array, LogitDetector, State


class Energy(LogitDetector):
    """The free energy −T · log Σ exp(logit / T), of the logits before calibration.

    A logit of +inf gives −inf, the least outlying of all; logits that are all −inf give +inf.

    Args:
        temperature: T.

    Source: Liu et al. (2020), Energy-based Out-of-distribution Detection, equation 4.
    """

    method: ClassVar[str] = "energy"
    order: ClassVar[int] = 5

    def __init__(self, temperature: Annotated[float, Above(0)] = 1.0) -> None:
        self.temperature = temperature

    def _score(self, embeddings: Float64Array, logits: Float64Array) -> Float64Array:
        from scipy.special import logsumexp

        return -self.temperature * logsumexp(logits / self.temperature, axis=1)

    def state(self) -> State:
        """The temperature."""
        return {"method": self.method, "temperature": self.temperature}

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The detector that gave this state."""
        return cls(temperature=float(state["temperature"]))
