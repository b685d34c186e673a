"""The report: `report.html` to look at, and its figures as PNG."""

from assay.evaluation.report.figures import write_figures
from assay.evaluation.report.page import write_report

__all__ = ["write_figures", "write_report"]
