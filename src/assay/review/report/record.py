"""ReviewReport: what reviews have shown, as values that can be saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assay.evaluation.record import load_record, save_record
from assay.measurement import Measurement
from assay.spreadsheet import save_csv

SCHEMA_VERSION = 1
COLUMNS = ("form", "slice", "what", "of", "value", "low", "high", "n", "method")


@dataclass(frozen=True)
class Progress:
    """How far the items of a form are.

    Attributes:
        items: in all, without known ones.
        by_state: items by state.
        by_source: items by why they were queued.
        reviews: that stand.
        skips: that stand.
        undone: that were taken back.
        left_open: reviews whose choice leaves the question open.
        arbitrated: items that an arbiter has decided.
        median_seconds: of a review; None before the first.
    """

    items: int
    by_state: dict[str, int]
    by_source: dict[str, int]
    reviews: int
    skips: int
    undone: int
    left_open: int
    arbitrated: int
    median_seconds: float | None


@dataclass(frozen=True)
class SliceAgreement:
    """How far reviewers agree on a part of the items, before any of them has seen an answer.

    Attributes:
        slice: "random", what was drawn of everything, or "queue", what was queued because it is hard.
        raw: share of pairs of choices that are the same.
        alpha: Krippendorff's, nominal.
        ordinal: the same for grades; None where classes are none.
        kappas: Cohen's of each pair of reviewers with items in common, "kim · lou" -> kappa.
        classes: alpha of each class against all others.
        reviewers: share of pairs of choices with others that are the same, of each.
    """

    slice: str
    raw: Measurement
    alpha: Measurement
    ordinal: Measurement | None
    kappas: dict[str, Measurement]
    classes: dict[str, Measurement]
    reviewers: dict[str, Measurement]


@dataclass(frozen=True)
class Acceptance:
    """Which share of what was decided is accepted.

    Attributes:
        rate: accepted of those that a decision was made about.
        by_class: the same by what the item is said to be.
        open: items that nobody has decided, or whose decision leaves it open.
        bound: that the share is held against; None for none.
        verdict: "above", "below" where the whole interval is, whatever becomes of what is disputed or was left open,
            else "open"; "" without a bound.
        details: what was said beside a refusal -> how often.
    """

    rate: Measurement
    by_class: dict[str, Measurement]
    open: int
    bound: float | None
    verdict: str
    details: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """Something that was not accepted.

    Attributes:
        item: its id.
        prediction: id of the answer; "" for none.
        batch: that it belongs to.
        said: what the model said, or what it was made to show.
        outcome: what was decided.
        details: said beside it.
        comments: of the reviewers.
        shows: name of the file; "" for a kept picture.
    """

    item: str
    prediction: str
    batch: str
    said: str
    outcome: str
    details: tuple[str, ...]
    comments: tuple[str, ...]
    shows: str


@dataclass(frozen=True)
class FormReport:
    """What the reviews of one form have shown.

    Attributes:
        form: name of it.
        title: for people.
        progress: how far they are.
        agreement: on the random slice and on the queue apart; those without choices are left out.
        acceptance: None where the form accepts nothing.
        failures: that were not accepted.
        quality: of reviewers on known items: share of choices that are right; "all" for all of them together.
        right: share of answers that what was settled confirms, by slice: the random one says how good the model is.
        override: share of reviews with an answer to see that chose another class, "all" and by reviewer.
        changed: share of those who disagreed before they saw the answer and took it then.
    """

    form: str
    title: str
    progress: Progress
    agreement: tuple[SliceAgreement, ...]
    acceptance: Acceptance | None
    failures: tuple[Failure, ...]
    quality: dict[str, Measurement]
    right: dict[str, Measurement]
    override: dict[str, Measurement]
    changed: Measurement


@dataclass(frozen=True)
class ReviewReport:
    """What reviews have shown.

    Attributes:
        time: UTC, when it was made.
        batch: that it is about; "" for everything.
        forms: that have items.
        confidence: level of intervals.
        resamples: of the bootstrap.
    """

    time: str
    batch: str
    forms: tuple[FormReport, ...]
    confidence: float
    resamples: int

    def rows(self) -> Iterator[dict[str, object]]:
        """The main table: every number with its interval; what is undefined is empty, and `method` says why."""
        for form in self.forms:
            progress = form.progress
            counts = {"items": progress.items, "reviews": progress.reviews, "skips": progress.skips}
            counts |= {"undone": progress.undone, "left open": progress.left_open, "arbitrated": progress.arbitrated}
            for name, count in (counts | progress.by_state).items():
                yield {"form": form.form, "slice": "all", "what": name, "value": count}
            for part in form.agreement:
                named = {"raw agreement": part.raw, "alpha": part.alpha}
                if part.ordinal is not None:
                    named["alpha, ordinal"] = part.ordinal
                for what, measured in named.items():
                    yield _row(form.form, part.slice, what, "", measured)
                several = {"kappa": part.kappas, "alpha, class against rest": part.classes}
                for what, by_name in (several | {"agrees with others": part.reviewers}).items():
                    for name, measured in by_name.items():
                        yield _row(form.form, part.slice, what, name, measured)
            if form.acceptance is not None:
                yield _row(form.form, "all", "accepted", "", form.acceptance.rate)
                for name, measured in form.acceptance.by_class.items():
                    yield _row(form.form, "all", "accepted", name, measured)
            for what, by_name in (("right on known items", form.quality), ("overrides", form.override)):
                for name, measured in by_name.items():
                    yield _row(form.form, "known" if what.startswith("right") else "all", what, name, measured)
            for part_name, measured in form.right.items():
                yield _row(form.form, part_name, "answers that are right", "", measured)
            if form.changed.n:
                yield _row(form.form, "all", "took the answer once seen", "", form.changed)

    def save_json(self, path: Path) -> None:
        """Write everything, whole or not at all."""
        save_record(path, self, schema=SCHEMA_VERSION)

    def save_csv(self, path: Path) -> None:
        """Write the main table, for a spreadsheet."""
        save_csv(path, COLUMNS, self.rows())

    def save_failures(self, path: Path) -> None:
        """Write what was not accepted, a row each."""
        heads = ("form", "item", "prediction", "batch", "said", "outcome", "details", "comments", "shows")
        listed = ((form.form, each) for form in self.forms for each in form.failures)
        rows = (
            (
                form,
                e.item,
                e.prediction,
                e.batch,
                e.said,
                e.outcome,
                " ".join(e.details),
                " | ".join(e.comments),
                e.shows,
            )
            for form, e in listed
        )
        save_csv(path, heads, rows)

    @classmethod
    def load(cls, path: Path) -> ReviewReport:
        """Read what `save_json` wrote.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, cls, "report of reviews", schema=SCHEMA_VERSION)


def _row(form: str, part: str, what: str, of: str, measured: Measurement) -> dict[str, object]:
    ends = {"value": measured.value, "low": measured.low, "high": measured.high}
    return {"form": form, "slice": part, "what": what, "of": of, **ends, "n": measured.n, "method": measured.method}
