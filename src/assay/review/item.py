"""ReviewItem: something that a person is to look at, and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

COLLECTED = "collected"
SOURCES = {
    "low_confidence": "the model is not sure",
    "ood": "the picture may be of another kind",
    "flip": "the answer changes when the picture is delivered again",
    "feedback": "a client says that the answer is wrong",
    "drift": "pictures are not what they were",
    "audit": "a finding about a dataset",
    "random": "drawn at random from all that was answered",
    "known": "its class is known; it measures reviewers",
    "study": "a sample that somebody wants looked at",
    COLLECTED: "collected where a class is short; its licence permits training",
}
"""Reason -> for people."""
OPEN, DISPUTED, SETTLED, CLOSED = "open", "disputed", "settled", "closed"
STATES = (OPEN, DISPUTED, SETTLED, CLOSED)


@dataclass(frozen=True)
class ReviewItem:
    """Something that a person is to look at.

    Attributes:
        form: name of the form in which it is asked.
        source: why it is queued first of all, of `SOURCES`.
        random_slice: whether it belongs to the random slice of everything, whatever else speaks for it: only such
            items are like what is answered.
        batch: what was queued together: a drift report, a study, an audit; "" for none.
        subject: id of whose picture it is; "" for nobody's.
        prediction: id of the answer that it is about; "" for none.
        picture: HMAC of the picture that was kept with consent; "" where `shows` names files.
        shows: files by what they are to the form: "picture", "heat", "other".
        classes: that the model knows, for forms that ask for a class.
        hidden: JSON values that a reviewer sees after he has chosen: the model's "label", "confidence".
        known: the class that is known, by which reviewers are measured; "" for none.
        wanted: reviewers that are asked; 0 for everybody.
        priority: higher ones are asked first.
        model: name of the registered model that answered; "" for none.
        version: of it.
        bundle: hex sha256 of what answered.
        guideline: digest of the guideline; "" for none.
        id: of its row; set when it is written.
        time: UTC; set when it is written.
        state: of `STATES`; follows from the reviews that stand.
        outcome: what was agreed or arbitrated; "" where nothing is yet.
        closed: why nobody can look at it; "" where it is not closed.
    """

    form: str
    source: str
    random_slice: bool = False
    batch: str = ""
    subject: str = ""
    prediction: str = ""
    picture: str = ""
    shows: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    hidden: Mapping[str, Any] = field(default_factory=dict)
    known: str = ""
    wanted: int = 1
    priority: float = 0.0
    model: str = ""
    version: str = ""
    bundle: str = ""
    guideline: str = ""
    id: str = ""
    time: str = ""
    state: str = OPEN
    outcome: str = ""
    closed: str = ""

    @property
    def mark(self) -> str:
        """Hex sha256 of form and subject matter: the same answer, or the same files of a batch, is queued once."""
        about = [self.prediction] if self.prediction else [self.batch, *sorted(self.shows.values())]
        return hashlib.sha256(json.dumps([self.form, *about]).encode()).hexdigest()

    @property
    def answer(self) -> str:
        """What the model said; "" where it said nothing."""
        return str(self.hidden.get("label", ""))
