"""Feedback: what a client says about an answer. It is a hint for whoever reviews the picture, and never a label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from assay.store.ids import now
from assay.store.tables import FEEDBACK, PREDICTIONS
from assay.store.trail import Personal, append_lines

RIGHT, WRONG, LABEL = "right", "wrong", "label"
KINDS = (RIGHT, WRONG, LABEL)


@dataclass(frozen=True)
class Feedback:
    """What was said about one answer.

    Attributes:
        prediction: id of the answer.
        subject: id of whose answer it is.
        key: id of the key that said it.
        kind: of `KINDS`; "label" proposes another class.
        label: that is proposed; "" for none.
        comment: in the client's words.
        time: UTC; set when it is written.
        trail: number of its line in the audit trail; set when it is written.
    """

    prediction: str
    subject: str
    key: str
    kind: str
    label: str = ""
    comment: str = ""
    time: str = ""
    trail: int = 0

    @property
    def content(self) -> tuple[str, str, str]:
        """What makes it the same again."""
        return self.kind, self.label, self.comment


def keep_feedback(connection: Connection, feedback: Feedback) -> tuple[Feedback, bool] | None:
    """Write what was said about an answer; the same again changes nothing, anything else replaces what stood.

    What is replaced stays in the audit trail, in the part that is erased with its subject.

    Args:
        connection: in a transaction that may write.
        feedback: without time and line.

    Returns:
        What stands now, and whether that is new; None where its subject has no such answer.
    """
    asked = select(PREDICTIONS.c.trail).where(
        PREDICTIONS.c.id == feedback.prediction, PREDICTIONS.c.subject == feedback.subject
    )
    line = connection.scalar(asked.with_for_update())  # two at once follow each other
    if line is None:
        return None
    former = feedback_of(connection, feedback.subject, feedback.prediction)
    if former is not None and former.content == feedback.content:
        return former, False
    content = {"kind": feedback.kind, "about": line, "replaces": former.trail if former else 0}
    words = {"prediction": feedback.prediction, "label": feedback.label, "comment": feedback.comment}
    personal = Personal(feedback.subject, {**words, "key": feedback.key, "actor": feedback.key})
    moment = now()
    (entry,) = append_lines(connection, [("feedback", content, personal)], at=moment)
    kept = replace(feedback, time=moment, trail=entry.number)
    if former is not None:
        connection.execute(FEEDBACK.delete().where(FEEDBACK.c.prediction == feedback.prediction))
    connection.execute(FEEDBACK.insert().values(**vars(kept)))
    return kept, True


def feedback_of(connection: Connection, subject: str, prediction: str) -> Feedback | None:
    """What stands about an answer of a subject; None where nothing was said, or the answer is somebody else's."""
    asked = select(FEEDBACK).where(FEEDBACK.c.prediction == prediction, FEEDBACK.c.subject == subject)
    row: Any = connection.execute(asked).first()
    return None if row is None else Feedback(**row._mapping)
