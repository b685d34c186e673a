"""Reviewed: what the review of this service's own queue makes of the answers of an experiment."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from assay.review.forms.label import FORM
from assay.review.item import SETTLED
from assay.serving.experiment_report.labels import PREDICTION
from assay.store.review_tables import REVIEW_ITEMS, REVIEWS
from assay.store.tables import PREDICTIONS

_ITEMS, _REVIEWS = REVIEW_ITEMS.c, REVIEWS.c


@dataclass(frozen=True)
class ReviewedLabels:
    """Labels from the queue.

    Attributes:
        lines: as `labels.read_labels` gives them, those that were settled first in front.
        left_out: settled items that say nothing of all: they were queued because the model was unsure, or the like.
    """

    lines: list[tuple[str, str, str]]
    left_out: int


def reviewed_labels(connection: Connection, experiment: str) -> ReviewedLabels:
    """What was settled about answers of an experiment, of the random slice alone.

    A picture that is looked at because the champion was unsure of it is one on which any other model does better by
    comparison, also one that is no better.

    Args:
        connection: that may read.
        experiment: its name.
    """
    when = func.max(_REVIEWS.trail)
    asked = (
        select(_ITEMS.prediction, _ITEMS.outcome, _ITEMS.random_slice)
        .join(PREDICTIONS, PREDICTIONS.c.id == _ITEMS.prediction)
        .join(REVIEWS, _REVIEWS.item == _ITEMS.id)
        .where(PREDICTIONS.c.experiment == experiment, _ITEMS.form == FORM.name, _ITEMS.state == SETTLED)
        .group_by(_ITEMS.id, _ITEMS.prediction, _ITEMS.outcome, _ITEMS.random_slice)
        .order_by(when)
    )
    rows = connection.execute(asked).all()
    abstained = {choice.value for choice in FORM.choices if choice.abstains}
    drawn = [row for row in rows if row.random_slice and row.outcome not in abstained]
    lines = [(PREDICTION, row.prediction, row.outcome) for row in drawn]
    return ReviewedLabels(lines, sum(not row.random_slice for row in rows))
