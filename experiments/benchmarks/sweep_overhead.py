"""Seconds of a trial beyond its head's own training, in a TPE sweep over everything that needs no other embeddings.

A trial lasts from its first line in the terminal to the next trial's; its head's training is what its run has recorded.
The first trial, which waits for imports and fills what the others share, is shown apart. Where others use the machine,
seconds of the processor say more than those of the clock.
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
    parser.add_argument("--epochs", type=int, default=100, help="most epochs of a head")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        words = [f"hydra.sweeper.n_trials={asked.trials}", f"finetune.epochs={asked.epochs}", *searched()]
        seen = watch(Path(root), words)
        fits = fit_seconds(Path(root))
    trials = len(seen) - 1
    beyond = np.diff([moment.at for moment in seen]) - [fits[number] for number in range(trials)]
    used = np.diff([moment.processor for moment in seen]) - [moment.fit_processor for moment in seen[:-1]]
    print(
        f"{trials} trials in {seen[-1].at / 60:.1f} minutes, of which {sum(fits.values()) / 60:.1f} training of heads"
    )
    print(f"until the first trial {seen[0].at:.1f} s; beyond training in the first {beyond[0]:.1f} s")
    for name, seconds in (("by the clock", beyond[1:]), ("of the processor", used[1:])):
        half, most = np.percentile(seconds, (50, 95))
        print(f"beyond training in the others, {name}: median {half:.2f} s (target 0.5), 95 % below {most:.2f} s")
    early, late = (seen[place].memory / 2**20 for place in (min(EARLY, trials), -1))
    print(f"memory at trial {min(EARLY, trials)} {early:.0f} MiB, after the last {late:.0f} MiB")


if __name__ == "__main__":
    main()
