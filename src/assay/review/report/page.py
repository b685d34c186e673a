"""The page of what reviews have shown."""

from __future__ import annotations

from pathlib import Path

from assay.pages.page import save_page
from assay.pages.templates import templates
from assay.review.item import SOURCES
from assay.review.report.material import QUEUE, RANDOM, SLICES, STUDY
from assay.review.report.record import Acceptance, ReviewReport

PARTS = {RANDOM: "random slice", QUEUE: "queue", STUDY: "chosen"}
MOST = 200
"""Failures that the page lists; the table has all."""


def write_page(path: Path, report: ReviewReport) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        report: what was found.
    """
    environment = templates("assay.review.report")
    level = f"{report.confidence * 100:.3g}%"
    values = {"slices": SLICES, "parts": PARTS, "sources": SOURCES, "most": MOST, "verdict": verdict_words}
    save_page(path, environment, "reviews.html.j2", report=report, level=level, **values)


def verdict_words(acceptance: Acceptance) -> str:
    """What the bound makes of the share of accepted ones; "" without a bound."""
    if acceptance.bound is None:
        return ""
    bound = f"{acceptance.bound:.0%}"
    words = {
        "above": f"The whole interval is at {bound} or above, whatever becomes of what is open: accepted.",
        "below": f"The whole interval is under {bound}, whatever becomes of what is open: not accepted.",
        "open": f"Open: {bound} may be reached or not; more reviews, and decisions about what is disputed, tell.",
    }
    return words[acceptance.verdict]
