"""Lineage: which manifest another was made from, by which command, with which decisions, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Lineage:
    """Where a manifest comes from.

    Attributes:
        parent: digest of the manifest that it was made from; "" for none.
        command: as it was typed.
        time: UTC, ISO 8601.
        decisions: sha256 of the decisions that were in force; "" for none.
        changes: what was done -> to how many images.
    """

    parent: str
    command: str
    time: str
    decisions: str = ""
    changes: Mapping[str, int] | None = None

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any] | None) -> Lineage | None:
        """From JSON, of a later version too; None for none."""
        if state is None:
            return None
        known = {field.name for field in fields(cls)}
        kept = {name: value for name, value in state.items() if name in known}
        return cls(**{"parent": "", "command": "", "time": "", **kept})
