"""FidelityRequest: which generated images are compared with which real ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FidelityRequest:
    """The words of the command itself.

    Attributes:
        synthetic: folder, table or manifest of generated images.
        layout: "auto", "class" or "generator".
        output: folder of the report; "" for one beside the runs.
        words: as typed.
    """

    synthetic: str
    layout: str = "auto"
    output: str = ""
    words: tuple[str, ...] = ()
