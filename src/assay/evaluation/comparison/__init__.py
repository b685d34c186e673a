"""Paired comparison of models that answered about the same images: how much better, how sure, how many more images."""

from __future__ import annotations

from assay.evaluation.comparison.align import Contestant, on_common_images
from assay.evaluation.comparison.compare import compare
from assay.evaluation.comparison.comparison import Claim, Comparison, VariantComparison
from assay.evaluation.comparison.folds import compare_folds

__all__ = ["Claim", "Comparison", "Contestant", "VariantComparison", "compare", "compare_folds", "on_common_images"]
