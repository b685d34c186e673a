"""What is asked of `assay review`: of reviewers, or of what they have said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.bounds import AtLeast, Between
from assay.config.request import Help
from assay.serving.queue_request import QueueRequest


@dataclass(frozen=True)
class ReviewRequest(QueueRequest):
    """The words of `assay review`.

    Attributes:
        part: what it is about, "reviewers", "queue", "export", "import", "report", "labels", "sample" or "verdict".
        form: whose reviews are exported, or in which something is queued; "" for all.
        batch: of the items; "" for all.
        to: file of an export, or folder of labels.
        split: for which labels are written, "train" or "test".
        name: of a set of labels; "" for that of its folder.
        agreed: reviewers that must have chosen a label.
        most: labels of one client; 0 for no limit.
        kept: folder of kept pictures.
        file: that is imported.
        partial: whether good lines of an import are written where others are refused.
        dry_run: whether nothing is written.
        output: folder of a report; "" for one beside the runs.
        grades: whether classes are grades in their order.
        confidence: level of intervals.
        resamples: of the bootstrap.
    """

    part: str = "reviewers"
    form: Annotated[str, Help("that is exported or queued: label, plausibility, heat_map, audit")] = ""
    batch: Annotated[str, Help("name of what was, or is to be, queued together", shown="NAME")] = ""
    to: Annotated[str, Help("file of an export, .csv or .jsonl; new folder of labels", shown="FILE")] = ""
    split: Annotated[
        Literal["train", "test"],
        Help("of labels: train, or test for a new test set of the random slice, chosen blind by two or an arbiter"),
    ] = "train"
    name: Annotated[str, Help("of a set of labels; that of its folder without it", shown="NAME")] = ""
    agreed: Annotated[int, AtLeast(1), Help("reviewers that must have chosen a label; 2 asks for agreement")] = 1
    most: Annotated[int, AtLeast(0), Help("labels of one client in a set for train; 0 for no limit")] = 0
    kept: Annotated[str, Help("folder of kept pictures, as assay serve takes it", shown="DIR")] = ""
    file: str = ""
    partial: Annotated[bool, Help("true imports the good lines of a file although others are refused")] = False
    dry_run: Annotated[bool, Help("true writes nothing and says what would be")] = False
    output: Annotated[
        str, Help("folder for index.html, reviews.json, reviews.csv and failures.csv of a report", shown="DIR")
    ] = ""
    grades: Annotated[bool, Help("true: classes are grades in their order, near misses count less in alpha")] = False
    confidence: Annotated[float, Between(0.5, 0.999), Help("level of intervals")] = 0.95
    resamples: Annotated[int, Between(100, 100_000), Help("of the bootstrap")] = 1000
