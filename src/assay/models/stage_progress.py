"""StageProgress: one line or bar that says how far a stage is and how good."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

from assay.output import say

SHOWN = ("train/loss", "val/loss", "val/macro_f1")


class StageProgress:
    """A Rich bar over all batches on a terminal; elsewhere a line at most every ten seconds and one at the end.

    Args:
        stage: name of what is trained.
        epochs: most epochs of the stage.
        batches: of an epoch.
    """

    def __init__(self, stage: str, epochs: int, batches: int) -> None:
        self._stage, self._epochs, self._batches = stage, epochs, batches
        self._bar: Any = None
        self._started = self._shown = 0.0
        self._epoch = 0
        self._metrics: Mapping[str, float] = {}

    def start(self, epoch: int) -> None:
        """Start the clock, or the bar, in front of an epoch."""
        self._started = self._shown = time.monotonic()
        self._epoch = epoch
        if sys.stderr.isatty():
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            from assay.terminal import terminal

            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.fields[metrics]}", markup=False),
            )
            self._bar = Progress(*columns, TimeRemainingColumn(), console=terminal(stderr=True), transient=True)
            self._bar.start()
            total, done = self._epochs * self._batches, epoch * self._batches
            self._task = self._bar.add_task(f"training {self._stage}", total=total, completed=done, metrics="")

    def batch(self, number: int) -> None:
        """Move the bar; without one, say now and then where a long epoch is.

        Args:
            number: of the batch that is done, from 0.
        """
        if self._bar is not None:
            self._bar.advance(self._task)
        elif time.monotonic() - self._shown >= 10:
            self._line(f"batch {number + 1}/{self._batches}")

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Show the metrics of an epoch that is done."""
        self._epoch, self._metrics = number + 1, metrics
        if self._bar is not None:
            self._bar.update(self._task, metrics=self._shown_metrics())

    def end(self) -> None:
        """Take the bar away and say how the stage ended."""
        self.stop()
        self._line(f"done in {time.monotonic() - self._started:.1f} s")

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _line(self, what: str) -> None:
        self._shown = time.monotonic()
        epoch = min(self._epoch if what.startswith("done") else self._epoch + 1, self._epochs)
        name = f"training {self._stage}: epoch {epoch}/{self._epochs}"
        say(f"{name}, {what}  {self._shown_metrics()}".rstrip(), to_stderr=True)

    def _shown_metrics(self) -> str:
        return "  ".join(f"{name} {self._metrics[name]:.3f}" for name in SHOWN if name in self._metrics)
