"""GateStep: the candidate is judged by the gate of the job; what is refused is recorded and kept back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from assay.config.recipe import purpose_of, read_recipe
from assay.errors import ConfigError
from assay.registry.promote import JSON, enter, judge_candidate
from assay.registry.request import PromoteRequest
from assay.retraining.step import ENDS, VERDICT, StepContext
from assay.retraining.workshop import AUTHOR, Workshop

if TYPE_CHECKING:
    from assay.gate.gate import Gate
    from assay.retraining.step_settings import StepSettings

KEPT = "kept"
FOLDER = "gate"
TARGET = "assay.gate.settings.GateSettings"


@dataclass(frozen=True)
class GateStep:
    """Judges; the champion moves later, in its own step.

    Attributes:
        workshop: what it works with.
    """

    workshop: Workshop
    name: ClassVar[str] = "gate"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """JSON values: gate, decision, verdict's digest, bundle, checks that failed.

        Raises:
            ConfigError: the gate asks nothing, or less than every gate does without a person and a reason.
        """
        settings = self.workshop.settings
        gate = gate_of(settings)
        request = PromoteRequest(
            run=str(context.results["train"]["run"]),
            gate=settings.gate,
            serve=settings.serve,
            by=AUTHOR,
            output=str(context.folder / FOLDER),
        )
        judged = judge_candidate(request, gate, None, self.workshop.config_of(context.results["recipe"]))
        verdict = judged.verdict
        failed = [check.name for check in verdict.failed]
        result = {
            "gate": gate.name,
            "decision": verdict.decision,
            "verdict_file": str(judged.folder / JSON),
            "digest": verdict.digest,
            "bundle": verdict.bundle_digest,
            "failed": failed,
            "accuracy": _value(verdict.metrics.get("accuracy")),
        }
        if verdict.decision == "promote":
            return result
        enter(judged)  # a refusal is in the history too
        return {**result, ENDS: f"the gate {gate.name} refused it: {', '.join(failed)}", VERDICT: KEPT}


def gate_of(settings: StepSettings) -> Gate:
    """The gate of a job, with its changes.

    Raises:
        ConfigError: there is none, it asks nothing, or it asks less of integrity without a person and a reason.
    """
    from assay.gate.gate import Gate
    from assay.gate.integrity import integrity_checks
    from assay.gate.settings import GateSettings
    from assay.gate.verdict import Override

    if bool(settings.loosened_by.strip()) != bool(settings.loosened_reason.strip()):
        raise ConfigError("loosened_by, loosened_reason: both, a person and a reason, or none of them")
    loosened = Override(settings.loosened_by, settings.loosened_reason) if settings.loosened_by.strip() else None
    words, besides = list(settings.gate_words), {"checks": integrity_checks()}
    values = read_recipe("gate", settings.gate, words, TARGET, besides=besides)
    own = set(values.get("checks") or {}) - set(integrity_checks())
    if not any((values["checks"] or {}).get(name) is not None for name in own):
        raise ConfigError(
            f"gate={settings.gate}: it asks nothing of the candidate but what every gate asks, so it would let any "
            "retrained model in; name a gate with checks of its own, such as default"
        )
    purpose = purpose_of("gate", settings.gate)
    return Gate.of(Path(settings.gate).stem, purpose, GateSettings(**values), words, loosened_by=loosened)


def _value(measured: Any) -> float | None:
    return None if measured is None else measured.value
