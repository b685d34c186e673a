"""What happened in an experiment with two bundles so far, as log and counts have it: a new start goes on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from assay.store.tables import EXPERIMENT_COUNTS, PREDICTIONS

SHADOW = "shadow"
_COUNTS, _ROWS = EXPERIMENT_COUNTS.c, PREDICTIONS.c


@dataclass(frozen=True)
class Bundles:
    """Two bundles that are compared in an experiment.

    Attributes:
        experiment: its name.
        arm: of the rival: "challenger" or "shadow".
        champion, rival: hex sha256 of their bundles.
    """

    experiment: str
    arm: str
    champion: str
    rival: str

    @property
    def row(self) -> ColumnElement[bool]:
        """The condition of their counts."""
        return and_(
            _COUNTS.experiment == self.experiment, _COUNTS.champion == self.champion, _COUNTS.rival == self.rival
        )

    def rows_of(self, arm: str) -> ColumnElement[bool]:
        """The condition of one arm's answers in the log."""
        bundle = self.rival if arm == self.arm else self.champion
        return and_(_ROWS.experiment == self.experiment, _ROWS.arm == arm, _ROWS.bundle == bundle)


@dataclass(frozen=True)
class ArmCounts:
    """What one arm has done.

    Attributes:
        requests: that it was given, also those that it failed at.
        failures: of them.
        ms: newest times of its engine, milliseconds, the oldest first.
        asked: pictures of each key; empty for a shadow, which all keys have.
        for_a_person: of those, pictures that a person should look at.
    """

    requests: int
    failures: int
    ms: tuple[float, ...]
    asked: Mapping[str, int]
    for_a_person: Mapping[str, int]


@dataclass(frozen=True)
class ExperimentCounts:
    """What both have done.

    Attributes:
        champion, rival: each for itself.
        rival_alone, champion_alone: pictures that only one of them hands to a person, where a shadow looked on.
        next_look: requests of the rival at which it is looked at; 0 before the first look.
    """

    champion: ArmCounts
    rival: ArmCounts
    rival_alone: int
    champion_alone: int
    next_look: int


def experiment_counts(connection: Connection, bundles: Bundles, *, newest: int) -> ExperimentCounts:
    """Count what the log holds, and add what failed, which it does not.

    Args:
        connection: that may read.
        bundles: that are compared.
        newest: times of each arm that are wanted.
    """
    kept = connection.execute(select(EXPERIMENT_COUNTS).where(bundles.row)).first()
    failures = (0, 0) if kept is None else (kept.champion_failures, kept.rival_failures)
    arms = [
        _arm(connection, bundles, arm, failed, newest)
        for arm, failed in zip(("champion", bundles.arm), failures, strict=True)
    ]
    alone = _alone(connection, bundles) if bundles.arm == SHADOW else (0, 0)
    return ExperimentCounts(arms[0], arms[1], *alone, 0 if kept is None else kept.next_look)


def _arm(connection: Connection, bundles: Bundles, arm: str, failures: int, newest: int) -> ArmCounts:
    theirs = bundles.rows_of(arm)
    each = func.count() if arm == SHADOW else func.count(_ROWS.request.distinct())
    requests = connection.scalar(select(each).where(theirs)) or 0
    times = select(_ROWS.engine_ms).where(theirs, _ROWS.engine_ms > 0).order_by(_ROWS.id.desc()).limit(newest)
    ms = tuple(reversed(connection.scalars(times).all()))
    asked: dict[str, int] = {}
    person: dict[str, int] = {}
    if arm != SHADOW:
        looked = func.sum(case((_ROWS.for_a_person, 1), else_=0))
        for key, count, hits in connection.execute(
            select(_ROWS.key, func.count(), looked).where(theirs).group_by(_ROWS.key)
        ):
            asked[key], person[key] = int(count), int(hits)
    return ArmCounts(int(requests) + failures, failures, ms, asked, person)


def _alone(connection: Connection, bundles: Bundles) -> tuple[int, int]:
    given = PREDICTIONS.alias("given")
    pairs = (
        select(_ROWS.for_a_person, func.count())
        .join(given, given.c.id == _ROWS.pair)
        .where(bundles.rows_of(SHADOW), given.c.bundle == bundles.champion, _ROWS.engine_ms > 0)
        .where(given.c.for_a_person != _ROWS.for_a_person)
        .group_by(_ROWS.for_a_person)
    )
    counts = {bool(theirs): int(count) for theirs, count in connection.execute(pairs)}
    return counts.get(True, 0), counts.get(False, 0)


def note_failure(connection: Connection, bundles: Bundles, *, rival: bool) -> None:
    """Count a request that one of them has failed at.

    Args:
        connection: in a transaction that may write.
        bundles: that are compared.
        rival: whether it was the rival.
    """
    name = "rival_failures" if rival else "champion_failures"
    _change(connection, bundles, {name: _COUNTS[name] + 1})


def note_look(connection: Connection, bundles: Bundles, next_look: int) -> int:
    """Count a look at the rival, before it is taken: what it may do by chance is spent then.

    Args:
        connection: in a transaction that may write.
        bundles: that are compared.
        next_look: requests of the rival at which it is looked at again.

    Returns:
        The number of the look in this experiment, from 1, whatever the bundles.
    """
    _change(connection, bundles, {"looks": _COUNTS.looks + 1, "next_look": next_look})
    total = select(func.sum(_COUNTS.looks)).where(_COUNTS.experiment == bundles.experiment)
    return int(connection.scalar(total) or 0)


def _change(connection: Connection, bundles: Bundles, values: Mapping[str, object]) -> None:
    change = EXPERIMENT_COUNTS.update().where(bundles.row).values(**values)
    if connection.execute(change).rowcount:
        return
    names = {"experiment": bundles.experiment, "champion": bundles.champion, "rival": bundles.rival}
    nothing = {"champion_failures": 0, "rival_failures": 0, "looks": 0, "next_look": 0}
    connection.execute(EXPERIMENT_COUNTS.insert().values(**names, **nothing))
    connection.execute(change)
