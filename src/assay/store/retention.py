"""Retention: what is older than its kind may be is deleted, unless it is held by law."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, or_, select

from assay.errors import ConfigError, did_you_mean
from assay.store.consents import release_pictures
from assay.store.erase import Folders, finish_erasures
from assay.store.ids import as_time
from assay.store.review_tables import REVIEW_ITEMS, REVIEW_LEASES, REVIEWS
from assay.store.service_store import ServiceStore
from assay.store.tables import API_KEYS, CONSENTS, FEEDBACK, PREDICTIONS, SUBJECTS, TRAIL, TRAIL_PERSONAL
from assay.store.trail import append_lines
from assay.store.visitors import forget_visitors, idle_visitors
from assay.store.watch_tables import ALERT_PICTURES, ALERT_WEBHOOKS, ALERTS, WATCH_LOOKS

NEVER = "never"
LIMIT = re.compile(r"(?P<days>\d{1,5})d?", re.ASCII)
AT_ONCE = 500
"""Rows of a transaction, so that answers need not wait long for their log."""
DONE = "retention"
"""Kind of the trail's line."""


@dataclass(frozen=True)
class RetentionKind:
    """Something that is kept for so long.

    Attributes:
        what: of it is deleted.
        days: that it is kept, unless asked otherwise.
        table: of the rows that go; of pictures, those that name them.
        old: gives the condition of what is older than a time.
    """

    what: str
    days: int
    table: Table
    old: Callable[[str], ColumnElement[bool]]


def _not_held(table: Table) -> ColumnElement[bool]:
    return table.c.subject.not_in(select(SUBJECTS.c.id).where(SUBJECTS.c.hold != ""))


def _old_lines(before: str) -> ColumnElement[bool]:
    return and_(
        _not_held(TRAIL_PERSONAL), TRAIL_PERSONAL.c.number.in_(select(TRAIL.c.number).where(TRAIL.c.time < before))
    )


def _ended_consents(before: str) -> ColumnElement[bool]:
    """Withdrawn ones, and those for a request of which no picture is kept any more."""
    kept = select(PREDICTIONS.c.request).where(PREDICTIONS.c.kept)
    ended = or_(
        and_(CONSENTS.c.withdrawn != "", CONSENTS.c.withdrawn < before),
        and_(CONSENTS.c.request != "", CONSENTS.c.given < before, CONSENTS.c.request.not_in(kept)),
    )
    return and_(_not_held(CONSENTS), ended)


def _ended_keys(before: str) -> ColumnElement[bool]:
    key = API_KEYS.c
    ended = or_(and_(key.revoked != "", key.revoked < before), and_(key.expires != "", key.expires < before))
    return and_(_not_held(API_KEYS), ended)


def _ended_alerts(before: str) -> ColumnElement[bool]:
    return and_(ALERTS.c.resolved != "", ALERTS.c.resolved < before)


def _old_looks(before: str) -> ColumnElement[bool]:
    """All but the newest one, by which the dead man's switch goes."""
    return and_(
        WATCH_LOOKS.c.time < before, WATCH_LOOKS.c.time < select(func.max(WATCH_LOOKS.c.time)).scalar_subquery()
    )


KINDS = {
    "pictures": RetentionKind(
        "pictures that were kept with consent",
        90,
        PREDICTIONS,
        lambda before: and_(_not_held(PREDICTIONS), PREDICTIONS.c.kept, PREDICTIONS.c.time < before),
    ),
    "predictions": RetentionKind(
        "answers, with what was said about them",
        365,
        PREDICTIONS,
        lambda before: and_(_not_held(PREDICTIONS), PREDICTIONS.c.time < before),
    ),
    "reviews": RetentionKind(
        "what was reviewed, with what reviewers said of it",
        1095,
        REVIEW_ITEMS,
        lambda before: and_(_not_held(REVIEW_ITEMS), REVIEW_ITEMS.c.time < before),
    ),
    "consents": RetentionKind(
        "consents that were withdrawn, or whose pictures are gone", 1095, CONSENTS, _ended_consents
    ),
    "keys": RetentionKind("keys that were revoked or have expired", 365, API_KEYS, _ended_keys),
    "trail": RetentionKind(
        "who and which picture of lines of the audit trail; the lines stay, and hold", 1095, TRAIL_PERSONAL, _old_lines
    ),
    "visitors": RetentionKind(
        "browsers that asked without a key, of which nothing else is kept and which do not come any more",
        365,
        SUBJECTS,
        idle_visitors,
    ),
    "alerts": RetentionKind("alerts that were resolved, with who saw to them and why", 1095, ALERTS, _ended_alerts),
    "looks": RetentionKind("what the watcher saw at each look", 365, WATCH_LOOKS, _old_looks),
}
"""In the order in which they are deleted."""


