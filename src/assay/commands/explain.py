"""`assay explain`: where a trained model looks, and whether its maps mean something."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import ParsedArguments
from assay.run.explain_request import DEFAULT_IMAGES, ExplainRequest


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    """Maps are checked where random images are shown, unless the words say otherwise."""
    random = "random" in (parsed.typed.get("images") or DEFAULT_IMAGES).split(",")
    more = {} if "sanity" in parsed.typed else {"sanity": random}
    return parsed.request(request, **more), parsed.config()


COMMAND = Command(
    name="explain",
    purpose="Show where a trained model looks, and check that the maps mean something.",
    pipeline="assay.run.explain.explain",
    show="assay.commands.show.explain",
    request=ExplainRequest,
    groups=("explain", "tracking", "cache", "seed"),
    because="the run is explained as it was trained",
    arguments=_arguments,
    examples={
        "run=3f2a": (
            "50 random test images and the 50 most confident errors, as a page with a form for an expert; the checks "
            "go into the run's evidence. The beginning of a run's id is enough."
        ),
        "run=3f2a explain=gradcam_pp explain.layer=blocks.4": "another method, another layer",
    },
    lists={"explain": "Methods"},
    notes=(
        "Settings of a method: explain.layer=NAME · explain.batch_size=8 · explain.steps=50 (integrated gradients)",
        "Where runs are recorded: tracking=server tracking.uri=…, as in the training",
    ),
)
