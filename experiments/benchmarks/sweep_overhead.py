"""Seconds of a trial beyond its head's own training, in a TPE sweep over everything that needs no other embeddings.

A trial lasts from its first line in the terminal to the next trial's; its head's training is what its run has recorded of
it. The first trial, which waits for imports and fills what the others share, is shown apart.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from _sweep import fit_seconds, searched, watch

EARLY = 20


def main() -> None:
    """Run one sweep and print a line for each thing that is asked of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        seen, ended = watch(folder, [f"hydra.sweeper.n_trials={asked.trials}", *searched()])
        fits = fit_seconds(folder)
    lasted = np.diff([*(trial.started for trial in seen), ended])
    beyond = lasted - [fits[number] for number in range(len(seen))]
    warm = beyond[1:]
    half, most = np.percentile(warm, (50, 95))
    print(
        f"{len(seen)} trials in {ended / 60:.1f} minutes, of which {sum(fits.values()) / 60:.1f} are training of heads"
    )
    print(f"until the first trial {seen[0].started:.1f} s, beyond training in the first {beyond[0]:.1f} s")
    print(f"beyond training in the others: median {half:.2f} s (target 0.5), 95 % below {most:.2f} s")
    early, late = seen[min(EARLY, len(seen) - 1)].memory, seen[-1].memory
    print(f"memory at trial {min(EARLY, len(seen) - 1)} {early / 2**20:.0f} MiB, at the last {late / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
