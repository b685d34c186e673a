"""CanaryStep: the candidate looks on, then answers a share of the keys, and is rolled back where it does harm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from assay.retraining.step import ENDS, RESUMES, VERDICT, WAITS, StepContext
from assay.retraining.workshop import Workshop
from assay.store.canaries import PASSED, ROLLED_BACK, SHADOW, SHARE, Canary, canary_of, note_canary
from assay.store.experiment_counts import Bundles, experiment_counts
from assay.store.experiments import stopped_before
from assay.store.ids import as_time

if TYPE_CHECKING:
    from sqlalchemy import Connection

AGAIN = timedelta(minutes=5)


@dataclass(frozen=True)
class CanaryStep:
    """Writes how far the candidate may go into the trail, which services follow, and counts what it has answered.

    Attributes:
        workshop: what it works with.
    """

    workshop: Workshop
    name: ClassVar[str] = "canary"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """JSON values: the stage that was reached and pictures of it; it waits until services have answered enough."""
        settings = self.workshop.settings
        if not settings.canary_shadow:
            return {"stage": "off"}
        first = Canary(
            context.run.id,
            SHADOW,
            str(context.results["train"]["run"]),
            str(context.results["gate"]["bundle"]),
            str(context.results["recipe"]["bundle"]),
            settings.canary_share,
            settings.canary_shadow,
        )
        reigning = self.workshop.reigning().bundle_digest
        now = context.clock.now()
        since = str(context.earlier.get("since", "")) or as_time(now)

        def advance(connection: Connection) -> dict[str, Any]:
            canary = canary_of(connection, first.id) or first
            answered = _answered(connection, canary)
            late = as_time(now - timedelta(days=settings.canary_days)) > since
            why = stopped_before(connection, canary.experiment) or (
                "another champion was promoted meanwhile" if reigning != canary.champion else ""
            )
            if not why and late and answered < canary.pictures:
                why = f"it answered {answered} of {canary.pictures} pictures in {settings.canary_days:g} days"
            if why:
                canary = replace(canary, stage=ROLLED_BACK, why=why)
            elif answered >= canary.pictures:
                canary = _next(canary, settings.canary_answers)
            note_canary(connection, canary)
            begun = as_time(now) if canary.stage != context.earlier.get("stage", SHADOW) else since
            return {"stage": canary.stage, "answered": answered, "since": begun, "why": canary.why}

        result = self.workshop.store.write(advance)
        if result["stage"] == ROLLED_BACK:
            return {**result, ENDS: f"the canary was rolled back: {result['why']}", VERDICT: ROLLED_BACK}
        if result["stage"] == PASSED:
            return result
        return {**result, WAITS: f"canary, {_words(result)}", RESUMES: as_time(now + AGAIN)}


def _next(canary: Canary, answers: int) -> Canary:
    if canary.stage == SHADOW:
        return replace(canary, stage=SHARE, pictures=answers)
    return replace(canary, stage=PASSED)


def _answered(connection: Connection, canary: Canary) -> int:
    """Pictures that the candidate has answered in this stage, of all services together."""
    bundles = Bundles(canary.experiment, canary.arm, canary.champion, canary.bundle)
    rival = experiment_counts(connection, bundles, newest=0).rival
    return rival.requests - rival.failures if canary.stage == SHADOW else sum(rival.asked.values())


def _words(result: Mapping[str, Any]) -> str:
    stage = "looking on" if result["stage"] == SHADOW else "answering a share of the keys"
    return f"{stage}: {result['answered']} pictures so far"
