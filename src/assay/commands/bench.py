"""`assay bench`: what a bundle costs to run on this machine."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.deploy.benchmark.request import BenchmarkRequest
from assay.errors import ConfigError


def _is_model(word: str) -> bool:
    from assay.tracking.registered import MODEL

    return MODEL.fullmatch(word) is not None


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    named = [*parsed.bare, *(f"{key}={parsed.typed[key]}" for key in ("bundle", "run") if parsed.typed.get(key))]
    if len(named) != 1:
        raise ConfigError(f"one bundle is needed, got {len(named)}: bundle=FOLDER, run=RUN_ID or NAME@ALIAS")
    return parsed.request(request, model=parsed.bare[0] if parsed.bare else ""), parsed.config()


COMMAND = Command(
    name="bench",
    purpose="Measure what a bundle costs to run here: latency, throughput, cold start and memory of each form.",
    pipeline="assay.deploy.benchmark.bench.bench",
    show="assay.commands.show.bench",
    request=BenchmarkRequest,
    groups=("tracking", "cache", "seed"),
    because="a bundle is measured as it is",
    bare=BareWord("model", _is_model, "a version of a registered model, NAME@ALIAS", "NAME@ALIAS"),
    arguments=_arguments,
    examples={
        "run=3f2a": "all forms side by side; 45 seconds of timing, a fresh process for each: one to two minutes",
        "digits@champion formats=[onnx,int8] batch_sizes=[1] runs=1000 seconds=null": (
            "a thousand answers of each, however long that takes; gives the p99, too"
        ),
        "bundle=exported images=photos output=benchmark": "a bundle in a folder, on pictures of your own",
    },
    notes=(
        "One of bundle=FOLDER, run=RUN_ID and NAME@ALIAS names the bundle.",
        "Recorded in the bundle's run where the store has it: artifacts bench/, metrics bench/FORMAT/…;",
        "tracking=server tracking.uri=…, as in the training. Other programs on the machine spoil the numbers.",
    ),
)
