"""Ensemble: the mean of what several detectors say, each on the scale of its scores on images that are new to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Self

import numpy as np

from assay.config.bounds import AtLeast
from assay.errors import ConfigError, did_you_mean
from assay.postprocess.ood.detector import DETECTORS, Detector, Float64Array, LinearMap, State
from assay.predictions import FloatArray, IntArray

SEED = 0
HIGH = 0.95
"""Where a scale ends: the quantile of in-domain scores that a cut-off for 5 % false rejects stands near."""


class Ensemble(Detector):
    """Mean over detectors of (score − median) / (95 % quantile − median).

    Median and quantile are of the scores that the training images get from a detector that was fitted without them, in
    folds: scores of images that it was fitted on are too low, by another amount for each detector. A detector whose
    scores do not differ says nothing and counts as 0.

    Args:
        members: detectors by name, with their defaults; two or more.
        folds: parts that the training images are divided into.

    Raises:
        ConfigError: an unknown name, one twice, fewer than two, or an ensemble in itself.
    """

    method: ClassVar[str] = "ensemble"
    order: ClassVar[int] = 8
    in_panel: ClassVar[bool] = False
    in_blocks: ClassVar[bool] = True

    members_: dict[str, Detector]
    middles_: list[float]
    spreads_: list[float]

    def __init__(self, members: Sequence[str] = ("mahalanobis", "msp"), folds: Annotated[int, AtLeast(2)] = 5) -> None:
        self.members = tuple(members)
        self.folds = folds
        kinds = {name for name in DETECTORS.targets() if name != self.method}
        for name in self.members:
            if name not in kinds:
                raise ConfigError(f"ood.detector.members: {name!r} is no detector; {did_you_mean(name, sorted(kinds))}")
        if len(self.members) < 2 or len(set(self.members)) < len(self.members):
            raise ConfigError(
                f"ood.detector.members: needs two detectors or more, each once, got [{','.join(self.members)}]"
            )

    def _fit(self, embeddings: FloatArray, logits: FloatArray, labels: IntArray, head: LinearMap | None) -> None:
        fold = np.random.default_rng(SEED).permutation(len(logits)) % self.folds
        self.members_, self.middles_, self.spreads_ = {}, [], []
        for name in self.members:
            kind = DETECTORS.classes()[name]
            scores = np.empty(len(logits))
            for held_out in np.unique(fold):
                inside, outside = fold != held_out, fold == held_out
                if not inside.any():  # a single image
                    inside = outside
                part = kind()
                part.learn(embeddings[inside], logits[inside], labels[inside], head=head)
                scores[outside] = part.score(embeddings[outside], logits[outside])
            middle, high = np.quantile(np.nan_to_num(scores), [0.5, HIGH])
            self.middles_.append(float(middle))
            self.spreads_.append(float(high - middle))
            self.members_[name] = kind()
            self.members_[name].learn(embeddings, logits, labels, head=head)
        self.notes_ = tuple(note for member in self.members_.values() for note in member.notes_)

    def _score(self, embeddings: Float64Array, logits: Float64Array) -> Float64Array:
        scaled = [
            (member.score(embeddings, logits) - middle) / spread if spread > 0 else np.zeros(len(logits))
            for member, middle, spread in zip(self.members_.values(), self.middles_, self.spreads_, strict=True)
        ]
        return np.mean(scaled, axis=0)

    def _is_fitted(self) -> bool:
        return hasattr(self, "members_")

    def state(self) -> State:
        """What each member has learned, its arrays as `<name>/<array>`, and both ends of its scale."""
        states = {name: DETECTORS.saved(member, member.state()) for name, member in self.members_.items()}
        arrays = {
            f"{name}/{key}": value
            for name, state in states.items()
            for key, value in state.items()
            if isinstance(value, np.ndarray)
        }
        plain: dict[str, dict[str, Any]] = {
            name: {key: value for key, value in state.items() if not isinstance(value, np.ndarray)}
            for name, state in states.items()
        }
        about = {"folds": self.folds, "middles": self.middles_, "spreads": self.spreads_, "members": plain}
        return {"method": self.method, **about, **arrays}

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The detector that gave this state."""
        detector = cls(tuple(state["members"]), int(state["folds"]))
        detector.middles_, detector.spreads_ = list(state["middles"]), list(state["spreads"])
        detector.members_ = {}
        for name, plain in state["members"].items():
            arrays = {key.partition("/")[2]: value for key, value in state.items() if key.startswith(f"{name}/")}
            detector.members_[name] = DETECTORS.restored({**plain, **arrays})
        return detector
