"""Labels of the random slice: what reviews have decided about answers that were drawn whatever was answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from assay.review.forms.label import FORM
from assay.review.item import CLOSED, SETTLED
from assay.store.review_tables import REVIEW_ITEMS
from assay.store.tables import PREDICTIONS

_ITEMS, _ROWS = REVIEW_ITEMS.c, PREDICTIONS.c
MOSTLY = 0.9
"""Share of drawn pictures that are decided, under which the ones that are not may be other ones."""


@dataclass(frozen=True)
class SliceLabels:
    """What is known of the classes of answers of a span.

    Attributes:
        labels: id of an answer -> its class by review; of the random slice alone.
        kept: ids of answers whose picture was kept: the others could not be drawn.
        undecided: drawn answers that nobody has decided yet.
        unclear: drawn answers of which reviewers cannot tell the class.
        chosen: decided answers that do not count, because they were looked at for a reason.
    """

    labels: dict[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    undecided: int = 0
    unclear: int = 0
    chosen: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be kept in mind."""
        drawn = len(self.labels) + self.undecided + self.unclear
        lines = []
        if self.chosen:
            lines.append(
                f"{self.chosen:,} reviewed answers do not count: they were looked at for a reason (the model was "
                "unsure, or the like), and on such it is worse than on all."
            )
        if drawn and len(self.labels) < MOSTLY * drawn:
            lines.append(
                f"Of {drawn:,} answers that were drawn at random {self.undecided:,} are not decided and "
                f"{self.unclear:,} have no clear class. Were those harder than the others, estimates "
                "from labels are too high."
            )
        return tuple(lines)


def slice_labels(connection: Connection, *, since: str, until: str, bundle: str = "") -> SliceLabels:
    """What reviews have decided about the answers of a span.

    Args:
        connection: that may read.
        since: UTC, first moment inside, as the store writes times; "" for the beginning.
        until: UTC, first moment outside.
        bundle: hex sha256 of what answered; "" for any.
    """
    within = [
        _ROWS.time < until,
        *([_ROWS.time >= since] if since else []),
        *([_ROWS.bundle == bundle] if bundle else []),
    ]
    asked = (
        select(_ITEMS.prediction, _ITEMS.outcome, _ITEMS.state, _ITEMS.random_slice)
        .join(PREDICTIONS, _ROWS.id == _ITEMS.prediction)
        .where(*within, _ITEMS.form == FORM.name, _ITEMS.known == "", _ITEMS.state != CLOSED)
        .order_by(_ITEMS.prediction)
    )
    rows = connection.execute(asked).all()
    abstains = {choice.value for choice in FORM.choices if choice.abstains}
    drawn = [row for row in rows if row.random_slice]
    settled = [row for row in drawn if row.state == SETTLED]
    labels = {row.prediction: row.outcome for row in settled if row.outcome not in abstains}
    kept = connection.scalars(select(_ROWS.id).where(*within, _ROWS.kept)).all()
    chosen = sum(row.state == SETTLED for row in rows if not row.random_slice)
    return SliceLabels(labels, frozenset(kept), len(drawn) - len(settled), len(settled) - len(labels), chosen)
