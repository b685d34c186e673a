"""What is asked of `assay retrain`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from assay.config.bounds import AtLeast
from assay.config.request import Help, Inline
from assay.retraining.settings import RetrainSettings
from assay.serving.keys_request import STORE

DEEDS = ("status", "plan", "due", "once", "clock")


@dataclass(frozen=True)
class RetrainRequest:
    """The words of `assay retrain` itself.

    Attributes:
        deed: what is to be done, of `DEEDS`.
        recipe: name of a recipe that comes with Assay, or the path of a YAML file.
        job: name by which slots and runs are known; "" for that of the recipe.
        settings: of the job: those of the recipe with what was typed.
        anyway: whether `once` retrains although nothing is new.
        run: id of a run that is shown, or tried again; "" for none.
        slots: that a plan shows.
        newest: runs that are shown.
        every: seconds between two looks of `clock`.
        folder: of the runs' files; "" for one beside the runs.
        kept: folder of kept pictures.
        by: who asks; "" for the user of this machine.
        store: of the service.
    """

    deed: str = "status"
    recipe: Annotated[
        str,
        Help("one that comes with Assay, or the path of a YAML file", key="retrain", shown="NAME", recipes="retrain"),
    ] = "weekly"
    job: Annotated[str, Help("by which its slots and runs are known; that of the recipe without it", shown="NAME")] = ""
    settings: Annotated[RetrainSettings, Inline()] = field(default_factory=RetrainSettings)
    anyway: Annotated[bool, Help("true: once retrains although nothing is new")] = False
    run: Annotated[str, Help("id: status shows its steps, once tries a failed one again", shown="ID")] = ""
    slots: Annotated[int, AtLeast(1), Help("that a plan shows")] = 5
    newest: Annotated[int, AtLeast(1), Help("runs that status shows")] = 20
    every: Annotated[int, AtLeast(1), Help("seconds between two looks of clock")] = 60
    folder: Annotated[str, Help("of the files of runs; retrain/ beside the runs without it", shown="DIR")] = ""
    kept: Annotated[str, Help("folder of kept pictures, as assay serve takes it", shown="DIR")] = ""
    by: Annotated[str, Help("who asks; the user of this machine without it", shown="NAME")] = ""
    store: Annotated[str, Help(STORE)] = ""

    @property
    def job_name(self) -> str:
        """Of the job."""
        return self.job or Path(self.recipe).stem
