"""StudyRequest: what is trained how often, and where its result goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.request import Help


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

    recipe: Annotated[
        str,
        Help(
            "one that comes with Assay, or the path of a YAML file with question, baseline, variants, seeds",
            key="study",
            shown="NAME",
            recipes="study",
        ),
    ]
    name: Annotated[str, Help("of folder and parent run; another name keeps two studies of one recipe apart")] = ""
    study: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    plan: Annotated[bool, Help("says what would be trained and what is there, and trains nothing")] = False
    output: Annotated[
        str,
        Help(
            "folder for index.html, study.json, study.csv, study.md, comparison.html, comparison.json; where generated "
            "images are studied, synthetic.md, synthetic.csv and kept.parquet too",
            shown="DIR",
        ),
    ] = ""
    command: str = ""
