"""`assay fidelity`: how near generated images come to real ones, and how many of them are copies."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import ParsedArguments
from assay.run.fidelity_request import FidelityRequest


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    return parsed.request(request, words=parsed.words), parsed.config()


COMMAND = Command(
    name="fidelity",
    purpose="Compare generated images with real ones, class by class: FID and KID, precision and recall, copies.",
    pipeline="assay.run.fidelity_run.fidelity",
    show="assay.commands.show.fidelity",
    request=FidelityRequest,
    on_dataset=True,
    groups=("data", "experiment", "fidelity", "tracking", "cache", "seed"),
    because="nothing is trained here",
    arguments=_arguments,
    examples={
        "data=elpv data.image_size=64 synthetic=generated": (
            "page, tables and contact sheets, recorded as a run of its own"
        ),
        "data=folder data.root=photos synthetic=generated fidelity.extractor=inception_v3": (
            "the features of the published FIDs; their weights are fetched once"
        ),
    },
    notes=(
        "fidelity.extractor=…   inception_v3, or any architecture of timm (tf_efficientnet_lite0)",
        "fidelity.weights=…     pretrained, hf-hub:…, or the path of a checkpoint",
        "fidelity.size=N        pixels that both sides are brought to (data.image_size)",
        "fidelity.near=0.01     share of held-out real images that may be as near as a near-copy",
        "fidelity.minimum=64    images below which a class gets no FID",
        "fidelity.components=32 directions of FID where all features are too many for a covariance",
        "fidelity.resamples=1000, fidelity.splits=12",
        "Where runs are recorded: tracking=server tracking.uri=…, as in the training",
    ),
)
