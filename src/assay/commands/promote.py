"""`assay promote`: judge a run by a gate, and make its bundle champion when every check holds."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.commands import registry_words
from assay.commands.registry_words import WHERE
from assay.config.help import described
from assay.config.recipe import purpose_of, read_recipe, recipes
from assay.errors import ConfigError, did_you_mean
from assay.registry.promote import promote
from assay.registry.request import PromoteRequest

if TYPE_CHECKING:
    from assay.gate.gate import Gate
    from assay.gate.verdict import Override


REFUSED = 3


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name; exits with 3 when the candidate is refused."""
    if any(word in ("-h", "--help") for word in arguments):
        print(help_text(program))
        return
    judged = promote(*parse_promote(arguments))

    from assay.commands.show.promote import show

    show(judged)
    if not judged.version:
        sys.exit(REFUSED)


TARGET = "assay.gate.settings.GateSettings"
"""The class whose arguments the keys of a gate are."""


OVERRIDE = ("by", "reason")


FORMATS = ("float", "onnx", "int8")


def parse_promote(arguments: Sequence[str]) -> tuple[PromoteRequest, Gate, Override | None, DictConfig]:
    """The command's own words, the gate, who overrides it, and the checked config of store and registry.

    Raises:
        ConfigError: run or gate are missing, there is no such gate, an override lacks name or reason, or a word or
            value cannot be.
    """
    parted = registry_words.words(
        "run", "gate", "serve", "by", "output", passed=("gate.",), bare=str.isalnum, bare_is="the id of a run"
    ).part(arguments)
    own = parted.own
    named = [*parted.bare, *([own["run"]] if own.get("run") else [])]
    if len(named) > 1:
        raise ConfigError(f"one run is needed, got {' and '.join(named)}: run=ID gate=NAME")
    run = named[0] if named else parted.needed("run", "give run=ID, or the beginning of one")
    name = parted.needed("gate", f"give gate=NAME {did_you_mean('', recipes('gate'))}")
    override = _override([word for word in parted.passed if _of(word, "gate.override")])
    asked_of_gate = [word for word in parted.passed if not _of(word, "gate.override")]
    if own.get("serve") and own["serve"] not in FORMATS:
        raise ConfigError(f"serve={own['serve']}: no such format; {did_you_mean(own['serve'], FORMATS)}")
    values = read_recipe("gate", name, [_bare(word) for word in asked_of_gate], TARGET)

    from assay.gate.gate import Gate
    from assay.gate.settings import GateSettings

    gate = Gate.of(_name(name), purpose_of("gate", name), GateSettings(**values), asked_of_gate)
    asked = PromoteRequest(run, name, own.get("serve", ""), own.get("by", ""), own.get("output", ""))
    return asked, gate, override, registry_words.config_of(parted)


def help_text(program: str) -> str:
    """The page for a terminal."""
    gates = [f"  {name:<10} {described('gate', name)}" for name in recipes("gate")]
    return "\n".join(
        [
            "Judge a run by a gate; if every check holds, its bundle becomes champion of the registered model.",
            "",
            f"{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] run=ID gate=NAME [gate.checks.NAME.KEY=VALUE …]",
            "",
            f"  {program} run=3f2a gate=amulet",
            "      every check is run and shown; the verdict is recorded whether it passes or not",
            f"  {program} run=3f2a gate=exposr gate.checks.better.gain=0.02 gate.checks.commit=null",
            "      another bound, and without one of the checks; the verdict says what was asked",
            f'  {program} run=3f2a gate=amulet gate.override.by=Ada gate.override.reason="the camera was replaced"',
            "      let it pass nevertheless; stands in red in the verdict, the version's tags and the history",
            "",
            "run     id of a finished run, or the beginning of it",
            "gate    one of these, or the path of a YAML file:",
            *gates,
            "serve   the format that answers, float, onnx or int8; exported anew with its evidence",
            "by      who asks; the user of this machine without it",
            "output  folder of verdict.json and verdict.html; the run's own without it",
            WHERE,
            "",
            "gate.override.by=, gate.override.reason=: both, by a person. Nobody can override a bundle that cannot",
            "  be read, or that is not what was measured.",
            "Exit code: 0 promoted, 3 refused, 1 could not be judged, 2 wrong words",
        ]
    )


def _override(words: Sequence[str]) -> Override | None:
    """Who lets it pass; None where nobody wants to.

    Raises:
        ConfigError: name or reason is missing or empty, or there is another word.
    """
    found = {}
    for word in words:
        key, _, value = word.partition("=")
        part = key.removeprefix("gate.override").lstrip(".")
        if part not in OVERRIDE:
            raise ConfigError(f'{word}: no such key; an override is gate.override.by=NAME gate.override.reason="…"')
        found[part] = value.strip().strip("'\"").strip()
    if not words:
        return None
    for part in OVERRIDE:
        if not found.get(part):
            raise ConfigError(
                f"gate.override.{part}: a value is needed; an override has both a name and a reason: "
                'gate.override.by=NAME gate.override.reason="…"'
            )

    from assay.gate.verdict import Override

    return Override(found["by"], found["reason"])


def _of(word: str, start: str) -> bool:
    return word.lstrip("+~").startswith(start)


def _bare(word: str) -> str:
    marks = word[: len(word) - len(word.lstrip("+~"))]
    return f"{marks}{word.lstrip('+~').removeprefix('gate.')}"


def _name(gate: str) -> str:
    """What a gate is called; a file of one's own never like one that comes with Assay."""
    path = Path(gate)
    return path.name if path.stem in recipes("gate") and gate != path.stem else path.stem
