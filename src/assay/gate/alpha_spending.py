"""Alpha spending: what level is left to each candidate that was measured on the same test images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.tracking.search import everywhere
from assay.tracking.test_set_use import LOOKED, TEST_DIGEST, VAL_ONLY

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore


def alpha_at(alpha: float, rank: int) -> float:
    """The level of the candidate of this rank, from 1: alpha / (k (k + 1)); over all ranks they sum to alpha."""
    return alpha / (rank * (rank + 1))


def rank_on_test_set(store: TrackingStore, run_id: str, test_digest: str) -> int | None:
    """The rank of a run among those that have looked at the same test images, from 1.

    Args:
        store: all experiments of which are looked at.
        run_id: of a finished run.
        test_digest: of its test images.

    Returns:
        None when the run is not among them.
    """
    earlier = [
        (int(tags[LOOKED]) if tags.get(LOOKED, "").isdecimal() else ended, found_id)
        for found_id, status, ended, tags in everywhere(store, {TEST_DIGEST: test_digest})
        if VAL_ONLY not in tags and (LOOKED in tags or status == "FINISHED")
    ]
    order = [found_id for _, found_id in sorted(earlier)]
    return order.index(run_id) + 1 if run_id in order else None
