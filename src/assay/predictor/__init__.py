"""Predictor: what answers about a picture, for evaluation, export and serving. May import embeddings and below."""

from assay.predictor.answer import Answer, Picture, decoded
from assay.predictor.answerer import Answerer
from assay.predictor.predictor import Predictor
from assay.predictor.unlabelled import unlabelled_predictions

__all__ = ["Answer", "Answerer", "Picture", "Predictor", "decoded", "unlabelled_predictions"]
