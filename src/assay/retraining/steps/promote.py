"""PromoteStep: what gate and canary have let pass becomes champion, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from assay.registry.promote import JudgedCandidate, enter
from assay.retraining.step import VERDICT, StepContext
from assay.retraining.workshop import Workshop

PROMOTED = "promoted"


@dataclass(frozen=True)
class PromoteStep:
    """Moves the champion by the verdict that was given; where a killed attempt did already, it says so.

    Attributes:
        workshop: what it works with.
    """

    workshop: Workshop
    name: ClassVar[str] = "promote"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """JSON values: the version that is champion now.

        Raises:
            ChampionChanged: another candidate was promoted since the verdict.
        """
        from assay.deploy.export.export import bundle_of
        from assay.gate.verdict import Verdict

        gate = context.results["gate"]
        registry = self.workshop.registry_of(context.results["recipe"])
        registry.finish_interrupted()
        seen = registry.state()
        if seen.champion is not None and seen.champion.bundle_digest == gate["bundle"]:
            return {"version": seen.champion.version, VERDICT: PROMOTED}
        file = Path(gate["verdict_file"])
        config = self.workshop.config_of(context.results["recipe"])
        record = self.workshop.tracking.find(str(context.results["train"]["run"]))
        bundle = bundle_of(config, self.workshop.tracking, record, serve=self.workshop.settings.serve)
        judged = JudgedCandidate(Verdict.load(file), bundle, seen, registry, file.parent, ())
        context.hold()
        return {"version": enter(judged), VERDICT: PROMOTED}
