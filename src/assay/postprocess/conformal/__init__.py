"""Conformal prediction sets; one file per score."""

from assay.postprocess.conformal.aps import APS
from assay.postprocess.conformal.conformal import Conformal
from assay.postprocess.conformal.lac import LAC

__all__ = ["APS", "LAC", "METHODS", "Conformal"]

METHODS: dict[str, type[Conformal]] = {method.method: method for method in (LAC, APS)}
