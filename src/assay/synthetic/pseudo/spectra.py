"""Spectra of one real picture with the phases of another: right statistics of second order, wrong structure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.synthetic.pseudo.generator import ByteImages, PseudoGenerator, pair, rounded

COARSEST, FINEST = 1 / 20, 1 / 4
"""Cut between what is kept and what is exchanged, in cycles per pixel."""


class Spectra(PseudoGenerator):
    """Below a random cut a picture stays itself; above it has its own amplitudes and another picture's phases."""

    name = "spectra"

    def draw(self, real: ByteImages, count: int, rng: np.random.Generator) -> ByteImages:
        """See `PseudoGenerator`."""
        side = real.shape[1]
        cycles = frequencies(side)
        made = np.empty((count, *real.shape[1:]), dtype=np.uint8)
        for row in made:
            first, second = (np.fft.rfft2(each, axes=(0, 1)) for each in pair(real, rng))
            fine = 1 / (1 + np.exp(-(cycles - rng.uniform(COARSEST, FINEST)) * 2 * side))[..., None]
            mixed = first * (1 - fine) + np.abs(first) * np.exp(1j * np.angle(second)) * fine
            row[:] = rounded(np.fft.irfft2(mixed, s=(side, side), axes=(0, 1)))
        return made


def frequencies(side: int) -> NDArray[np.float64]:
    """Cycles per pixel of each entry of a real Fourier transform, [side, side // 2 + 1]."""
    return np.asarray(np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]))
