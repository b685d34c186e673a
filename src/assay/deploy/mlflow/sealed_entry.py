"""SealedEntry: a line of a model's history as it lies in its table, for the registry that writes and all who read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

TABLE, BEGUN = "assay_history", "assay_begun"
"""Names of the tables of the history, and of what has been begun and is not finished."""
VERDICT, PROMOTION, OVERRIDE, ROLLBACK, REPAIR = "verdict", "promotion", "override", "rollback", "repair"
KEPT_BACK = "kept back"
KINDS = (VERDICT, PROMOTION, OVERRIDE, ROLLBACK, REPAIR, KEPT_BACK)
"""An override is a promotion that a person let through; a repair accepts openly what was found not to hold; what is
kept back has passed the gate, and was not promoted because of what it did when clients were answered."""
PROMOTES = (PROMOTION, OVERRIDE)
MOVES = (*PROMOTES, ROLLBACK, REPAIR)
"""Kinds that say who is champion from then on; their content has `champion` and `previous`."""


@dataclass(frozen=True)
class SealedEntry:
    """One line of the history of a model.

    Attributes:
        model: name of the registered model.
        number: from 1, without gaps.
        previous_hash: `hash` of the entry before.
        hash: hex sha256 over all other fields.
        time: ISO 8601, UTC.
        kind: one of `KINDS`.
        author: who asked for it.
        content: JSON object as canonical text; see `assay.database.chain.canonical`.
    """

    model: str
    number: int
    previous_hash: str
    hash: str
    time: str
    kind: str
    author: str
    content: str

    @property
    def values(self) -> dict[str, Any]:
        """The content as values; empty where it can no longer be read."""
        try:
            content = json.loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return content if isinstance(content, dict) else {}

    @property
    def reigning(self) -> dict[str, Any]:
        """What a moving entry says of the version that reigns from here on; empty for none."""
        champion = self.values.get("champion")
        return champion if isinstance(champion, dict) else {}

    @property
    def moves(self) -> bool:
        """Whether it says who is champion."""
        return self.kind in MOVES

    @property
    def champion(self) -> str:
        """Version that reigns from here on, as a moving entry says; "" for none."""
        return str(self.reigning.get("version", ""))
