"""CanaryStep: the candidate looks on, then answers a share of the keys, and is rolled back where it does harm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from assay.retraining.step import ENDS, RESUMES, VERDICT, WAITS, StepContext
from assay.retraining.workshop import Workshop
from assay.store.canaries import OPEN, PASSED, ROLLED_BACK, SHADOW, SHARE, Canary, canary_of, note_canary
from assay.store.experiment_counts import Bundles, experiment_counts
from assay.store.experiments import stopped_before
from assay.store.ids import as_time

if TYPE_CHECKING:
    from sqlalchemy import Connection

AGAIN = timedelta(minutes=1)
"""After which a call of `due` looks again; it costs a few rows, and a person who types it waits as long."""


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
        if not settings.canary_shadow and not context.earlier:  # a call without the words ends none that has begun
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
        before = str(context.earlier.get("stage", SHADOW))
        since = str(context.earlier.get("since", "")) or as_time(now)
        late = as_time(now - timedelta(days=settings.canary_days)) > since

        def advance(connection: Connection) -> dict[str, Any]:
            canary = canary_of(connection, first.id) or first
            counted = canary.stage if canary.stage in OPEN else before
            answered = _answered(connection, replace(canary, stage=counted))
            if canary.stage in OPEN:  # else an attempt was killed between this line of the trail and the ledger's
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
            begun = as_time(now) if canary.stage != before else since
            values = {"stage": canary.stage, "answered": answered, "since": begun, "why": canary.why}
            return values if canary.stage in OPEN else {**values, "of": canary.pictures, "in": counted}

        result = self.workshop.store.write(advance)
        if result["stage"] == ROLLED_BACK:
            self._keep_back(context, result)
            return {**result, ENDS: f"the canary was rolled back: {result['why']}", VERDICT: ROLLED_BACK}
        if result["stage"] == PASSED:
            return result
        return {**result, WAITS: f"canary, {_words(result)}", RESUMES: as_time(now + AGAIN)}

    def _keep_back(self, context: StepContext, result: Mapping[str, Any]) -> None:
        """Write the verdict into the registry's history, with what became of the candidate that it let pass."""
        from assay.gate.verdict import Verdict

        verdict = Verdict.load(Path(context.results["gate"]["verdict_file"]))
        counts = {"stage": result["in"], "answered": result["answered"], "pictures": result["of"]}
        registry = self.workshop.registry_of(context.results["recipe"])
        registry.keep_back(verdict, reason=str(result["why"]), counts=counts)


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
