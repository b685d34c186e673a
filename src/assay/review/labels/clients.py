"""Clients: who has sent a picture, as the keys that took each other's place; browsers without a key are one client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from assay.store.tables import API_KEYS, PREDICTIONS, SUBJECTS
from assay.store.visitors import is_visitor

AT_ONCE = 500
"""Values of one statement."""
BROWSERS = "browsers"
"""All who come without a key: whoever wants to can be a thousand of them."""


@dataclass(frozen=True)
class LabellingClient:
    """Who has sent pictures.

    Attributes:
        id: of the first of the keys that took each other's place; "browsers" for those who come without a key.
        name: for the operator: of the newest of the keys, and its owner's.
    """

    id: str
    name: str


def clients_of(connection: Connection, predictions: Sequence[str]) -> dict[str, LabellingClient]:
    """Answer -> who has asked for it; a key that is known no longer is a client by its id.

    Args:
        connection: that may read.
        predictions: ids of answers.
    """
    keys: dict[str, str] = {}
    asked = list(dict.fromkeys(predictions))
    for start in range(0, len(asked), AT_ONCE):
        some = select(PREDICTIONS.c.id, PREDICTIONS.c.key).where(PREDICTIONS.c.id.in_(asked[start : start + AT_ONCE]))
        keys |= {row.id: row.key for row in connection.execute(some)}
    named = _named(connection)
    return {prediction: named.get(key, LabellingClient(key, f"key {key}")) for prediction, key in keys.items()}


def _named(connection: Connection) -> dict[str, LabellingClient]:
    """Key -> client."""
    columns = API_KEYS.c.id, API_KEYS.c.family, API_KEYS.c.name, SUBJECTS.c.name.label("owner")
    rows = connection.execute(select(*columns).join(SUBJECTS).order_by(API_KEYS.c.id)).all()
    newest = {row.family or row.id: f"{row.name} of {row.owner}" for row in rows}
    return {
        row.id: LabellingClient(BROWSERS, "browsers without a key")
        if is_visitor(row.owner)
        else LabellingClient(family := row.family or row.id, newest[family])
        for row in rows
    }
