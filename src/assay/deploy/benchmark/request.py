"""BenchmarkRequest: which bundle is measured, and how."""

from __future__ import annotations

from dataclasses import dataclass


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

    bundle: str = ""
    run: str = ""
    model: str = ""
    formats: tuple[str, ...] = ()
    batch_sizes: tuple[int, ...] = (1, 8, 32)
    threads: tuple[int, ...] = (1, 2)
    runs: int = 1000
    warmup: int = 50
    seconds: float | None = 45.0
    images: str = ""
    output: str = ""
