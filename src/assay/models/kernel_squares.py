"""Least squares on a kernel: the function of smallest norm and error, and what it says of rows that are left out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky, eigh, solve_triangular

from assay.predictions import FloatArray, IntArray

JITTER = 1e-6
"""Beside ones on the diagonal: landmarks that are copies of each other would leave nothing to divide by."""


class KernelSquares:
    """Functions f of M landmarks with the least `Σ_i s_i (t_i - share - f(z_i))² + penalty · ‖f‖²`.

    f is `Σ_j weight_j k(·, z_j)`, and ‖f‖ its norm in the kernel's own space; with all rows as landmarks this is kernel
    ridge regression.

    Args:
        kernel: float64 [N, M], of rows and landmarks.
        between: float64 [M, M], of landmarks.
        targets: float64 [N, C].
        weights: float64 [N], how much each row counts.

    Attributes:
        share: float64 [C], weighted mean of the targets, which is what far from all landmarks is answered.

    Source: Rifkin and Lippert (2007), notes on regularised least squares, for one decomposition that serves all
    penalties; Williams and Seeger (2001) for landmarks.
    """

    def __init__(self, kernel: FloatArray, between: FloatArray, targets: FloatArray, weights: FloatArray) -> None:
        self.share = weights @ targets / weights.sum()
        self._residuals = targets - self.share
        self._weights = weights
        self._triangle = cholesky(between + JITTER * np.eye(len(between)), lower=True)
        features = solve_triangular(self._triangle, kernel.T, lower=True).T
        self._energies, self._directions = eigh((features.T * weights) @ features)
        self._rows = features @ self._directions
        self._moments = (self._rows.T * weights) @ self._residuals

    def weights(self, penalty: float) -> FloatArray:
        """Of the landmarks, float64 [M, C]."""
        inner = self._directions @ (self._moments / (self._energies + penalty)[:, None])
        return solve_triangular(self._triangle, inner, lower=True, trans="T")

    def left_out(self, penalty: float, groups: IntArray) -> FloatArray:
        """What rows [N] would be answered without any row of their group, float64 [N, C]; no function is solved anew.

        With H what takes targets to answers, the rows G of a group are off by `(1 - H_GG)⁻¹ (t_G - f_G)` without it.
        """
        smooth = self._rows / (self._energies + penalty)
        errors = self._residuals - smooth @ self._moments
        without = np.empty_like(errors)
        for group in _runs(groups):
            if len(group) == 1:
                reach = self._weights[group] * (smooth[group] * self._rows[group]).sum(1)
                without[group] = errors[group] / (1 - reach)[:, None]
            elif len(group) <= len(self._energies):
                reach = smooth[group] @ self._rows[group].T * self._weights[group]
                without[group] = np.linalg.solve(np.eye(len(group)) - reach, errors[group])
            else:
                weighted = self._rows[group].T * self._weights[group]
                others = cho_factor(np.diag(self._energies + penalty) - weighted @ self._rows[group])
                answers = self._rows[group] @ cho_solve(others, self._moments - weighted @ self._residuals[group])
                without[group] = self._residuals[group] - answers
        return self._residuals + self.share - without


def _runs(groups: IntArray) -> Iterator[IntArray]:
    """The rows of each group."""
    order = np.argsort(groups, kind="stable")
    return iter(np.split(order, np.flatnonzero(np.diff(groups[order])) + 1))
