"""Improving: which answers' pictures may train and measure later models, by a consent to exactly that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from assay.store.consents import IMPROVE, Consent, consents_of
from assay.store.tables import PREDICTIONS

AT_ONCE = 500
"""Values of one statement."""


def consents_to_improve(connection: Connection, predictions: Sequence[str]) -> dict[str, str]:
    """Answer -> version of the consent by which its picture may train later models; of others there is no entry.

    A consent for a request decides alone about its pictures. One that holds for all requests has to have stood when
    the picture was answered, and one has to stand now: what was kept only to be looked at trains nothing because
    somebody agrees to more later, and what was agreed to ends with its withdrawal.

    Args:
        connection: that may read.
        predictions: ids of answers.
    """
    asked = list(dict.fromkeys(predictions))
    about: list[Any] = []
    for start in range(0, len(asked), AT_ONCE):
        columns = PREDICTIONS.c.id, PREDICTIONS.c.subject, PREDICTIONS.c.request, PREDICTIONS.c.time
        these = select(*columns).where(PREDICTIONS.c.id.in_(asked[start : start + AT_ONCE]), PREDICTIONS.c.kept)
        about += connection.execute(these).all()
    given = {subject: consents_of(connection, subject) for subject in {row.subject for row in about}}
    by_request: dict[str, dict[str, list[Consent]]] = {}
    for subject, consents in given.items():
        by_request[subject] = defaultdict(list)
        for consent in consents:
            by_request[subject][consent.request].append(consent)
    allowed = {}
    for row in about:
        of = by_request[row.subject]
        own = of.get(row.request) if row.request else None
        decides = _of_request(own) if own else _of_all(of.get("", []), row.time)
        if decides is not None:
            allowed[row.id] = decides.version
    return allowed


def _of_request(consents: Sequence[Consent]) -> Consent | None:
    """All of them have to allow it: two for one request cannot be told apart by its pictures."""
    if all(IMPROVE in consent.uses and not consent.withdrawn for consent in consents):
        return consents[-1]
    return None


def _of_all(consents: Sequence[Consent], time: str) -> Consent | None:
    then = [each for each in consents if each.given <= time and (not each.withdrawn or each.withdrawn > time)]
    now = [each for each in consents if not each.withdrawn]
    if any(IMPROVE in each.uses for each in then) and now and all(IMPROVE in each.uses for each in now):
        return now[-1]
    return None
