"""What leave-one-generator-out is asked for."""

from __future__ import annotations

from dataclasses import dataclass


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
    generators: tuple[str, ...] = ()
    name: str = "exposr"
    output: str = ""
    command: str = ""
