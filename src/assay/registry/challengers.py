"""Challengers: how many have been measured on the same test images, and what level that leaves to each.

Each model that is held against the champion on the same images is one more chance to look better by luck: of ten models
that are all as good as the champion, the best one beats it by value almost always. So each has a place, k, in the order
in which the runs looked at the images, and is tested at the level alpha / (k (k + 1)). Since 1/2 + 1/6 + 1/12 + … = 1,
the chance that any of them is promoted without being better is at most alpha, whatever their number (Bonferroni's
inequality needs no independence), and whether all are measured first and the best is handed in, or one after the other
until one passes. The first pays alpha / 2, and nobody has to know beforehand how many will follow, as he would have to
for a fixed share alpha / m.

A run counts from the moment at which it first looks at its test images, handed in or not, and whatever becomes of it:
choosing by test numbers is what costs, and who kills the runs that look bad and lets the one that looks good end has
chosen. Deleted runs count too as long as the store has them. Runs that were measured on val alone did not look at these
images and do not count. What is counted are the runs of one store: a test set that is used from several stores, or
looked at outside of all, is not guarded. A candidate that is judged again, against another champion or in another form
(`serve=int8`), is tested at its own level once more. When the level has become too small to be shown on so many images,
the remedy is a new test set, not a new count.

Sources: a level spent place by place: Foster and Stine (2008), "alpha-investing"; why looking costs: Dwork et al.
(2015), "The reusable holdout".
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from assay.tracking.search import everywhere

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore

TEST_DIGEST, VAL_ONLY, LOOKED = "test_digest", "assay.evidence", "assay.looked_at_test"
"""Tags of a run; the last one says when it first looked, in milliseconds (without it: when it ended)."""


def spent(alpha: float, place: int) -> float:
    """The level of the challenger at this place, from 1: alpha / (k (k + 1)); over all places they sum to alpha."""
    return alpha / (place * (place + 1))


def looks_now() -> dict[str, str]:
    """The tag of a run that is about to look at its test images; one that it has already stays."""
    return {LOOKED: str(int(time.time() * 1000))}


def place_of(store: TrackingStore, run_id: str, test_digest: str) -> int | None:
    """The place of a run among those that have looked at the same test images, from 1.

    Args:
        store: all experiments of which are looked at.
        run_id: of a finished run.
        test_digest: of its test images.

    Returns:
        None when the run is not among them.
    """
    found = [
        (int(tags[LOOKED]) if tags.get(LOOKED, "").isdecimal() else ended, found_id)
        for found_id, status, ended, tags in everywhere(store, {TEST_DIGEST: test_digest})
        if VAL_ONLY not in tags and (LOOKED in tags or status == "FINISHED")
    ]
    order = [found_id for _, found_id in sorted(found)]
    return order.index(run_id) + 1 if run_id in order else None
