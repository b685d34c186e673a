"""`assay export`: a run's model as a bundle, in the forms that it is served in."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import ParsedArguments
from assay.deploy.export.request import ExportRequest

RECOMMENDED = "[onnx]"


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    """A person who names no form gets the one that any runtime opens and that answers as the weights do."""
    parsed.typed.setdefault("formats", RECOMMENDED)
    return parsed.request(request), parsed.config()


COMMAND = Command(
    name="export",
    purpose="Pack a run's model as a bundle: weights, calibration, thresholds, evidence, and the forms that serve it.",
    pipeline="assay.deploy.export.export.export",
    show="assay.commands.show.export",
    request=ExportRequest,
    groups=("tracking", "cache"),
    because="the run is exported as it was trained",
    arguments=_arguments,
    examples={
        "run=3f2a": "weights and ONNX; each form is compared with the float model on the whole test split",
        "run=3f2a formats=[onnx,int8] serve=int8": (
            "the bundle answers in INT8, and its evidence is measured again on INT8"
        ),
        "run=digits@champion formats=[onnx]": "the run behind a version that the registry calls so",
    },
    notes=(
        "Without formats=, ONNX is made, and what serve= asks for. The bundle lies in the run's folder and artifacts.",
        "TorchScript and torch.export hold code: they lie beside the bundle, in exports/. Where runs are recorded:",
        "tracking=server tracking.uri=…",
    ),
)
