"""ExperimentState: what the audit trail says of an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from assay.errors import ServiceError, did_you_mean
from assay.store.experiments import ENDED, STARTED, STOPPED, ExperimentLine, experiment_lines

NOTHING_BEGUN = "no experiment was begun here; assay serve begins one with challenger=… or shadow=…"
STATES = {STARTED: "goes on", STOPPED: "stopped", ENDED: "ended"}


@dataclass(frozen=True)
class ExperimentState:
    """An experiment.

    Attributes:
        name: of it.
        arm: of the rival: "challenger" or "shadow".
        share: of the keys that a challenger answers; 1 for a shadow.
        state: "goes on", "stopped" for good, or "ended" with its service, whose next start goes on with it.
        why: it was stopped; else "".
        since: when it began first, UTC.
        changed: when it came to its state, UTC.
        champion, rival: hex sha256 of their bundles when it began last.
    """

    name: str
    arm: str
    share: float
    state: str
    why: str
    since: str
    changed: str
    champion: str
    rival: str


def experiments(connection: Connection) -> list[ExperimentState]:
    """All of them, that which began last at the end.

    Args:
        connection: that may read.
    """
    of_name: dict[str, list[ExperimentLine]] = {}
    for line in experiment_lines(connection):
        of_name.setdefault(line.name, []).append(line)
    states = [_state(lines) for lines in of_name.values() if any(line.kind == STARTED for line in lines)]
    return sorted(states, key=lambda state: state.since)


def find_experiment(connection: Connection, name: str) -> ExperimentState:
    """An experiment by its name; "" for that which began last.

    Raises:
        ServiceError: there is none.
    """
    known = experiments(connection)
    if not known:
        raise ServiceError(NOTHING_BEGUN)
    if not name:
        return known[-1]
    names = [each.name for each in known]
    if name not in names:
        raise ServiceError(f"{name}: there is no such experiment; {did_you_mean(name, names)}")
    return known[names.index(name)]


def _state(lines: Sequence[ExperimentLine]) -> ExperimentState:
    starts = [line for line in lines if line.kind == STARTED]
    stops = [line for line in lines if line.kind == STOPPED]
    last, content = (stops or lines)[-1], starts[-1].content
    return ExperimentState(
        lines[0].name,
        str(content["arm"]),
        float(content["share"]),
        STATES[last.kind],
        str(stops[-1].content.get("why", "")) if stops else "",
        starts[0].time,
        last.time,
        str(content["champion"]),
        str(content["rival"]),
    )
