"""Who has measured on a set of test images, in the order in which they first looked."""

from __future__ import annotations

import time

TEST_DIGEST, VAL_ONLY, LOOKED = "test_digest", "assay.evidence", "assay.looked_at_test"
"""Tags of a run; the last one says when it first looked, in milliseconds (without it: when it ended)."""


def looks_now() -> dict[str, str]:
    """The tag of a run that is about to look at its test images; one that it has already stays."""
    return {LOOKED: str(int(time.time() * 1000))}
