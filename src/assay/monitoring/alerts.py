"""Alerts in the store: opened, gone on with and ended by looks; acknowledged, muted and resolved by people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from assay.errors import ServiceError
from assay.monitoring.alert import (
    ACKNOWLEDGED,
    MOST_PICTURES,
    OF_NO_BUNDLE,
    OPEN,
    RESOLVED,
    Alert,
    Cause,
    NextStep,
    SpeakingAnswer,
)
from assay.store.ids import new_id
from assay.store.tables import API_KEYS, PREDICTIONS
from assay.store.trail import Personal, append_lines
from assay.store.watch_tables import ALERT_PICTURES, ALERTS

QUIET_LOOKS = 2
"""Looks in a row that do not meet a cause any more, after which its alert ends by itself."""
SHORTEST = 8
"""Characters of an id by which an alert can be named."""
_ROWS = ALERTS.c


@dataclass(frozen=True)
class Sighting:
    """What a look has met, and what it could look for.

    Attributes:
        look: id of it.
        time: of it, UTC.
        model: registered name of the model.
        version: of it.
        bundle: hex sha256.
        causes: that it met.
        looked_for: kinds that it could look for; of the others nothing is known, so nothing ends.
    """

    look: str
    time: str
    model: str
    version: str
    bundle: str
    causes: tuple[Cause, ...]
    looked_for: tuple[str, ...]


@dataclass(frozen=True)
class AlertChanges:
    """What became of alerts.

    Attributes:
        opened: alerts that are new.
        continued: that go on, and call nobody anew.
        called_again: whose mute is over, while their cause is still met.
        ended: that ended by themselves.
    """

    opened: tuple[Alert, ...] = ()
    continued: tuple[Alert, ...] = ()
    called_again: tuple[Alert, ...] = ()
    ended: tuple[Alert, ...] = ()


def note_causes(connection: Connection, sighting: Sighting) -> AlertChanges:
    """Open alerts for causes that have none, go on with the others, and end those that are not met any more.

    Args:
        connection: in a transaction that may write.
        sighting: of a look.
    """
    standing = {alert.cause: alert for alert in alerts(connection, _ROWS.state != RESOLVED)}
    opened: list[Alert] = []
    continued: list[Alert] = []
    again: list[Alert] = []
    for cause in sighting.causes:
        before = standing.pop(cause.name, None)
        if before is not None and before.bundle == _bundle_of(cause.kind, sighting):
            alert, calls = _continue(connection, before, cause, sighting)
            (again if calls else continued).append(alert)
            continue
        if before is not None:
            _end(connection, before, "another model answers now", sighting.time, actor="")
        opened.append(_open(connection, cause, sighting))
    ended = [done for alert in standing.values() if (done := _miss(connection, alert, sighting)) is not None]
    return AlertChanges(tuple(opened), tuple(continued), tuple(again), tuple(ended))


def alerts(connection: Connection, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Alert]:
    """Alerts, the newest first."""
    asked = select(ALERTS).where(*conditions).order_by(_ROWS.id.desc()).limit(limit)
    return [_read(row) for row in connection.execute(asked)]


def standing_alerts(connection: Connection) -> list[Alert]:
    """Alerts that are not resolved, the newest first."""
    return alerts(connection, _ROWS.state != RESOLVED)


def find_alert(connection: Connection, text: str) -> Alert:
    """The alert of an id, or of how it ends where that names one alone.

    Raises:
        ServiceError: there is none, or there are several.
    """
    ending = text.strip().lower()
    named = alerts(connection, _ROWS.id == ending)
    if not named and len(ending) >= SHORTEST and not set(ending) - set("0123456789abcdef-"):
        named = alerts(connection, _ROWS.id.like(f"%{ending}"))
    if len(named) != 1:
        which = "names several alerts" if named else "there is no such alert"
        raise ServiceError(f"{text}: {which}; assay watch alerts list all=true shows all")
    return named[0]


def acknowledge(connection: Connection, alert: Alert, *, owner: str, actor: str) -> Alert:
    """Let somebody own an alert: he sees to it, and it calls nobody else.

    Raises:
        ServiceError: it is resolved.
    """
    _refuse_resolved(alert)
    content = {"kind": alert.kind, "cause": alert.cause}
    _note(connection, "alert acknowledged", alert, content, actor, owner=owner)
    return _change(connection, alert, state=ACKNOWLEDGED, owner=owner)


def mute(connection: Connection, alert: Alert, *, until: str, at: str, actor: str) -> Alert:
    """Tell nobody of an alert before a moment; where its cause is met after it, somebody is told again.

    Raises:
        ServiceError: it is resolved, or the moment has passed.
    """
    _refuse_resolved(alert)
    if until <= at:
        raise ServiceError(f"{until}: has passed already; an alert is muted until a moment to come")
    _note(connection, "alert muted", alert, {"kind": alert.kind, "cause": alert.cause, "until": until}, actor)
    return _change(connection, alert, muted_until=until)


def resolve(connection: Connection, alert: Alert, *, reason: str, at: str, actor: str) -> Alert:
    """End an alert. Where its cause is met again, another one opens.

    Raises:
        ServiceError: it is resolved already, or no reason is given.
    """
    _refuse_resolved(alert)
    if not reason.strip():
        raise ServiceError(f"{alert.id}: an alert is resolved with a reason; say what became of it")
    return _end(connection, alert, reason.strip(), at, actor=actor)


def speaking_answers(connection: Connection, alert: str) -> list[SpeakingAnswer]:
    """Answers that speak for an alert, the loudest first; those of erased subjects are gone."""
    asked = select(ALERT_PICTURES).where(ALERT_PICTURES.c.alert == alert).order_by(ALERT_PICTURES.c.place)
    return [SpeakingAnswer(row.prediction, row.score) for row in connection.execute(asked)]


def keys_of_alerts(connection: Connection, shown: Sequence[Alert]) -> dict[str, str]:
    """Name of the key that an alert is about, by the alert's id, for those that are about one.

    It is read from the pictures that speak for it, so that it is gone when they are: alerts themselves name no key.
    """
    about = [alert.id for alert in shown if alert.evidence.get("values", {}).get("whose") == "key"]
    asked = (
        select(ALERT_PICTURES.c.alert, API_KEYS.c.name)
        .join(PREDICTIONS, PREDICTIONS.c.id == ALERT_PICTURES.c.prediction)
        .join(API_KEYS, API_KEYS.c.id == PREDICTIONS.c.key)
        .where(ALERT_PICTURES.c.alert.in_(about), ALERT_PICTURES.c.place == 0)
    )
    return {row.alert: row.name for row in connection.execute(asked)} if about else {}


def _open(connection: Connection, cause: Cause, sighting: Sighting) -> Alert:
    alert = Alert(
        new_id(),
        cause.name,
        cause.kind,
        OPEN,
        sighting.time,
        sighting.time,
        model=sighting.model,
        version=sighting.version,
        bundle=_bundle_of(cause.kind, sighting),
        look=sighting.look,
        evidence=_evidence(cause),
        next_step=cause.next_step,
    )
    connection.execute(ALERTS.insert().values(mark=cause.name, **_row(alert)))
    _write_answers(connection, alert.id, cause.answers)
    _note(connection, "alert opened", alert, {"kind": alert.kind, "cause": alert.cause, "look": sighting.look}, "")
    return alert


def _continue(connection: Connection, alert: Alert, cause: Cause, sighting: Sighting) -> tuple[Alert, bool]:
    """The alert as it goes on, and whether it calls again because its mute is over."""
    over = bool(alert.muted_until) and not alert.is_muted(sighting.time)
    values: dict[str, Any] = {"last": sighting.time, "count": alert.count + 1, "missed": 0, "look": sighting.look}
    values |= {"evidence": _evidence(cause), "next_step": cause.next_step}
    if over:
        _note(connection, "alert unmuted", alert, {"kind": alert.kind, "cause": alert.cause}, "")
        values["muted_until"] = ""
    _write_answers(connection, alert.id, cause.answers)
    changed = _change(connection, alert, **values)
    return changed, over and changed.state == OPEN


def _miss(connection: Connection, alert: Alert, sighting: Sighting) -> Alert | None:
    """The alert where it ends because its cause is not met any more; None where it stays."""
    if alert.kind not in sighting.looked_for:
        return None
    if alert.bundle != _bundle_of(alert.kind, sighting):
        return _end(connection, alert, "another model answers now", sighting.time, actor="")
    if alert.missed + 1 >= QUIET_LOOKS:
        return _end(connection, alert, f"not met in {QUIET_LOOKS} looks in a row", sighting.time, actor="")
    _change(connection, alert, missed=alert.missed + 1)
    return None


def _end(connection: Connection, alert: Alert, reason: str, at: str, *, actor: str) -> Alert:
    content = {"kind": alert.kind, "cause": alert.cause, "by": "a person" if actor else "the watcher"}
    _note(connection, "alert resolved", alert, content, actor, reason=reason)
    return _change(connection, alert, mark=alert.id, state=RESOLVED, resolved=at, reason=reason, muted_until="")


def _change(connection: Connection, alert: Alert, *, mark: str = "", **values: Any) -> Alert:
    changed = replace(alert, **values)
    row = {name: value for name, value in _row(changed).items() if name in values}
    if mark:
        row["mark"] = mark
    connection.execute(ALERTS.update().where(_ROWS.id == alert.id).values(**row))
    return changed


def _write_answers(connection: Connection, alert: str, answers: Sequence[SpeakingAnswer]) -> None:
    """Those that the log still has, with the subjects by whom they leave."""
    scores = {each.prediction: each.score for each in answers[:MOST_PICTURES]}
    if not scores:
        return
    connection.execute(ALERT_PICTURES.delete().where(ALERT_PICTURES.c.alert == alert))
    asked = select(PREDICTIONS.c.id, PREDICTIONS.c.subject).where(PREDICTIONS.c.id.in_(scores))
    subjects = {row.id: row.subject for row in connection.execute(asked)}
    rows = [
        {"alert": alert, "prediction": name, "subject": subjects[name], "place": place, "score": score}
        for place, (name, score) in enumerate(scores.items())
        if name in subjects
    ]
    if rows:
        connection.execute(ALERT_PICTURES.insert(), rows)


def _evidence(cause: Cause) -> dict[str, Any]:
    return {"finding": cause.finding, "values": dict(cause.values), "sentence": cause.sentence}


def _bundle_of(kind: str, sighting: Sighting) -> str:
    """Which bundle an alert of a kind is about."""
    return "" if kind in OF_NO_BUNDLE else sighting.bundle


def _refuse_resolved(alert: Alert) -> None:
    if alert.state == RESOLVED:
        raise ServiceError(f"{alert.id}: was resolved on {alert.resolved[:10]} ({alert.reason}), and stays so")


def _note(
    connection: Connection, kind: str, alert: Alert, content: dict[str, Any], actor: str, **personal: str
) -> None:
    """Reasons and names are people's words, so they stand where they can be erased."""
    about = Personal("", {"actor": actor, **personal}) if actor or personal else None
    append_lines(connection, [(kind, {"alert": alert.id, **content}, about)])


def _row(alert: Alert) -> dict[str, Any]:
    row = {**vars(alert), "evidence": json.dumps(dict(alert.evidence), ensure_ascii=False)}
    return row | {"next_step": json.dumps(asdict(alert.next_step))}


def _read(row: Any) -> Alert:
    values = {name: value for name, value in row._mapping.items() if name != "mark"}
    step = NextStep(**json.loads(row.next_step))
    return Alert(**{**values, "evidence": json.loads(row.evidence), "next_step": step})
