"""`assay review`: reviewers, and what they have said as report, table, manifest and verdict."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from assay.errors import ConfigError
from assay.evaluation.resampling import Resampling
from assay.review.report.record import ReviewReport
from assay.review.waiting import Waiting
from assay.serving.manage_reviewers import ReviewersResult, manage_reviewers
from assay.serving.places import existing_store, store_url
from assay.serving.review_request import ReviewRequest
from assay.serving.review_samples import SampleResult, VerdictResult, give_verdict, queue_generated
from assay.store.service_store import ServiceStore

PAGE, JSON, CSV, FAILURES = "index.html", "reviews.json", "reviews.csv", "failures.csv"


@dataclass(frozen=True)
class ReviewResult:
    """What `assay review` leaves, apart from reviewers.

    Attributes:
        report: of reviews.
        folder: with its page and tables.
        file: that was written.
        counts: by what was counted.
        words: what was decided.
        rows: that were exported.
        waiting: what is queued; None where that was not asked.
        dry_run: whether nothing of it was written.
        refused: lines of an import, with the reason.
        notes: what an operator has to know of a set of labels.
    """

    report: ReviewReport | None = None
    folder: Path | None = None
    file: Path | None = None
    counts: dict[str, int] = field(default_factory=dict)
    words: str = ""
    rows: tuple[dict[str, Any], ...] = ()
    waiting: tuple[Waiting, ...] | None = None
    dry_run: bool = False
    refused: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


Result = ReviewersResult | ReviewResult | SampleResult | VerdictResult


def manage_review(request: ReviewRequest, config: DictConfig) -> Result:
    """Do what is asked.

    Raises:
        AssayError: what is named is not there, what is read is wrong, or the database does not answer.
    """
    if request.part == "reviewers":
        return manage_reviewers(request, config)
    parts: dict[str, Callable[[ServiceStore, ReviewRequest, DictConfig], Result]] = {
        "queue": _queue,
        "export": _export,
        "import": _import,
        "report": _report,
        "labels": _labels,
        "sample": queue_generated,
        "verdict": give_verdict,
    }
    with existing_store(store_url(config, request.store)) as store:
        return parts[request.part](store, request, config)


def _queue(store: ServiceStore, request: ReviewRequest, config: DictConfig) -> ReviewResult:
    from assay.serving.manage_queue import manage_queue

    queued = manage_queue(store, request)
    if queued.counts is None:
        return ReviewResult(waiting=queued.waiting)
    return ReviewResult(counts=queued.counts, dry_run=request.dry_run)


def _export(store: ServiceStore, request: ReviewRequest, config: DictConfig) -> ReviewResult:
    from assay.review.export import exported_reviews, save_reviews
    from assay.review.forms import form_of

    path = Path(request.to).expanduser()
    if path.suffix.lower() not in (".csv", ".jsonl"):
        raise ConfigError(f"to={request.to}: name a file that ends in .csv or .jsonl")
    if request.form:
        form_of(request.form)
    with store.reading() as connection:
        rows = exported_reviews(connection, form=request.form, batch=request.batch)
    save_reviews(path, rows)
    return ReviewResult(file=path, counts={"reviews": len(rows)}, rows=tuple(rows))


def _import(store: ServiceStore, request: ReviewRequest, config: DictConfig) -> ReviewResult:
    from assay.serving.manage_import import import_reviews

    made = import_reviews(store, request)
    word = "would be imported" if request.dry_run else "imported"
    others = {"in the store already": made.known, "skips, and what was taken back": made.passed}
    counts = {word: made.reviews, **others, "refused": len(made.refused)}
    rows = tuple({"line": line, "reason": why} for line, why in made.refused.items())
    counts = {name: count for name, count in counts.items() if count or name == word}
    return ReviewResult(counts=counts, refused=rows, dry_run=request.dry_run)


def _report(store: ServiceStore, request: ReviewRequest, config: DictConfig) -> ReviewResult:
    from assay.review.report.assemble import review_report
    from assay.review.report.page import write_page

    resampling = Resampling(request.resamples, confidence=request.confidence)
    with store.reading() as connection:
        report = review_report(connection, batch=request.batch, grades=request.grades, resampling=resampling)
    folder = Path(request.output).expanduser() if request.output else _folder(config, report.batch)
    report.save_json(folder / JSON)
    report.save_csv(folder / CSV)
    report.save_failures(folder / FAILURES)
    write_page(folder / PAGE, report)
    return ReviewResult(report=report, folder=folder)


def _labels(store: ServiceStore, request: ReviewRequest, config: DictConfig) -> ReviewResult:
    from assay.serving.manage_labels import selection_notes, write_labels

    made = write_labels(store, request, config)
    counts = {f"labels for {request.split}": len(made.gathered.labels), **made.gathered.reasons}
    rows = tuple(label.row() for label in made.gathered.labels)
    file, notes = Path(request.to).expanduser(), selection_notes(made)
    return ReviewResult(file=file, counts=counts, rows=rows, notes=notes, dry_run=request.dry_run)


def _folder(config: DictConfig, batch: str) -> Path:
    """One folder for each batch, so that its report takes its own place again."""
    name = re.sub(r"[^\w.-]", "-", batch) or "all"
    return Path(config.tracking.work).expanduser().parent / "reviews" / name
