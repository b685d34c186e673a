"""What is asked of `assay audit`: to look at a dataset, or to do what was decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.request import Help

LOOK, DECIDE, UNDO, APPLY = "look", "decide", "undo", "apply"
DEEDS = (LOOK, DECIDE, UNDO, APPLY)


@dataclass(frozen=True)
class AuditRequest:
    """The words of `assay audit`.

    Attributes:
        kinds: of findings that are looked for; () for what needs nothing but the files.
        deed: what is to be done, of `DEEDS`.
        about: the filled table that is read, or the finding whose decision is taken back; "" for none.
        decisions: file of what was decided; "" for none.
        to: manifest to write; "" for none.
        by: who decides, where a row does not say it.
        reason: why a decision is taken back.
    """

    kinds: Annotated[
        tuple[Literal["quality", "copies", "leak", "label", "shortcut", "rights"], ...],
        Help("of findings that are looked for; all where nothing is typed"),
    ] = ()
    deed: str = LOOK
    about: str = ""
    decisions: Annotated[str, Help("file of what was decided, .jsonl; only ever added to", shown="FILE")] = ""
    to: Annotated[
        str, Help("manifest to write, .parquet, for data=table data.path=FILE; no picture is touched", shown="FILE")
    ] = ""
    by: Annotated[str, Help("who decides, where a row of the table does not say it", shown="NAME")] = ""
    reason: Annotated[str, Help("why a decision is taken back")] = ""
