"""What is asked of `assay report performance`, `data` and `inference`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from assay.config.bounds import Between
from assay.config.request import Help, Inline
from assay.monitoring.bounds import WindowBounds
from assay.serving.keys_request import STORE

PERFORMANCE, DATA, INFERENCE = "performance", "data", "inference"
KINDS = (PERFORMANCE, DATA, INFERENCE)


@dataclass(frozen=True)
class ServiceReportRequest:
    """The keys of reports of a service.

    Attributes:
        bounds: of the answers that they are about.
        parts: windows that the span is cut into.
        profile: folder of a reference profile; "" takes the champion's, and where it has none confidence as it is.
        folder: below which saved manifests lie.
        resamples: of the bootstrap.
        confidence: level of intervals.
        output: folder of page and tables; "" for one beside the runs.
        store: of the service.
    """

    bounds: Annotated[WindowBounds, Inline()] = field(default_factory=WindowBounds)
    parts: Annotated[int, Between(1, 400), Help("windows that the span is cut into, for the curve over time")] = 7
    profile: Annotated[
        str,
        Help("folder with a profile.json of what is served; that of the champion without it", shown="DIR"),
    ] = ""
    folder: Annotated[str, Help("of data: below which saved manifests lie; this folder without it", shown="DIR")] = ""
    resamples: Annotated[int, Between(100, 100_000), Help("of the bootstrap of realised metrics")] = 500
    confidence: Annotated[float, Between(0.5, 0.999), Help("level of intervals")] = 0.95
    output: Annotated[
        str, Help("folder for index.html, report.json, report.csv and report.txt; reports/ beside the runs without it",
                  shown="DIR")
    ] = ""  # fmt: skip
    store: Annotated[str, Help(STORE)] = ""
