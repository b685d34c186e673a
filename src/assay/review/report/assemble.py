"""Assembles the report of reviews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from statistics import median

from sqlalchemy import Connection, select

from assay.evaluation.resampling import Resampling
from assay.measurement import Measurement
from assay.review.acting import hides_answer
from assay.review.forms.form import NOT_THIS_KIND, Form
from assay.review.item import CLOSED, DISPUTED, SETTLED, ReviewItem
from assay.review.report.agreed import agreement_of
from assay.review.report.counting import share_of
from assay.review.report.material import KNOWN, QUEUE, RANDOM, SLICES, Material, material_of, picture_of, slice_of
from assay.review.report.record import Acceptance, Failure, FormReport, Progress, ReviewReport
from assay.review.review import Review
from assay.store.ids import now
from assay.store.review_tables import REVIEW_ITEMS

ALL = "all"
BOUNDS = {"plausibility": 0.8}
"""Form -> share of accepted ones that it is held against."""


def review_report(
    connection: Connection,
    *,
    batch: str = "",
    grades: bool = False,
    resampling: Resampling = Resampling(),  # noqa: B008
) -> ReviewReport:
    """What was reviewed, and what it shows.

    Args:
        connection: that may read.
        batch: of the items; "" for all.
        grades: whether classes are grades in their order, so that near misses count less.
        resampling: how intervals are made.

    Raises:
        ServiceError: a form that was reviewed in is not installed.
    """
    names = connection.scalars(select(REVIEW_ITEMS.c.form).distinct().order_by(REVIEW_ITEMS.c.form)).all()
    forms = [material_of(connection, name, batch) for name in names]
    made = tuple(_form(each, grades, resampling) for each in forms if each.items)
    return ReviewReport(now(), batch, made, resampling.confidence, resampling.resamples)


def _form(material: Material, grades: bool, resampling: Resampling) -> FormReport:
    form, level = material.form, resampling.confidence
    agreed = [agreement_of(material, part, grades, resampling) for part in SLICES]
    override, changed = _overrides(material, level)
    return FormReport(
        form.name,
        form.title,
        _progress(material),
        tuple(each for each in agreed if each is not None),
        _acceptance(material, level) if form.good else None,
        _failures(material),
        _quality(material, level),
        _right(material, level),
        override,
        changed,
    )


def _asked(material: Material) -> list[ReviewItem]:
    return [item for item in material.items.values() if not item.known]


def _progress(material: Material) -> Progress:
    asked = _asked(material)
    left = sum(material.abstains(material.items[each.item], each.final) for each in material.standing)
    seconds = [each.seconds for each in material.standing]
    return Progress(
        len(asked),
        dict(sorted(Counter(item.state for item in asked).items())),
        dict(sorted(Counter(item.source for item in asked).items())),
        len(material.standing),
        material.skips,
        material.undone,
        left,
        len({each.item for each in material.standing if each.arbiter}),
        median(seconds) if seconds else None,
    )


def _acceptance(material: Material, level: float) -> Acceptance:
    form, bound = material.form, BOUNDS.get(material.form.name)
    asked = [item for item in _asked(material) if item.state != CLOSED]
    decided = [item for item in asked if item.state == SETTLED and item.outcome in (*form.good, *form.bad)]

    def rate(items: list[ReviewItem]) -> Measurement:
        return share_of(((picture_of(item), item.outcome in form.good) for item in items), level)

    classes = sorted({item.answer for item in decided if item.answer})
    by_class = {name: rate([item for item in decided if item.answer == name]) for name in classes}
    refused = {item.id for item in decided if item.outcome in form.bad}
    about = Counter(
        value
        for review in material.standing
        if review.item in refused
        for values in review.details.values()
        for value in values
    )
    unclear = [item for item in asked if item.state == DISPUTED or (item.state == SETTLED and item not in decided)]
    verdict = "" if bound is None else _verdict(*_either_way(decided, unclear, form, level), bound)
    return Acceptance(rate(decided), by_class, len(asked) - len(decided), bound, verdict, dict(about.most_common()))


def _either_way(
    decided: list[ReviewItem], unclear: list[ReviewItem], form: Form, level: float
) -> tuple[Measurement, Measurement]:
    """The share were all that is disputed or left open refused, and were it accepted: those are the doubtful ones."""
    known = [(picture_of(item), item.outcome in form.good) for item in decided]
    worst, best = ([*known, *((picture_of(item), hit) for item in unclear)] for hit in (False, True))
    return share_of(worst, level), share_of(best, level)


def _verdict(worst: Measurement, best: Measurement, bound: float) -> str:
    if worst.low is not None and worst.low >= bound:
        return "above"
    return "below" if best.high is not None and best.high < bound else "open"


def _failures(material: Material) -> tuple[Failure, ...]:
    bad = [item for item in _asked(material) if item.state == SETTLED and item.outcome in material.form.bad]
    reviews_of: dict[str, list[Review]] = {item.id: [] for item in bad}
    for review in material.standing:
        if review.item in reviews_of:
            reviews_of[review.item].append(review)
    return tuple(
        Failure(
            item.id,
            item.prediction,
            item.batch,
            item.answer,
            item.outcome,
            tuple(dict.fromkeys(v for each in reviews_of[item.id] for values in each.details.values() for v in values)),
            tuple(each.comment for each in reviews_of[item.id] if each.comment),
            item.shows.get("picture", ""),
        )
        for item in bad
    )


def _by_reviewer(
    material: Material, rows: list[tuple[ReviewItem, Review]], hit: Callable[[ReviewItem, Review], bool], level: float
) -> dict[str, Measurement]:
    """A share of reviews: of all reviewers, then of each by name; {} where there is no row."""
    if not rows:
        return {}
    shares = {ALL: share_of(((picture_of(item), hit(item, review)) for item, review in rows), level)}
    for reviewer in sorted({review.reviewer for _, review in rows}, key=lambda each: material.names.get(each, each)):
        theirs = [(item, review) for item, review in rows if review.reviewer == reviewer]
        name = material.names.get(reviewer, reviewer)
        shares[name] = share_of(((picture_of(item), hit(item, review)) for item, review in theirs), level)
    return shares


def _quality(material: Material, level: float) -> dict[str, Measurement]:
    rows = list(material.independent(KNOWN))
    return _by_reviewer(material, rows, lambda item, review: review.blind == item.known, level)


def _right(material: Material, level: float) -> dict[str, Measurement]:
    """Share of answers that what was settled confirms, on the random slice and on the queue apart."""
    if not material.form.asks_class:
        return {}
    shares = {}
    for part in (RANDOM, QUEUE):
        settled = [
            item
            for item in _asked(material)
            if slice_of(item) == part and item.answer and item.state == SETTLED
            if not material.abstains(item, item.outcome) and item.outcome != NOT_THIS_KIND
        ]
        if settled:
            shares[part] = share_of(((picture_of(item), item.outcome == item.answer) for item in settled), level)
    return shares


def _overrides(material: Material, level: float) -> tuple[dict[str, Measurement], Measurement]:
    rows = [
        (material.items[each.item], each)
        for each in material.standing
        if each.blind
        and hides_answer(material.form, material.items[each.item])
        and not material.abstains(material.items[each.item], each.final)
    ]
    shares = _by_reviewer(material, rows, lambda _, review: review.override, level)
    for part in (RANDOM, QUEUE) if shares else ():
        of_part = [(picture_of(item), review.override) for item, review in rows if slice_of(item) == part]
        if of_part:
            shares[f"({part})"] = share_of(of_part, level)
    disagreed = [(item, review) for item, review in rows if review.blind != item.answer]
    taken = ((picture_of(item), review.final == item.answer) for item, review in disagreed)
    return shares, share_of(taken, level)
