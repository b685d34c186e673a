"""LogisticHead: a linear layer by logistic regression to convergence, its penalty chosen by cross-validation."""

from __future__ import annotations

import warnings
from typing import Annotated, Any, ClassVar

import numpy as np
import torch

from assay.config.bounds import AtLeast, Between
from assay.errors import TrainingError
from assay.models.head import LinearHead
from assay.models.solved_head import SolvedHead, TrainingRows
from assay.predictions import FloatArray, IntArray

STRENGTHS = tuple(float(10**exponent) for exponent in np.arange(0.5, -5.5, -0.5))
"""Penalties that are compared, strongest first."""
WORSE = 2
"""Penalties in a row that are worse than the best so far, after which weaker ones are not tried."""
ITERATIONS = 5000


class LogisticHead(LinearHead, SolvedHead):
    """The minimum of the mean cross-entropy of the training images plus `strength / 2 · ‖W‖²`, bias unpenalised.

    Without a strength, the one with the smallest mean log-loss on held-out folds of the training images is taken: folds
    are stratified by class, and a group is never on both sides. What is saved and served is a linear layer.

    Args:
        strength: of the penalty; None chooses from 3 to 0.00001, in half powers of ten.
        folds: of the cross-validation; fewer where a class has fewer groups.
        embedding_dim: D.
        classes: C.
    """

    method: ClassVar[str] = "logistic"
    solved: ClassVar[bool] = True

    def __init__(
        self,
        embedding_dim: int,
        classes: int,
        *,
        strength: Annotated[float | None, Between(1e-8, 1e8)] = None,
        folds: Annotated[int, AtLeast(2)] = 5,
    ) -> None:
        super().__init__(embedding_dim, classes)
        self.strength = strength
        self.folds = folds

    def solve_(self, rows: TrainingRows) -> str:
        """Choose the strength where it is open, and go to the minimum.

        Raises:
            TrainingError: a class has fewer than two groups, so that no fold can judge it; or the minimum is not
                reached.
        """
        from threadpoolctl import threadpool_limits

        if len(np.unique(rows.labels)) < 2:
            raise TrainingError("head=logistic needs training images of two classes or more")
        with torch.inference_mode():
            values = self.standardize(torch.as_tensor(rows.embeddings)).double().numpy()
        with threadpool_limits(1):  # the order of sums, and with it the last bits, depends on the number of threads
            strength, sentence = self.strength, f"Logistic regression with penalty {self.strength}."
            if strength is None:
                strength, sentence = _chosen(values, rows, self._splits(rows))
            model = _Path(values, rows.labels, rows.weights)
            model.to(strength)
        self._take(model)
        return sentence

    def state(self) -> dict[str, Any]:
        """That of a linear layer, which it is once it is solved."""
        return {"kind": "linear", "dropout": 0.0}

    def reset_(self) -> None:
        """Zeros, from which nothing is drawn."""
        torch.nn.init.zeros_(self.linear.weight)
        torch.nn.init.zeros_(self.linear.bias)

    def _take(self, model: _Path) -> None:
        weight, bias = model.linear(self.classes)
        with torch.no_grad():
            self.linear.weight.copy_(torch.from_numpy(weight))
            self.linear.bias.copy_(torch.from_numpy(bias))

    def _splits(self, rows: TrainingRows) -> list[tuple[IntArray, IntArray]]:
        from sklearn.model_selection import StratifiedGroupKFold

        present = np.unique(rows.labels)
        groups = {int(label): len(np.unique(rows.groups[rows.labels == label])) for label in present}
        rarest = min(groups, key=lambda label: groups[label])
        if groups[rarest] < 2:
            raise TrainingError(
                f"head=logistic: class {rarest} has training images of {groups[rarest]} group alone, so no fold can "
                "judge a strength; give one, e.g. head.strength=0.01"
            )
        folds = StratifiedGroupKFold(min(self.folds, groups[rarest]), shuffle=True, random_state=0)
        return list(folds.split(rows.labels, rows.labels, rows.groups))


class _Path:
    """Logistic regression whose next minimum is looked for from the last one."""

    def __init__(self, values: FloatArray, labels: IntArray, weights: FloatArray) -> None:
        from sklearn.linear_model import LogisticRegression

        self._values, self._labels, self._weights = values, labels, weights
        self._model = LogisticRegression(solver="lbfgs", max_iter=ITERATIONS, tol=1e-5, warm_start=True)

    def to(self, strength: float) -> None:
        """Go to the minimum under a penalty."""
        from sklearn.exceptions import ConvergenceWarning

        self._model.C = 1 / (strength * self._weights.sum())
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            try:
                self._model.fit(self._values, self._labels, sample_weight=self._weights)
            except ConvergenceWarning as error:
                raise TrainingError(
                    f"head=logistic: no minimum within {ITERATIONS} steps at strength {strength:g}; give a larger one, "
                    "e.g. head.strength=0.01"
                ) from error

    def loss(self, values: FloatArray, labels: IntArray, weights: FloatArray) -> float:
        """Sum of the weighted log-losses of other rows; a class that was not learned has the smallest probability."""
        shares = np.full((len(labels), int(max(labels.max(), self._model.classes_.max())) + 1), 0.0)
        shares[:, self._model.classes_] = self._model.predict_proba(values)
        true = shares[np.arange(len(labels)), labels].clip(np.finfo(np.float64).eps)
        return float(-(weights * np.log(true)).sum())

    def linear(self, classes: int) -> tuple[FloatArray, FloatArray]:
        """Weights [C, D] and bias [C] of a softmax; a class without rows has what makes it improbable."""
        present, coefficients, bias = self._model.classes_, self._model.coef_, self._model.intercept_
        if len(present) == 2:  # one logit, for the second class
            coefficients = np.concatenate([-coefficients / 2, coefficients / 2])
            bias = np.concatenate([-bias / 2, bias / 2])
        weight, offset = np.zeros((classes, coefficients.shape[1])), np.full(classes, bias.min() - 10)
        weight[present], offset[present] = coefficients, bias
        return weight, offset


def _chosen(values: FloatArray, rows: TrainingRows, splits: list[tuple[IntArray, IntArray]]) -> tuple[float, str]:
    """The strength with the smallest held-out loss, and the sentence that says so."""
    paths = [_Path(values[train], rows.labels[train], rows.weights[train]) for train, _ in splits]
    losses: list[float] = []
    for strength in STRENGTHS:
        held_out = 0.0
        for path, (_, test) in zip(paths, splits, strict=True):
            path.to(strength)
            held_out += path.loss(values[test], rows.labels[test], rows.weights[test])
        losses.append(held_out / rows.weights.sum())
        if len(losses) - 1 - int(np.argmin(losses)) >= WORSE:
            break
    best = int(np.argmin(losses))
    sentence = (
        f"Logistic regression with penalty {STRENGTHS[best]:.2g}, chosen by {len(splits)}-fold cross-validation over "
        f"groups of the training images (held-out log-loss {losses[best]:.3f})."
    )
    return STRENGTHS[best], sentence
