"""Paired comparison of models that answered about the same images: how much better, how sure, how many more images."""

from __future__ import annotations

from assay.comparison.align import Contestant, on_common_images
from assay.comparison.compare import compare
from assay.comparison.comparison import Claim, Comparison, VariantComparison
from assay.comparison.folds import compare_folds

__all__ = ["Claim", "Comparison", "Contestant", "VariantComparison", "compare", "compare_folds", "on_common_images"]
