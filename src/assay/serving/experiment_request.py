"""What is asked of `assay experiment`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.bounds import Between
from assay.config.request import Help
from assay.serving.keys_request import STORE

DEEDS = ("report", "list", "stop")


@dataclass(frozen=True)
class ExperimentRequest:
    """The words of `assay experiment` itself.

    Attributes:
        deed: what is to be done, of `DEEDS`.
        name: of the experiment; "" for the newest.
        labels: CSV of what answers should have been; "" takes the reviews of the service's own queue.
        unit: what counts as independent; "" for pictures with a shadow, and keys with a challenger.
        width: of the interval that is wanted.
        confidence: level of intervals.
        metrics: names as in the evidence; of a shadow's comparison.
        resamples: of the bootstrap.
        output: folder of page and tables; "" for one beside the runs.
        reason: why it is stopped.
        by: who stops it; "" for the user of this machine.
        store: of the service.
    """

    deed: str = "report"
    name: str = ""
    labels: Annotated[
        str,
        Help("CSV of prediction (or request) and label, of pictures drawn at random; the own reviews without it"),
    ] = ""
    unit: Annotated[
        Literal["", "pictures", "keys"],
        Help("what counts as independent; pictures with a shadow without it, always keys with a challenger"),
    ] = ""
    width: Annotated[float, Between(0.001, 2), Help("of the interval that is wanted, for the number still needed")] = (
        0.1
    )
    confidence: Annotated[float, Between(0.5, 0.999), Help("level of intervals")] = 0.95
    metrics: Annotated[tuple[str, ...], Help("that a shadow is compared in: accuracy,macro_f1,nll")] = (
        "accuracy",
        "macro_f1",
        "nll",
    )
    resamples: Annotated[int, Between(100, 100_000), Help("of the bootstrap")] = 2000
    output: Annotated[str, Help("folder for index.html, experiment.json and experiment.csv", shown="DIR")] = ""
    reason: Annotated[str, Help("why it is stopped")] = ""
    by: Annotated[str, Help("who stops it; the user of this machine without it", shown="NAME")] = ""
    store: Annotated[str, Help(STORE)] = ""
