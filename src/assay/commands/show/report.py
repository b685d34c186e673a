"""What `assay report` shows: a path, for a person or for `$(assay report)`."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Any

from assay.housekeeping.request import ReportRequest
from assay.output import say


def text(result: Path, request: ReportRequest) -> None:
    """Print the path, and open the page where that was asked for."""
    say(str(result))
    if request.open and not webbrowser.open(result.as_uri()):
        say(f"no browser could be started here; open {result.as_uri()}", to_stderr=True)


def document(result: Path, request: ReportRequest) -> dict[str, Any]:
    """The path, and the run's id."""
    return {"run": result.parent.name, "report": result}


def rows(result: Path, request: ReportRequest) -> list[dict[str, Any]]:
    """One row of the same."""
    return [document(result, request)]
