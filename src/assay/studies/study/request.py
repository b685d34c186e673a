"""StudyRequest: what is trained how often, and where its result goes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StudyRequest:
    """The words of the command.

    Attributes:
        recipe: name of a study that comes with Assay, or path of a YAML file.
        name: of this study, for its folder and parent run.
        study: overrides of the study's keys.
        common: overrides of every training.
        plan: whether only to say what would be trained.
        output: folder of pages and tables; "" for one beside the runs.
        command: all of it as it was typed.
    """

    recipe: str
    name: str
    study: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    plan: bool = False
    output: str = ""
    command: str = ""