def limits_of(asked: Mapping[str, str]) -> dict[str, int | None]:
    """Days that each kind is kept; None for ever.

    Args:
        asked: `365d`, or `never` deleted, by kind; the others keep their defaults.

    Raises:
        ConfigError: there is no such kind, or it is no number of days.
    """
    limits: dict[str, int | None] = {name: kind.days for name, kind in KINDS.items()}
    for name, text in asked.items():
        if name not in KINDS:
            raise ConfigError(f"{name}: nothing of this kind is kept; {did_you_mean(name, KINDS)}")
        number = LIMIT.fullmatch(text.strip())
        if number is None and text.strip() != NEVER:
            raise ConfigError(f"{name}={text}: is no time to keep something; give days, such as 90d, or {NEVER}")
        limits[name] = int(number["days"]) if number else None
    return limits


def shown_limits(limits: Mapping[str, int | None]) -> str:
    """For people."""
    return ", ".join(f"{name} {'for ever' if days is None else f'{days} d'}" for name, days in limits.items())


def overdue(store: ServiceStore, folders: Folders, limits: Mapping[str, int | None]) -> dict[str, int]:
    """How much of each kind is older than it may be, and files that belong to nothing; nothing is deleted.

    Args:
        store: of the service.
        folders: of its files.
        limits: from `limits_of`.
    """
    with store.reading() as connection:
        counts = {name: _count(connection, name, _before(days)) for name, days in limits.items() if days is not None}
        kept = set(connection.scalars(select(PREDICTIONS.c.picture).where(PREDICTIONS.c.kept).distinct()))
    return {**counts, "left over": len(folders.pictures.left_over(kept))}


def apply_retention(store: ServiceStore, folders: Folders, limits: Mapping[str, int | None]) -> dict[str, int]:
    """Delete it, in small transactions, and note it in the trail; erasures that were interrupted are finished first.

    Returns:
        How much of each kind was deleted.
    """
    finish_erasures(store, folders)
    deleted = {name: _delete(store, folders, name, days) for name, days in limits.items() if days is not None}
    deleted["left over"] = _collect(store, folders)
    content = {"deleted": deleted, "days": dict(limits)}
    store.write(lambda connection: append_lines(connection, [(DONE, content, None)]))
    return deleted


def last_applied(connection: Connection) -> str:
    """When retention was applied last, UTC; "" for never."""
    return connection.scalar(select(func.max(TRAIL.c.time)).where(TRAIL.c.kind == DONE)) or ""


def _before(days: int) -> str:
    return as_time(datetime.now(UTC) - timedelta(days=days))


def _count(connection: Connection, name: str, before: str) -> int:
    if name == "pictures":
        return len(connection.scalars(_old_pictures(before)).all())
    kind = KINDS[name]
    return int(connection.scalar(select(func.count()).select_from(kind.table).where(kind.old(before))) or 0)


def _old_pictures(before: str) -> Select[Any]:
    """Pictures of which no row is young enough; one that was sent again is as young as that."""
    young = select(PREDICTIONS.c.picture).where(PREDICTIONS.c.kept, PREDICTIONS.c.time >= before)
    old = select(PREDICTIONS.c.picture).where(KINDS["pictures"].old(before), PREDICTIONS.c.picture.not_in(young))
    return old.distinct()


def _delete(store: ServiceStore, folders: Folders, name: str, days: int) -> int:
    before, total = _before(days), 0
    while True:
        if name == "pictures":
            pictures = store.write(lambda connection: _release(connection, before))
            count = folders.pictures.remove(pictures)
            done = not pictures
        else:
            count = store.write(lambda connection: _delete_some(connection, name, before))
            done = not count
        total += count
        if done:
            return total


def _release(connection: Connection, before: str) -> list[str]:
    pictures: list[str] = list(connection.scalars(_old_pictures(before).limit(AT_ONCE)))
    release_pictures(connection, pictures=pictures)
    return pictures


def _delete_some(connection: Connection, name: str, before: str) -> int:
    kind = KINDS[name]
    (key,) = kind.table.primary_key.columns
    some = list(connection.scalars(select(key).where(kind.old(before)).limit(AT_ONCE)))
    if name == "visitors":
        return forget_visitors(connection, some)
    if name == "predictions":
        connection.execute(FEEDBACK.delete().where(FEEDBACK.c.prediction.in_(some)))
    for table in (REVIEWS, REVIEW_LEASES) if name == "reviews" else ():
        connection.execute(table.delete().where(table.c.item.in_(some)))
    for table in (ALERT_PICTURES, ALERT_WEBHOOKS) if name == "alerts" else ():
        connection.execute(table.delete().where(table.c.alert.in_(some)))
    return connection.execute(kind.table.delete().where(key.in_(some))).rowcount


def _collect(store: ServiceStore, folders: Folders) -> int:
    """Delete files that belong to no row."""
    with store.reading() as connection:
        kept = set(connection.scalars(select(PREDICTIONS.c.picture).where(PREDICTIONS.c.kept).distinct()))
    files = folders.pictures.left_over(kept)
    for path in files:
        path.unlink(missing_ok=True)
    return len(files)
