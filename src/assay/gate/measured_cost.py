"""What an answer of a bundle costs, measured from the bundle when it is judged: no record that somebody may edit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assay.deploy.bundle.bundle import PREDICTOR, Bundle
from assay.deploy.bundle.format import FLOAT, FOLDERS
from assay.evaluation.cost import Cost
from assay.evaluation.latency import load_per_core, time_answers
from assay.predictor.saved_weights import saved_size

RUNS, RUNS_OF_P99, WARMUP, PICTURES = 200, 370, 20, 100


def measured_cost(bundle: Bundle, pictures: Sequence[Path], metric: str) -> Cost:
    """Weights and files counted, and answers timed where a latency is asked for.

    Args:
        bundle: whose served format is measured.
        pictures: files that are answered about, in turn.
        metric: what is asked for, `cost/size_mb`, `cost/latency_p95_ms`, …

    Raises:
        AssayError: the bundle cannot answer.
    """
    served = bundle.folder / (PREDICTOR if bundle.about.serves == FLOAT else FOLDERS[bundle.about.serves])
    runs = 0 if "latency" not in metric else RUNS_OF_P99 if "p99" in metric else RUNS
    load = load_per_core() if runs else None
    return Cost.from_times(
        parameters=sum(parameter.numel() for parameter in bundle.float_predictor.network.parameters()),
        size_mb=saved_size(served) / 1e6,
        times_ms=time_answers(bundle.predictor.answer, pictures[:PICTURES], runs=runs, warmup=WARMUP) if runs else (),
        load=load,
    )
