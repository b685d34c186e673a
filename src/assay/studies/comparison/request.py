"""ComparisonRequest: which runs are compared with which baseline."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ComparisonRequest:
    """The words of the command itself.

    Attributes:
        runs: ids, or their beginnings, or versions of registered models; the baseline first.
        studies: names of studies, or paths of their `study.json`, whose runs are compared too.
        common: whether runs with other test sets are compared on the images that all have answered.
        metrics: names as in the evidence; empty for the usual ones.
        output: folder of the pages; "" for one beside the runs.
        resamples: of the bootstrap.
        confidence: level of the intervals.
    """

    runs: tuple[str, ...]
    studies: tuple[str, ...] = ()
    common: bool = False
    metrics: tuple[str, ...] = ()
    output: str = ""
    resamples: int = 2000
    confidence: float = 0.95
