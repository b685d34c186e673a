"""What `assay ui` shows: the address, and then the server's own words."""

from __future__ import annotations

import shlex
from typing import Any

from assay.database.url import without_password
from assay.housekeeping.request import UiRequest
from assay.housekeeping.ui import Ui
from assay.output import say


def text(result: Ui, request: UiRequest) -> None:
    """Say the address; where no server has it yet, become one."""
    say(f"open {result.page}" + ("; Ctrl-C ends it" if result.command else ""))
    if result.command:
        result.serve()


def document(result: Ui, request: UiRequest) -> dict[str, Any]:
    """Address and command; the command is null where a server has the UI already."""
    command = shlex.join(map(without_password, result.command))
    return {"page": result.page, "command": command or None}


def rows(result: Ui, request: UiRequest) -> list[dict[str, Any]]:
    """One row of the same."""
    return [document(result, request)]
