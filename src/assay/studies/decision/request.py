"""DecisionRequest: which study, by which policy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from assay.config.request import Help


@dataclass(frozen=True)
class DecisionRequest:
    """The words of the command itself.

    Attributes:
        study: name of a study, or the path of a `study.json`.
        policy: name of a policy that comes with Assay, or the path of a YAML file.
        output: folder of the report; "" for one beside the runs.
        words: as typed, to be written into the report.
    """

    study: Annotated[
        str,
        Help(
            "name of a study that has run, or the path of its study.json",
            shown="NAME",
            hint="give study=NAME, or the path of a study.json",
        ),
    ]
    policy: Annotated[
        str, Help("one that comes with Assay, or the path of a YAML file", shown="NAME", recipes="policy")
    ]
    output: Annotated[
        str, Help("folder of decision.html, decision.md, decision.csv, decision.json and pareto.png", shown="DIR")
    ] = ""
    words: tuple[str, ...] = ()

    @property
    def policy_name(self) -> str:
        """Of the policy: the stem of its file."""
        return Path(self.policy).stem

    @property
    def is_file(self) -> bool:
        """Whether the study is given as a file."""
        return self.study.endswith(".json") or "/" in self.study
