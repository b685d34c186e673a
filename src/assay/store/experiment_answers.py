"""Answers of an experiment, as the prediction log has them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from assay.store.experiment_counts import Bundles
from assay.store.tables import PREDICTIONS

_ROWS = PREDICTIONS.c


@dataclass(frozen=True)
class ExperimentAnswer:
    """One answer of one arm.

    Attributes:
        id: of the answer.
        time: UTC.
        request: id of the request.
        pair: of a shadow's answer, the id of the answer that went out; else "".
        arm: "champion", "challenger" or "shadow".
        key: id of the key.
        picture: HMAC under the subject's secret.
        model: name and version, for people.
        label: most probable class.
        for_a_person: whether a person should look.
        engine_ms: milliseconds of the engine; 0 for an answer from memory.
        answer: as it was given, JSON text.
    """

    id: str
    time: str
    request: str
    pair: str
    arm: str
    key: str
    picture: str
    model: str
    label: str
    for_a_person: bool
    engine_ms: float
    answer: str

    @property
    def probabilities(self) -> Mapping[str, float]:
        """Calibrated, by class, in the order of the classes."""
        values: dict[str, float] = json.loads(self.answer)["probabilities"]
        return values


def newest_bundles(connection: Connection, experiment: str, arm: str) -> Bundles:
    """The bundles that answered last in an experiment; "" where one has not.

    Args:
        connection: that may read.
        experiment: its name.
        arm: of the rival.
    """

    def newest(of: str) -> str:
        rows = select(_ROWS.bundle).where(_ROWS.experiment == experiment, _ROWS.arm == of)
        return connection.scalar(rows.order_by(_ROWS.id.desc()).limit(1)) or ""

    return Bundles(experiment, arm, newest("champion"), newest(arm))


def answers_of(connection: Connection, bundles: Bundles) -> Iterator[ExperimentAnswer]:
    """Answers of both bundles in the experiment, in the order in which they were given."""
    columns = [_ROWS[name] for name in ExperimentAnswer.__dataclass_fields__ if name != "model"]
    both = bundles.rows_of("champion") | bundles.rows_of(bundles.arm)
    rows = select(*columns, _ROWS.model, _ROWS.version).where(both).order_by(_ROWS.id)
    for row in connection.execute(rows.execution_options(yield_per=1000)):
        values: dict[str, Any] = dict(row._mapping)
        version = values.pop("version")
        values["model"] = f"{values['model']}, version {version}" if version else values["model"]
        yield ExperimentAnswer(**values)


def other_answers(connection: Connection, bundles: Bundles) -> int:
    """How many answers of the experiment are of other bundles."""
    every = connection.scalar(select(func.count()).where(_ROWS.experiment == bundles.experiment)) or 0
    theirs = bundles.rows_of("champion") | bundles.rows_of(bundles.arm)
    return int(every) - int(connection.scalar(select(func.count()).where(theirs)) or 0)
