"""LeftOutRequest: which generators are left out in turn, and what every training is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.request import Help


@dataclass(frozen=True)
class LeftOutRequest:
    """The words of the command.

    Attributes:
        words: overrides of every training.
        generators: to leave out; empty for all.
        name: of folder and parent run.
        output: folder of the page; "" for one beside the runs.
        command: as it was typed.
    """

    words: tuple[str, ...]
    generators: Annotated[tuple[str, ...], Help("those to leave out, one training each; without it all of them")] = ()
    name: Annotated[str, Help("of folder and parent run")] = "exposr"
    output: Annotated[str, Help("folder for index.html and exposr.csv", shown="DIR")] = ""
    command: str = ""
