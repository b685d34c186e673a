from __future__ import annotations

import pytest

from assay import progress


class Clock:
    def __init__(self, seconds_per_look: float) -> None:
        self.now = 0.0
        self.step = seconds_per_look

    def monotonic(self) -> float:
        self.now += self.step
        return self.now


def lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seconds: float) -> list[str]:
    monkeypatch.setattr(progress, "time", Clock(seconds))
    assert list(progress.track([10, 20, 30], "embedding", step=32)) == [10, 20, 30]
    return capsys.readouterr().err.splitlines()


def test_short_work_says_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(monkeypatch, capsys, 0.1) == []


def test_long_work_says_how_far_it_is_and_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = lines(monkeypatch, capsys, 11)
    assert shown[0] == "embedding: 32/96 images, 2.9/s"
    assert shown[-1] == "embedding: done in 44.0 s"
    assert len(shown) == 4


def test_a_clock_gives_each_part_its_own_time(monkeypatch):
    moments = iter([10.0, 12.0, 15.0, 16.0])
    monkeypatch.setattr("assay.progress.time.monotonic", lambda: next(moments))
    clock = progress.Clock()
    clock.lap("training")
    clock.lap("evidence")
    clock.lap("training")
    assert clock.seconds == {"training": 3.0, "evidence": 3.0}
