"""`assay decide`: a study, a policy, and which variant to take."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import ParsedArguments
from assay.errors import ConfigError
from assay.studies.decision.request import DecisionRequest

TARGET = "assay.studies.decision.policy.Policy"
"""The class whose arguments the keys of a policy are."""
BOUNDS = (".at_least", ".at_most", ".sure")


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    """The request, the policy and its sentence, and the checked config of the store."""
    from assay.config.recipe import purpose_of, read_recipe

    asked = parsed.request(request, words=parsed.words)
    values = read_recipe("policy", asked.policy, [_plain(word) for word in parsed.passed], TARGET)

    from assay.studies.decision.policy import Policy

    return asked, Policy(**values), purpose_of("policy", asked.policy), parsed.config()


def _plain(word: str) -> str:
    """An override of the policy for Hydra, whose keys know no slash: `criteria.cost/size_mb.at_most=5` as a mapping.

    A criterion that is not there yet is added; `~policy.criteria.f1` and `policy.criteria.f1=null` take one away.
    """
    bare = word.lstrip("+~").removeprefix("policy.")
    key, _, value = bare.partition("=")
    if not key.startswith("criteria."):
        return f"{word[: len(word) - len(word.lstrip('+~'))]}{bare}"
    metric, bound = key.removeprefix("criteria."), ""
    value = "null" if word.startswith("~") else value
    whole = value.startswith("{") or value == "null"
    if metric.endswith(BOUNDS) or ("." in metric and not whole):
        metric, _, bound = metric.rpartition(".")
    elif not whole:
        raise ConfigError(f"{word}: a bound is needed, as in policy.criteria.{metric}.at_least={value or '0.85'}")
    return f"++criteria={{{metric}: {{{bound}: {value}}}}}" if bound else f"++criteria={{{metric}: {value}}}"


COMMAND = Command(
    name="decide",
    purpose="Decide which variant of a study to take: what meets the criteria, what it costs, and why not the others.",
    pipeline="assay.studies.decision.recorded.decide_study",
    show="assay.commands.show.decide",
    request=DecisionRequest,
    groups=("tracking",),
    because="nothing is trained here",
    arguments=_arguments,
    passed={"policy.": "a key of the policy, as below"},
    examples={
        "study=backbones policy=amulet_roadmap": (
            "the page, tables and a text for experiments/; recorded in the study's run"
        ),
        "study=backbones policy=amulet_roadmap policy.sure=false policy.criteria.f1.at_least=0.8": (
            "the value alone decides, without its interval, and a lower bar for every class"
        ),
        "study=results/study.json policy=mine.yaml output=results/decision": (
            "a study from a file, a policy of your own; nothing is recorded"
        ),
    },
    lists={"policy": "Policies"},
    notes=(
        "policy.criteria.METRIC.at_least=, .at_most=, .sure=; policy.criteria.METRIC=null takes a criterion away",
        "policy.objectives=[METRIC,…]: the first decides; where no difference is significant, the next",
        "policy.sure=false: the value alone has to meet a bound, not its whole interval",
        "policy.cost_tolerance=0.05: costs that differ by less count as the same",
        "Where runs are recorded: tracking=server tracking.uri=…, as in the training",
    ),
)
