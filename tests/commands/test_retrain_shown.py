"""What the terminal shows of retrainings: each with its whole reason, however narrow the terminal is."""

from __future__ import annotations

import pytest

from assay.commands.show.retrain import text
from assay.retraining.job import ASKED, FAILED, SKIPPED, JobRun
from assay.retraining.manage import StatusResult
from assay.retraining.request import RetrainRequest

SLOT = "2026-11-30T05:15:00.000Z"


def test_a_reason_stands_on_one_line_in_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    why = "nothing new: no label was reviewed since the last retraining"
    skipped = JobRun("01a22adf-6483-7383-bb29-544e0a121b69", "weekly", SLOT, ASKED, SKIPPED, why)
    failed = JobRun("01a22adf-6483-7383-bb29-544e0a121b70", "weekly", SLOT, ASKED, FAILED, "no disk", step="train")
    text(StatusResult((skipped, failed)), RetrainRequest())
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert why in lines
    assert "0a121b69    weekly of 2026-11-30T05:15Z (asked): skipped; nothing" in lines
    assert "0a121b70    weekly of 2026-11-30T05:15Z (asked): failed at train; nothing" in lines
