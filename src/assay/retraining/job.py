"""JobRun: one retraining of a job, from the moment that it was due to its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

QUEUED, RUNNING, WAITING = "queued", "running", "waiting"
DONE, SKIPPED, FAILED = "done", "skipped", "failed"
OPEN = (QUEUED, RUNNING, WAITING)
ENDED = (DONE, SKIPPED, FAILED)
SCHEDULE, LABELS, ALERT, ASKED = "schedule", "labels", "alert", "asked"
"""What a run is for: its slot of the schedule, enough new labels, an alert with labels, a person who asked for it."""


@dataclass(frozen=True)
class JobRun:
    """A run of a job. There is one for each slot, whoever asked how often.

    Attributes:
        id: from `ids.new_id`.
        job: name of the job.
        slot: UTC instant that the run is for: of the schedule, or when the condition of its trigger was met.
        trigger: "schedule", "labels", "alert" or "asked".
        state: one of `OPEN` and `ENDED`.
        reason: why it is in this state, for people: what it is for, waits for, or why it was skipped or has failed.
        verdict: how it ended: "promoted", "kept", …, as a step has said; "" before, or where none did.
        step: that is at work, or was last; "" before the first.
        attempt: how often that step was begun.
        fence: grows with each process that takes the run up; who holds a smaller one can write nothing any more.
        lease: until when the process that is at it has it, UTC; "" where none is.
        renewed: when the lease was last renewed, UTC; "" where it never was.
        resumes: when a run that waits goes on, UTC; "" where it does not wait.
        created: UTC.
        started: UTC; "" before.
        ended: UTC; "" before.
        cost: what its steps have spent: "hours", "pictures", "downloads".
        facts: what was known when it was begun: new labels, alerts, …, as JSON values that name nobody.
    """

    id: str
    job: str
    slot: str
    trigger: str
    state: str
    reason: str = ""
    verdict: str = ""
    step: str = ""
    attempt: int = 0
    fence: int = 0
    lease: str = ""
    renewed: str = ""
    resumes: str = ""
    created: str = ""
    started: str = ""
    ended: str = ""
    cost: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
