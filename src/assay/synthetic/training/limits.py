"""Limits: what generated images of a class have to keep to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """See `assay.config.schema.SyntheticLimits`, whose keys these are; None asks nothing.

    Attributes:
        kid: by class; established above it, the images are too far from the real ones. A class without a number is
            undecided.
        copies: the share of copies has to be below it.
        fid: by extractor, with its size or without.
        images: real and generated ones that a class needs.
        f1_loss: that an A/B study must be able to rule out.
    """

    kid: Mapping[str, float] | None = None
    copies: float | None = 0.05
    fid: Mapping[str, float] = field(default_factory=dict)
    images: int = 20
    f1_loss: float | None = None

    def fid_for(self, extractor: str) -> float | None:
        """The FID that has to be kept below with features of an extractor; None where none is asked.

        Args:
            extractor: with its size, as the evidence names it: "inception_v3@299".
        """
        return self.fid.get(extractor, self.fid.get(extractor.partition("@")[0]))
