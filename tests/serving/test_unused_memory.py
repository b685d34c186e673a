"""What was freed goes back to the system, also from below what is still used."""

from __future__ import annotations

import ctypes

import psutil
import pytest

from assay.serving.unused_memory import give_back

MEGABYTE = 2**20


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="this C library gives back by itself")
def test_what_was_freed_below_something_that_is_used_goes_back():
    process = psutil.Process()
    held = [bytes([n % 256]) * 2**16 for n in range(3200)]  # 200 MB in pieces too small for pages of their own
    last = held.pop()
    held.clear()
    before = process.memory_info().rss
    give_back()
    assert before - process.memory_info().rss > 100 * MEGABYTE
    assert len(last) == 2**16
