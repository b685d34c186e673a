"""Predictor: what answers about a picture; evaluation, export and serving all call the same objects."""

from assay.predictor.answer import Answer, Picture, decoded
from assay.predictor.answerer import Answerer
from assay.predictor.predictor import Predictor
from assay.predictor.said import said_about

__all__ = ["Answer", "Answerer", "Picture", "Predictor", "decoded", "said_about"]
