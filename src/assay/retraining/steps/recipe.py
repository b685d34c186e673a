"""RecipeStep: whose recipe is trained again: the champion's, as it is when the retraining begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from assay.retraining.step import StepContext
from assay.retraining.workshop import Workshop


@dataclass(frozen=True)
class RecipeStep:
    """Notes champion, run, bundle and manifest.

    Attributes:
        workshop: what it works with.
    """

    workshop: Workshop
    name: ClassVar[str] = "recipe"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """JSON values: model, version, run, bundle, manifest, config."""
        from assay.run.config_digest import config_digest

        champion, model = self.workshop.reigning(), self.workshop.registry().name
        run = self.workshop.run_of({"run": champion.run_id})
        return {
            "model": model,
            "version": champion.version,
            "run": champion.run_id,
            "bundle": champion.bundle_digest,
            "manifest": run.manifest.digest,
            "config": config_digest(run.config),
        }
