"""Paired comparison on the same images: effect, interval, p, images needed. May import evaluation and below."""

from __future__ import annotations

from assay.comparison.align import Side, on_common_images
from assay.comparison.compare import compare
from assay.comparison.comparison import Claim, Comparison, VariantComparison
from assay.comparison.folds import compare_folds

__all__ = ["Claim", "Comparison", "Side", "VariantComparison", "compare", "compare_folds", "on_common_images"]
