"""What `fuzz.py` runs: the function that the decoding process calls, with bytes that atheris makes up.

    python experiments/serving/fuzzed.py CORPUS -max_total_time=60 …        (words of libFuzzer)

A finding is a signal, a picture that takes too long or too much memory, an exception, a reason that only the last
resort of the process could give, and pixels that are not what the service was promised.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["PIL", "assay.data", "assay.serving.decoder_process"]):
    import numpy as np

    from assay.data.sample_range import FULL
    from assay.serving import decoder_process

MOST_PIXELS = 25_000_000
LAST_RESORT = "it cannot be decoded ("


def one(content: bytes) -> None:
    """Decode bytes as the decoding process does.

    Raises:
        AssertionError: what comes out is neither a picture nor a reason.
    """
    decoded = decoder_process._decoded(content, FULL, MOST_PIXELS)
    if isinstance(decoded, str):
        assert decoded, "no reason"
        assert not decoded.startswith(LAST_RESORT), decoded
        return
    assert decoded.dtype == np.uint8, decoded.dtype
    assert decoded.ndim == 3, decoded.shape
    assert decoded.shape[2] == 3, decoded.shape
    assert 0 < decoded.shape[0] * decoded.shape[1] <= MOST_PIXELS, decoded.shape
    assert decoded.flags.c_contiguous


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
