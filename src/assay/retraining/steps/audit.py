"""AuditStep: a retraining fails by leaks and shortcuts that the champion's manifest had not, until a person says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from assay.errors import DataError
from assay.files import atomic_write
from assay.retraining.step import StepContext
from assay.retraining.workshop import Workshop

REPORT = "audit.json"


@dataclass(frozen=True)
class AuditStep:
    """Holds the findings of both manifests against each other.

    Attributes:
        workshop: what it works with.
    """

    workshop: Workshop
    name: ClassVar[str] = "audit"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """JSON values: how much is new by kind.

        Raises:
            DataError: something is new that `fail_on` names. Its labels stay new: nothing was learned from them.
        """
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
        if failed:
            allowed = ",".join(name for name in fail_on if name not in failed)
            raise DataError(
                f"{'; '.join(compared.failed)}. {context.folder / REPORT} has all of it. Where that may be, go on with "
                f"assay retrain once run={context.run.id} 'fail_on=[{allowed}]'; else decide at the desk anew, and the "
                "next retraining takes what is decided then"
            )
        return {"new": dict(Counter(each.kind for each in compared.new)), "settled": len(compared.settled)}
