"""What a benchmark has measured so far, written down turn by turn, so that one that was ended early goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from assay.database.url import without_password
from assay.deploy.benchmark.cold import ColdStart
from assay.deploy.benchmark.interleaved import TimedConfiguration
from assay.output import say
from assay.program import note_way_on, this_command

FRESH = 86400.0
"""Seconds after which what was measured is no part of a benchmark of now: the machine may be another by then."""
Key = tuple[str, str, int, int]


class KeptMeasurements:
    """Measurements of a benchmark that has not ended, in a file of one JSON object per line.

    The first line says what is measured; where it says something else now, or is a day old, it begins anew.

    Args:
        path: of the file.
        about: what decides whether measurements belong together: bundle, settings, pictures, machine.
    """

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self._path = path
        self._steps: dict[Key, list[tuple[float, float, float, float]]] = {}
        self._warmed: dict[Key, int] = {}
        self._cold: dict[str, ColdStart] = {}
        self.passed = 0.0
        head = json.loads(json.dumps({"about": dict(about)}))
        lines = self._lines()
        if not lines or lines[0] != head:
            lines = [head]
        for line in lines[1:]:
            self._take(line)
        # Written anew, because a kill may have left half a line at the end.
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        self.restored = sum(map(len, self._steps.values()))

    def restore(self, configurations: Sequence[TimedConfiguration]) -> None:
        """Give configurations the calls that were timed before."""
        for configuration in configurations:
            configuration.steps.extend(self._steps.get(_key(configuration), ()))
            configuration.warmed = self._warmed.get(_key(configuration), 0)
            configuration.timed_ms = sum(map(sum, configuration.steps))

    def turn(self, configuration: TimedConfiguration, calls: int, passed: float) -> None:
        """Write down the last calls of a configuration.

        Args:
            configuration: that had its turn.
            calls: of the turn.
            passed: seconds of timing so far.
        """
        steps = configuration.steps[len(configuration.steps) - calls :]
        self._write({"turn": _key(configuration), "warmed": configuration.warmed, "passed": passed, "steps": steps})

    def cold(self, name: str) -> ColdStart | None:
        """The cold start of a format that was measured before; None where it was not."""
        return self._cold.get(name)

    def cold_started(self, name: str, measured: ColdStart) -> None:
        """Write down the cold start of a format."""
        self._write({"cold": name, **asdict(measured)})

    def summary(self) -> list[str]:
        """What there is, one line per configuration."""
        lines = []
        for (name, device, batch, threads), steps in self._steps.items():
            middle = float(np.median(np.sum(steps, axis=1)))
            where = f"{threads} thread{'' if threads == 1 else 's'}" if device == "cpu" else device
            runs = f"{len(steps)} run{'' if len(steps) == 1 else 's'}"
            lines.append(f"{name}, batch {batch}, {where}: {runs}, median {middle:.1f} ms")
        return lines + [f"{name}: cold start {cold.seconds:.1f} s" for name, cold in self._cold.items()]

    def _lines(self) -> list[Any]:
        with suppress(OSError, ValueError):
            if time.time() - self._path.stat().st_mtime < FRESH:
                whole, _, _half = self._path.read_text(encoding="utf-8").rpartition("\n")
                return [json.loads(line) for line in whole.splitlines()]
        return []

    def _take(self, line: Mapping[str, Any]) -> None:
        if "cold" in line:
            self._cold[line["cold"]] = ColdStart(**{name: value for name, value in line.items() if name != "cold"})
            return
        name, device, batch, threads = line["turn"]
        key = (name, device, batch, threads)
        self._steps.setdefault(key, []).extend((a, b, c, d) for a, b, c, d in line["steps"])
        self._warmed[key] = line["warmed"]
        self.passed = line["passed"]

    def _write(self, line: Mapping[str, Any]) -> None:
        text = json.dumps(line)
        self._take(json.loads(text))
        with self._path.open("a", encoding="utf-8") as opened:
            opened.write(text + "\n")


@contextmanager
def saying_how_to_go_on(kept: KeptMeasurements | None) -> Iterator[None]:
    """Inside, an end before the time shows what is kept, and carries the command that goes on."""
    try:
        yield
    except BaseException as error:
        if kept is not None and (measured := kept.summary()):
            say("\n".join(["measured so far:", *measured]), to_stderr=True)
            note_way_on(error, "the benchmark", without_password(this_command("the same command")))
        raise


def _key(configuration: TimedConfiguration) -> Key:
    benchmarked = configuration.benchmarked
    return benchmarked.format, benchmarked.device, configuration.batch, configuration.threads
