"""EmbedStep: embeddings of a frozen backbone, which many pictures have already, are computed for the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from assay.retraining.step import StepContext
from assay.retraining.workshop import Workshop


@dataclass(frozen=True)
class EmbedStep:
    """Fills the embedding store where the recipe begins with embeddings; otherwise there is nothing to do.

    Attributes:
        workshop: what it works with.
    """

    workshop: Workshop
    name: ClassVar[str] = "embed"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """JSON values: images that have an embedding now; 0 where the recipe trains the backbone."""
        from assay.config.targets import build
        from assay.run.embed import EmbedRequest, embed

        config = self.workshop.recipe_with(context.results)
        first = build(config.finetune).stages()[0]
        if first.inputs != "embeddings":
            return {"images": 0}
        return {"images": embed(EmbedRequest(), config).images}
