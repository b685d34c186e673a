"""IsolationForest: how few random cuts it takes to set an embedding apart."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from assay.config.bounds import AtLeast
from assay.postprocess.ood.detector import Detector, Float64Array, LinearMap, State
from assay.predictions import FloatArray, IntArray

ROWS = 4096


class IsolationForest(Detector):
    """2^(−mean depth / expected depth) over random trees, 0 to 1; scikit-learn grows them.

    The trees are kept as plain arrays, so that a saved one is scored without scikit-learn and without pickle. A
    baseline: it looks at single features, and on embeddings it is near chance for near sets.

    Args:
        trees: how many.
        images: training images that each tree is grown on.
        seed: of the trees.

    Source: Liu, Ting and Zhou (2008), Isolation Forest.
    """

    method: ClassVar[str] = "isolation_forest"
    order: ClassVar[int] = 7
    in_blocks: ClassVar[bool] = True

    left_: NDArray[np.int32]
    right_: NDArray[np.int32]
    feature_: NDArray[np.int32]
    threshold_: Float64Array
    depth_: Float64Array
    roots_: NDArray[np.int32]
    expected_: float

    def __init__(
        self, trees: Annotated[int, AtLeast(1)] = 100, images: Annotated[int, AtLeast(2)] = 256, seed: int = 0
    ) -> None:
        self.trees = trees
        self.images = images
        self.seed = seed

    def _fit(self, embeddings: FloatArray, logits: FloatArray, labels: IntArray, head: LinearMap | None) -> None:
        from sklearn.ensemble import IsolationForest as Forest

        drawn = min(self.images, len(embeddings))
        forest = Forest(n_estimators=self.trees, max_samples=drawn, random_state=self.seed)
        forest.fit(np.asarray(embeddings, dtype=np.float32))
        trees = [estimator.tree_ for estimator in forest.estimators_]
        starts = np.cumsum([0, *(tree.node_count for tree in trees)])
        self.roots_ = starts[:-1].astype(np.int32)
        joined = {
            name: np.concatenate([getattr(tree, name) for tree in trees])
            for name in ("children_left", "children_right", "feature", "threshold", "n_node_samples")
        }
        offset = np.repeat(starts[:-1], np.diff(starts))
        leaf = joined["children_left"] < 0
        own = np.arange(len(leaf))
        self.left_ = np.where(leaf, own, joined["children_left"] + offset).astype(np.int32)
        self.right_ = np.where(leaf, own, joined["children_right"] + offset).astype(np.int32)
        self.feature_ = np.where(leaf, 0, joined["feature"]).astype(np.int32)
        self.threshold_ = joined["threshold"].astype(np.float64)
        self.depth_ = self._levels() + np.where(leaf, _path_length(joined["n_node_samples"]), 0.0)
        self.expected_ = float(_path_length(np.array([drawn]))[0])
        if self.expected_ == 0:
            self.notes_ = ("One training image makes no forest: every picture has the score 0.5.",)

    def _levels(self) -> Float64Array:
        """Cuts above each node, [nodes]."""
        levels = np.zeros(len(self.left_))
        level, at = 0, self.roots_
        while len(at):
            levels[at] = level
            inner = at[self.left_[at] != at]
            level, at = level + 1, np.concatenate([self.left_[inner], self.right_[inner]])
        return levels

    def _score(self, embeddings: Float64Array, logits: Float64Array) -> Float64Array:
        rows = embeddings.astype(np.float32)
        if self.expected_ == 0:
            return np.full(len(rows), 0.5)
        depths = [self._depths(rows[start : start + ROWS]) for start in range(0, len(rows), ROWS)]
        return 2.0 ** (-np.concatenate([np.empty(0), *depths]) / self.expected_)

    def _depths(self, rows: NDArray[np.float32]) -> Float64Array:
        """Mean depth of each row over the trees, [N]."""
        at = np.broadcast_to(self.roots_, (len(rows), len(self.roots_))).copy()
        each = np.arange(len(rows))[:, None]
        while True:
            below = np.where(rows[each, self.feature_[at]] <= self.threshold_[at], self.left_[at], self.right_[at])
            if (below == at).all():
                return self.depth_[at].mean(axis=1)
            at = below

    def _is_fitted(self) -> bool:
        return hasattr(self, "roots_")

    def state(self) -> State:
        """The trees as arrays, joined end to end."""
        arrays = ("left", "right", "feature", "threshold", "depth", "roots", "expected")
        arguments = {"trees": self.trees, "images": self.images, "seed": self.seed}
        return {"method": self.method, **arguments, **{name: getattr(self, f"{name}_") for name in arrays}}

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The detector that gave this state."""
        detector = cls(trees=int(state["trees"]), images=int(state["images"]), seed=int(state["seed"]))
        for name in ("left", "right", "feature", "threshold", "depth", "roots", "expected"):
            setattr(detector, f"{name}_", state[name])
        return detector


def _path_length(images: NDArray[np.integer]) -> Float64Array:
    """Mean depth of an unsuccessful search in a binary tree of so many images (equation 1 of the paper)."""
    n = images.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        length = 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n
    return np.where(n <= 1, 0.0, np.where(n == 2, 1.0, length))
