"""BenchmarkRequest: which bundle is measured, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.bounds import Between
from assay.config.request import Help


@dataclass(frozen=True)
class BenchmarkRequest:
    """The words of the command itself; one of the first three names the bundle.

    Attributes:
        bundle: folder of a bundle; "" for none.
        run: id of a run, or its beginning; "" for none.
        model: version of a registered model; "" for none.
        formats: names; empty for all.
        batch_sizes: pictures per call.
        threads: numbers of threads.
        runs: timed calls of each combination, at most.
        warmup: untimed calls before that, at most.
        seconds: of timing for all combinations together; None for as long as the runs take.
        images: folder of pictures, or one picture; "" for test images of the run.
        output: folder of page and tables; "" for one beside the runs.
    """

    bundle: Annotated[str, Help("folder of a bundle", shown="FOLDER")] = ""
    run: Annotated[str, Help("id of the run whose bundle is measured, or its beginning", shown="RUN_ID")] = ""
    model: str = ""
    formats: Annotated[
        tuple[str, ...],
        Help("torch (eager), torchscript, torch_export, float (as trained), onnx, int8; all that there are"),
    ] = ()
    batch_sizes: Annotated[tuple[int, ...], Between(1, 4096), Help("pictures per call")] = (1, 8, 32)
    threads: Annotated[tuple[int, ...], Between(1, 1024), Help("that everything on the CPU may use")] = (1, 2)
    runs: Annotated[
        int, Between(1, 10_000_000), Help("timed calls of each combination at most; a p95 needs 72, a p99 368")
    ] = 1000
    warmup: Annotated[int, Between(1, 1_000_000), Help("untimed calls before that at most")] = 50
    seconds: Annotated[
        float | None,
        Between(0.01, 10_000_000),
        Help("of timing for all combinations together; null takes as long as the runs take"),
    ] = 45.0
    images: Annotated[str, Help("a picture or a folder of them; test images of the run where they can be read")] = ""
    output: Annotated[str, Help("folder for bench.html, bench.json, bench.csv and bench.png", shown="DIR")] = ""
