"""The report: `report.html` to look at, and its figures as PNG."""

from assay.evaluation.report.figures import write_figures
from assay.evaluation.report.page import write_report
from assay.evaluation.report.subject import Subject

__all__ = ["Subject", "write_figures", "write_report"]
