"""DriftSettings: how a window is tested for drift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.bounds import AtLeast, Between
from assay.config.request import Help
from assay.monitoring.drift.cluster_weights import MOST_SHARE
from assay.monitoring.drift.independent import Sources
from assay.monitoring.drift.sign_flips import DRAWS


@dataclass(frozen=True)
class DriftSettings:
    """What a test of a window is asked for.

    Attributes:
        level: of all tests of one look together, after Holm.
        sources: "key" takes all pictures of one key as one source; "burst" takes what a key sends without an hour's
            pause as one, which says that its bursts are independent of each other; "auto" takes keys where there are
            enough of them, else stretches of what they send; see `independent`.
        psi: whether the population stability index stands beside the tests.
        draws: most sign flips of each test.
        resamples: behind the interval of the mix of classes; 0 leaves the estimate out.
        most_share: weight that no source gets more of.
        seed: of flips and resamples.
    """

    level: Annotated[float, Between(0.0001, 0.5), Help("level of all tests of one look together, after Holm")] = 0.05
    sources: Annotated[
        Sources,
        Help("what counts as one source: a key, what it sends without an hour's pause, or what suits their number"),
    ] = "auto"
    psi: Annotated[bool, Help("show the population stability index too; nothing is decided by it")] = False
    draws: Annotated[int, AtLeast(999), Help("most sign flips of each test")] = DRAWS
    resamples: Annotated[
        int, Between(0, 100_000), Help("resamples behind the interval of the mix of classes; 0: none")
    ] = 400
    most_share: Annotated[float, Between(0.01, 1.0), Help("weight that no single source gets more of")] = MOST_SHARE
    seed: Annotated[int, AtLeast(0), Help("of flips and resamples")] = 0
