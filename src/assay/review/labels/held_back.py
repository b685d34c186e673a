"""Holding back: a client whose feedback disagrees with reviewers far above chance trains nothing.

What a client proposes is never a label. But whoever says wrong things about pictures of his own choice decides what
reviewers are shown, and may have made the pictures for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from sqlalchemy import Connection, select

from assay.review.forms.label import FORM
from assay.review.item import SETTLED, ReviewItem
from assay.review.labels.clients import LabellingClient
from assay.review.labels.label import Gathered
from assay.review.rows import items
from assay.store.feedback import RIGHT, WRONG
from assay.store.review_tables import REVIEW_ITEMS
from assay.store.tables import FEEDBACK

HELD_BACK = "of a client whose feedback disagrees with reviewers far above chance"
HONEST = 0.2
"""Share of the feedback of an honest client that reviewers may disagree with, where nobody shows a larger one."""
ENOUGH = 3
"""Other clients that are asked for before they say what is usual."""
LEVEL = 0.01
"""Family-wise: that of all honest clients one is held back."""


@dataclass(frozen=True)
class ClientFeedback:
    """How the feedback of a client agrees with reviewers.

    Attributes:
        client: who said it.
        compared: answers that the client has judged and reviewers have decided on.
        disagreed: of them.
        p_value: of so many or more, adjusted for all clients (Bonferroni).
        held: whether the pictures of the client train nothing.
    """

    client: LabellingClient
    compared: int
    disagreed: int
    p_value: float
    held: bool


def feedback_of_clients(connection: Connection, clients: Mapping[str, LabellingClient]) -> list[ClientFeedback]:
    """Hold the feedback of each client against reviewers, the least likely first.

    The share in which an honest client may be wrong is 0.2, or the median over the others where there are three of them
    and it is larger: hard pictures are hard for everybody, and while most clients are honest, the rest cannot move it.

    Args:
        connection: that may read.
        clients: answer -> who has asked for it, from `clients_of` for all answers with feedback.

    Source: exact one-sided binomial test.
    """
    from scipy.stats import binom

    counts: dict[LabellingClient, list[int]] = defaultdict(lambda: [0, 0])
    decided = {item.prediction: item for item in items(connection, *_SETTLED)}
    for row in connection.execute(select(FEEDBACK).where(FEEDBACK.c.prediction.in_(select(_PREDICTION)))):
        item = decided.get(row.prediction)
        if item is None or item.outcome not in item.classes or row.prediction not in clients:
            continue
        count = counts[clients[row.prediction]]
        count[0] += 1
        count[1] += not _agrees(row.kind, row.label, item)
    judged = []
    for client, (n, wrong) in counts.items():
        others = [count[1] / count[0] for other, count in counts.items() if other != client]
        rate = max(HONEST, median(others)) if len(others) >= ENOUGH else HONEST
        p = min(1.0, len(counts) * float(binom.sf(wrong - 1, n, rate)))
        judged.append(ClientFeedback(client, n, wrong, p, p < LEVEL))
    return sorted(judged, key=lambda each: (each.p_value, each.client.id))


def without_held(gathered: Gathered, clients: Mapping[str, LabellingClient], judged: list[ClientFeedback]) -> Gathered:
    """Labels of other clients alone.

    Args:
        gathered: labels.
        clients: item -> who has sent its picture.
        judged: from `feedback_of_clients`.
    """
    held = {each.client.id for each in judged if each.held}
    return gathered.without({label.item: HELD_BACK for label in gathered.labels if clients[label.item].id in held})


_SETTLED = (REVIEW_ITEMS.c.form == FORM.name, REVIEW_ITEMS.c.state == SETTLED, REVIEW_ITEMS.c.prediction != "")
_PREDICTION = REVIEW_ITEMS.c.prediction


def _agrees(kind: str, proposed: str, item: ReviewItem) -> bool:
    """Whether what reviewers have decided bears out what was said."""
    if kind == RIGHT:
        return item.outcome == item.answer
    return item.outcome != item.answer if kind == WRONG else item.outcome == proposed
