"""`assay experiment`: what the comparison of a model with the champion has shown."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.deeds import deed_of, refuse_keys_of_others
from assay.errors import ConfigError
from assay.serving.experiment_request import DEEDS, ExperimentRequest
from assay.serving.settings import EXPERIMENT

GOES_WITH = {
    **dict.fromkeys(("labels", "unit", "width", "confidence", "metrics", "resamples", "output"), ("report",)),
    **dict.fromkeys(("reason", "by"), ("stop",)),
}


def _is_word(word: str) -> bool:
    return EXPERIMENT.fullmatch(word) is not None


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    deed, names = deed_of(parsed.bare, DEEDS, "report")
    if len(names) > (deed != "list") or (deed == "stop" and not names):
        takes = {"report": "the name of one experiment at most", "list": "no name", "stop": "the name of an experiment"}
        raise ConfigError(f"{deed}: takes {takes[deed]}")
    refuse_keys_of_others(parsed, deed, GOES_WITH)
    if deed == "stop" and not parsed.typed.get("reason", "").strip():
        raise ConfigError("stop: a reason is needed, which the audit trail keeps: reason=…")
    return parsed.request(request, deed=deed, name=names[0] if names else ""), parsed.config()


COMMAND = Command(
    name="experiment",
    purpose="Report what a challenger or shadow has shown against the champion, list experiments, and stop one.",
    pipeline="assay.serving.manage_experiments.manage_experiments",
    show="assay.commands.show.experiment",
    request=ExperimentRequest,
    arguments=_arguments,
    groups=("tracking",),
    because="nothing is trained here",
    bare=BareWord(
        "name",
        _is_word,
        f"{', '.join(DEEDS)}, and the name of an experiment",
        "[report [NAME] | list | stop NAME]",
        DEEDS,
    ),
    examples={
        "report": "the newest: failures, time and share for a person of each arm, and where a shadow agrees",
        "report trial labels=reviewed.csv": "and who is right more often, with an interval that holds at every look",
        "report trial labels=reviewed.csv width=0.05": "how many more reviewed pictures make the interval that narrow",
        "list": "all that were begun, and what became of them",
        "stop trial reason='enough was seen'": "the champion answers alone within a second, and for good",
    },
    notes=(
        "assay serve (challenger=MODEL or shadow=MODEL) begins an experiment. A shadow is compared picture by picture;",
        "a challenger over keys, which is what was drawn by lot. Looking early and often misleads nobody here.",
    ),
)
