"""AuditStep: what the new manifest has of leaks and shortcuts that the champion's had not ends the retraining."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from assay.files import atomic_write
from assay.retraining.step import ENDS, VERDICT, StepContext
from assay.retraining.workshop import Workshop

REPORT = "audit.json"
STOPPED = "stopped by the audit"


@dataclass(frozen=True)
class AuditStep:
    """Holds the findings of both manifests against each other.

    Attributes:
        workshop: what it works with.
    """

    workshop: Workshop
    name: ClassVar[str] = "audit"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """JSON values: how much is new by kind, and what ended the retraining."""
        import json
        from collections import Counter

        from assay.audit.against import NEW, against
        from assay.data.manifest import Manifest
        from assay.run.findings import findings_in

        fail_on = self.workshop.settings.fail_on
        kinds = tuple(dict.fromkeys(NEW[name] for name in fail_on if name in NEW))
        recipe = context.results["recipe"]
        config = self.workshop.recipe_with(context.results)
        former = self.workshop.run_of(recipe).manifest
        manifest = Manifest.load(Path(context.results["manifest"]["path"]))
        sides = [(each, findings_in(each, config, kinds or ("leak",))) for each in (former, manifest)]
        compared = against(sides[0], sides[1], fail_on)
        new = [{"kind": each.kind, "name": each.name, "id": each.id, "why": each.why} for each in compared.new]
        with atomic_write(context.folder / REPORT) as temporary:
            text = json.dumps({"failed": compared.failed, "new": new, "notes": compared.notes}, ensure_ascii=False)
            temporary.write_text(text, "utf-8")
        failed = [name for name in fail_on if any(line.startswith(f"{name}:") for line in compared.failed)]
        result = {
            "new": dict(Counter(each.kind for each in compared.new)),
            "settled": len(compared.settled),
            "failed": failed,
        }
        if not failed:
            return result
        return {**result, ENDS: f"the audit stopped it: {', '.join(failed)}", VERDICT: STOPPED}
