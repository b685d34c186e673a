"""X-Deadline-Ms: how long a client waits."""

from __future__ import annotations

from collections.abc import Mapping

from assay.serving.refusal import Refusal

LONGEST_MS = 600_000


def deadline_of(headers: Mapping[str, str], default_ms: int) -> float:
    """Seconds within which a client wants the answer.

    Args:
        headers: of the request, found by names of any case.
        default_ms: where it says nothing.

    Raises:
        Refusal: what it says is no number of milliseconds.
    """
    text = headers.get("x-deadline-ms", str(default_ms))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= LONGEST_MS:
        raise Refusal("request", f"X-Deadline-Ms is a whole number of milliseconds from 1 to {LONGEST_MS}.")
    return int(text) / 1000
