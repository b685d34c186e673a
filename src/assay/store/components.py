"""Components of an embedding as the log keeps them: 16-bit floats, one behind the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KIND = np.dtype("<f2")


def packed(components: NDArray[np.floating] | None) -> bytes:
    """Components [K] as bytes; empty for None."""
    return b"" if components is None else np.ascontiguousarray(components, dtype=KIND).tobytes()


def unpacked(content: bytes) -> NDArray[np.float16]:
    """Components float16 [K] of what `packed` gave; K is 0 where there are none."""
    return np.frombuffer(content, dtype=KIND).astype(np.float16)
