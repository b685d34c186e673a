"""Conformal prediction sets; one file per score."""

from assay.postprocess.conformal.aps import APS
from assay.postprocess.conformal.conformal import CONFORMAL, Conformal, conformal_of
from assay.postprocess.conformal.lac import LAC

__all__ = ["APS", "CONFORMAL", "LAC", "Conformal", "conformal_of"]
