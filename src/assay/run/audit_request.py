"""What is asked of `assay audit`: to look at a dataset, or to do what was decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.bounds import AtLeast
from assay.config.request import Help

LOOK, DECIDE, UNDO, APPLY, QUEUE, REVIEWED = "look", "decide", "undo", "apply", "queue", "reviewed"
DEEDS = (LOOK, DECIDE, UNDO, APPLY, QUEUE, REVIEWED)
STORE = "the service's database; service.db beside the runs without it"


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
        output: folder of a report; "" for none.
        fix: what is mended in a new manifest; "" for nothing.
        against: what the dataset is compared with; "" for nothing.
        fail_on: what may not be new.
        target: images that each class should have; 0 for as many as the largest has.
        analysis: what is read for the analysis.
        batch: under which findings are queued at the desk; "" for the dataset's name.
        wanted: reviewers that look at each finding.
        store: of the service.
    """

    kinds: Annotated[
        tuple[Literal["quality", "copies", "leak", "label", "shortcut", "rights"], ...],
        Help("of findings that are looked for; all but label where nothing is typed: that one computes embeddings"),
    ] = ()
    deed: str = LOOK
    about: str = ""
    decisions: Annotated[
        str,
        Help("file of what was decided, .jsonl; only ever added to. What is decided there is not shown", shown="FILE"),
    ] = ""
    to: Annotated[
        str, Help("manifest to write, .parquet, for data=table data.path=FILE; no picture is touched", shown="FILE")
    ] = ""
    by: Annotated[str, Help("who decides, where a row of the table does not say it", shown="NAME")] = ""
    reason: Annotated[str, Help("why a decision is taken back")] = ""
    output: Annotated[
        str,
        Help("folder for the page, the table to fill in, statistics, findings, manifest and a sheet", shown="DIR"),
    ] = ""
    fix: Annotated[
        Literal["", "groups"],
        Help("groups: copies become one group in one split in a new manifest, to=FILE"),
    ] = ""
    against: Annotated[
        str, Help("manifest or table of before, or the folder of an audit (output=DIR); what is new", shown="OLD")
    ] = ""
    fail_on: Annotated[
        tuple[
            Literal[
                "new_quality",
                "new_copies",
                "new_leaks",
                "new_labels",
                "new_shortcuts",
                "new_rights",
                "gone",
                "relabelled",
                "moved",
                "new_classes",
                "lost_classes",
            ],
            ...,
        ],
        Help("what ends the command with exit code 1 where it is new against=OLD"),
    ] = ()
    target: Annotated[int, AtLeast(0), Help("images that each class should have; 0: as many as the largest")] = 0
    analysis: Annotated[
        Literal["files", "pictures", "embeddings"],
        Help("of what: files; pictures, for colours too; embeddings by the model, for diversity too"),
    ] = "pictures"
    batch: Annotated[
        str, Help("under which findings are queued at the desk; the dataset's name without it", shown="NAME")
    ] = ""
    wanted: Annotated[int, AtLeast(1), Help("reviewers that look at each finding at the desk")] = 1
    store: Annotated[str, Help(STORE)] = ""
