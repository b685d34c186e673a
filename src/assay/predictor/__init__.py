"""Predictor: what answers about a picture, for evaluation, export and serving. May import embeddings and below."""

from typing import TYPE_CHECKING, Any

from assay.predictor.answer import Answer, Picture, decoded
from assay.predictor.answerer import Answerer
from assay.predictor.unlabelled import unlabelled_predictions

if TYPE_CHECKING:
    from assay.predictor.predictor import Predictor

__all__ = ["Answer", "Answerer", "Picture", "Predictor", "decoded", "unlabelled_predictions"]


def __getattr__(name: str) -> Any:
    """`Predictor`, found when it is first used: an exported model answers, and a registry is read, without PyTorch."""
    if name != "Predictor":
        raise AttributeError(f"module 'assay.predictor' has no attribute {name!r}")
    from assay.predictor.predictor import Predictor

    return Predictor
