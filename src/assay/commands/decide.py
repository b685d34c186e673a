"""`assay decide`: a study, a policy, and which variant to take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.help import described
from assay.config.recipe import purpose_of, read_recipe, recipes
from assay.config.words import Words
from assay.errors import ConfigError, TrackingError, did_you_mean
from assay.studies.decision.request import DecisionRequest

if TYPE_CHECKING:
    from assay.studies.decision.policy import Policy
    from assay.studies.decision.recorded import Decided


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name; that nothing is eligible is an answer, not a failure."""
    if any(word in ("-h", "--help") for word in arguments):
        print(help_text(program))
        return
    asked, policy, purpose, config = parse_decide(arguments)

    from assay.commands.show.decide import show
    from assay.studies.decision.recorded import decide_study

    decided = decide_study(asked, policy, purpose, config)

    show(decided.decision, decided.folder, _recorded(asked, decided))
    if decided.problem:
        raise TrackingError(decided.problem)


def _recorded(asked: DecisionRequest, decided: Decided) -> str:
    if decided.run:
        return f"run {decided.run}, artifacts decision/{decided.decision.policy}"
    if decided.problem:
        return "not recorded"
    if asked.is_file:
        return "not recorded: the study was given as a file"
    return "not recorded: no run holds this study"


TARGET = "assay.studies.decision.policy.Policy"
"""The class whose arguments the keys of a policy are."""


BOUNDS = (".at_least", ".at_most", ".sure")


WORDS = Words(
    own=("study", "policy", "output"), taken=("tracking",), because="nothing is trained here", passed=("policy.",)
)


def parse_decide(arguments: Sequence[str]) -> tuple[DecisionRequest, Policy, str, DictConfig]:
    """The command's own words, the policy and its sentence, and the checked config of the store.

    Raises:
        ConfigError: study or policy are missing, there is no such policy, or a word or value cannot be.
    """
    parted = WORDS.part(arguments)
    study = parted.needed("study", "give study=NAME, or the path of a study.json")
    name = parted.needed("policy", f"give policy=NAME {did_you_mean('', recipes('policy'))}")
    values = read_recipe("policy", name, [_plain(word) for word in parted.passed], TARGET)

    from assay.studies.decision.policy import Policy

    asked = DecisionRequest(study, name, parted.own.get("output", ""), tuple(arguments))
    return asked, Policy(**values), purpose_of("policy", name), parted.config()


def help_text(program: str) -> str:
    """The page for a terminal."""
    policies = [f"  {name:<16} {described('policy', name)}" for name in recipes("policy")]
    return "\n".join(
        [
            "Decide which variant of a study to take: what meets the criteria, what it costs, and why not the others.",
            "",
            f"{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] study=NAME policy=NAME [policy.KEY=VALUE …] [output=…]",
            "",
            f"  {program} study=backbones policy=amulet_roadmap",
            "      the page, tables and a text for experiments/; recorded in the study's run",
            f"  {program} study=backbones policy=amulet_roadmap policy.sure=false policy.criteria.f1.at_least=0.8",
            "      the value alone decides, without its interval, and a lower bar for every class",
            f"  {program} study=results/study.json policy=mine.yaml output=results/decision",
            "      a study from a file, a policy of your own; nothing is recorded",
            "",
            "study   name of a study that has run, or the path of its study.json",
            "policy  one of these, or the path of a YAML file:",
            *policies,
            "output  folder of decision.html, decision.md, decision.csv, decision.json and pareto.png",
            "",
            "policy.criteria.METRIC.at_least=, .at_most=, .sure=; policy.criteria.METRIC=null takes a criterion away",
            "policy.objectives=[METRIC,…]: the first decides; where it tells nothing apart, the next",
            "policy.sure=false: the value alone has to meet a bound, not its whole interval",
            "policy.cost_tolerance=0.05: costs that differ by less count as the same",
            "Where runs are recorded: tracking=server tracking.uri=…, as in the training",
        ]
    )


def _plain(word: str) -> str:
    """An override of the policy for Hydra, whose keys know no slash: `criteria.cost/size_mb.at_most=5` as a mapping.

    A criterion that is not there yet is added; `~policy.criteria.f1` and `policy.criteria.f1=null` take one away.
    """
    bare = word.lstrip("+~").removeprefix("policy.")
    key, _, value = bare.partition("=")
    if not key.startswith("criteria."):
        return f"{word[: len(word) - len(word.lstrip('+~'))]}{bare}"
    metric, found = key.removeprefix("criteria."), ""
    value = "null" if word.startswith("~") else value
    whole = value.startswith("{") or value == "null"
    if metric.endswith(BOUNDS) or ("." in metric and not whole):
        metric, _, found = metric.rpartition(".")
    elif not whole:
        raise ConfigError(f"{word}: a bound is needed, as in policy.criteria.{metric}.at_least={value or '0.85'}")
    return f"++criteria={{{metric}: {{{found}: {value}}}}}" if found else f"++criteria={{{metric}: {value}}}"
