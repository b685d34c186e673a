"""Decisions on disk: one JSON line each, only ever added to, by any number of processes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from assay.audit.decision import AuditDecision, in_force
from assay.database.locks import file_lock
from assay.errors import DataError
from assay.files import atomic_write, digest_of

_FIELDS = {field.name for field in fields(AuditDecision)}


def read_decisions(path: Path) -> list[AuditDecision]:
    """All of them, in the order in which they were made; [] where there is no file.

    Raises:
        DataError: a line is no decision.
    """
    return _parsed(path, _text(path))


def add_decisions(path: Path, decisions: Iterable[AuditDecision]) -> list[AuditDecision]:
    """Add decisions behind those that are there, all of them or none.

    The file is written anew under a lock and takes the place of the former in one step, so neither a kill nor a second
    process loses a line. What stands already word for word is not added again.

    Args:
        path: made if missing.
        decisions: those without a time get that of now.

    Returns:
        Those that are new.

    Raises:
        DataError: a line that is there already is no decision.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with file_lock(path.with_name(f".{path.name}.lock")):
        text = _text(path)
        standing = in_force(_parsed(path, text))
        now, added = datetime.now(UTC).isoformat(timespec="seconds"), []
        for decision in decisions:
            before = standing.get(decision.finding)
            if before is not None and _said(before) == _said(decision):
                continue
            added.append(replace(decision, time=decision.time or now))
            standing[decision.finding] = added[-1]
        if added:
            if text and not text.endswith("\n"):
                text += "\n"
            lines = [json.dumps(asdict(decision), ensure_ascii=False) + "\n" for decision in added]
            with atomic_write(path) as temporary:
                temporary.write_text(text + "".join(lines), encoding="utf-8")
    return added


def decisions_digest(decisions: Sequence[AuditDecision]) -> str:
    """Hex sha256 of what is in force, whatever was decided and taken back before."""
    return digest_of([asdict(decision) for decision in in_force(decisions).values()])


def _said(decision: AuditDecision) -> AuditDecision:
    return replace(decision, time="", paths=())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as decisions: {error}") from error


def _parsed(path: Path, text: str) -> list[AuditDecision]:
    decisions = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values = {name: value for name, value in json.loads(line).items() if name in _FIELDS}
            lists = {name: tuple(values.get(name, ())) for name in ("images", "paths")}
            decisions.append(AuditDecision(**{**values, **lists}))
        except (ValueError, TypeError, AttributeError, DataError) as error:
            raise DataError(
                f"{path}: line {number} is no decision ({error}); decisions are kept as they were written: "
                "bring the line back from a copy, or take it out"
            ) from error
    return decisions
