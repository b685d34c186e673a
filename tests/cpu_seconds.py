"""What each file of tests costs, in seconds of a core, which tell the same on a machine that others use, too.

`make test-times` prints it. A file far above its neighbours whose own tests are short runs beside something that an
earlier file of the same worker has left running.
"""

from __future__ import annotations

import os
import resource
from collections import defaultdict
from typing import Any

import psutil
import pytest

SHOWN = 40
Seconds = tuple[float, float]
"""Of this process with all its threads, and of processes that it has started, with theirs."""
_before: list[Seconds] = []
_files: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])


def _now() -> Seconds:
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime, others.ru_utime + others.ru_stime + _running()


def _running() -> float:
    """Of processes that are still there, with those that they have waited for: a server that forks others stays."""
    seconds = 0.0
    for process in psutil.Process(os.getpid()).children(recursive=True):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logstart() -> None:
    _before[:] = [_now()]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Any:
    report = yield
    now = _now()
    if _before:
        report.user_properties.append(("cpu", [now[0] - _before[0][0], now[1] - _before[0][1]]))
    _before[:] = [now]
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In the process that prints, for reports of all workers."""
    seconds = _files[report.nodeid.partition("::")[0]]
    for name, value in report.user_properties[-1:]:
        if name == "cpu":
            seconds[0] += value[0]  # type: ignore[index]
            seconds[1] += value[1]  # type: ignore[index]
    seconds[2] += report.when == "call"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_sep("=", "seconds of a core: own, of other processes; tests; file")
    for file, (own, others, tests) in sorted(_files.items(), key=lambda entry: -sum(entry[1][:2]))[:SHOWN]:
        terminalreporter.write_line(f"{own:8.1f} {others:8.1f} {tests:6.0f}  {file}")
    every = [sum(column) for column in zip(*_files.values(), strict=True)] or [0.0, 0.0, 0]
    terminalreporter.write_line(f"{every[0]:8.1f} {every[1]:8.1f} {every[2]:6.0f}  all")
