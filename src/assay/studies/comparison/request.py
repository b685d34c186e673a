"""ComparisonRequest: which runs are compared with which baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.bounds import Between
from assay.config.request import Help


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
        baseline: the run that comes first, whether or not it is among `runs`; "" leaves them as they are.
    """

    runs: tuple[str, ...]
    studies: Annotated[
        tuple[str, ...], Help("names of studies, or paths of study.json, whose runs are compared", key="study")
    ] = ()
    common: Annotated[bool, Help("compares runs with other test sets on the images that all have answered")] = False
    metrics: Annotated[tuple[str, ...], Help("names as in evidence.json: macro_f1,ece,f1 (f1 is one per class)")] = ()
    output: Annotated[
        str, Help("folder for index.html, comparison.json, comparison.csv and changed.csv", shown="DIR")
    ] = ""
    resamples: Annotated[int, Between(100, 100_000), Help("of the bootstrap")] = 2000
    confidence: Annotated[
        float,
        Between(0.5, 0.999),
        Help("level of intervals; Holm's correction keeps all claims together within it"),
    ] = 0.95
    baseline: Annotated[
        str, Help("the run that the others are compared with; the first one by default", shown="RUN")
    ] = ""

    @property
    def ordered_runs(self) -> tuple[str, ...]:
        """The runs, the baseline first."""
        first = (self.baseline,) if self.baseline else ()
        return (*first, *(run for run in self.runs if run not in first))
