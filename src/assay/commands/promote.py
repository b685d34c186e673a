"""`assay promote`: judge a run by a gate, and make its bundle champion when every check holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.registry_keys import BECAUSE, GROUPS, NAME, WHERE
from assay.errors import ConfigError
from assay.registry.request import PromoteRequest

if TYPE_CHECKING:
    from assay.gate.verdict import Override

TARGET = "assay.gate.settings.GateSettings"
"""The class whose arguments the keys of a gate are."""
OVERRIDE = ("by", "reason")


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    """The request, the gate, who overrides it, and the checked config of store and registry."""
    from assay.config.recipe import purpose_of, read_recipe

    named = [*parsed.bare, *([parsed.typed["run"]] if parsed.typed.get("run") else [])]
    if len(named) > 1:
        raise ConfigError(f"one run is needed, got {' and '.join(named)}: run=ID gate=NAME")
    asked = parsed.request(request, **({"run": parsed.bare[0]} if parsed.bare else {}))
    override = _person("override", [word for word in parsed.passed if _of(word, "gate.override")])
    loosened_by = _person("loosened", [word for word in parsed.passed if _of(word, "gate.loosened")]) or override
    asked_of_gate = [word for word in parsed.passed if not _of(word, ("gate.override", "gate.loosened"))]

    from assay.gate.gate import Gate
    from assay.gate.integrity import integrity_checks
    from assay.gate.settings import GateSettings

    besides = {"checks": integrity_checks()}
    values = read_recipe("gate", asked.gate, [_bare(word) for word in asked_of_gate], TARGET, besides=besides)

    purpose = purpose_of("gate", asked.gate)
    gate = Gate.of(_name(asked.gate), purpose, GateSettings(**values), asked_of_gate, loosened_by=loosened_by)
    return asked, gate, override, parsed.config()


def _person(what: str, words: Sequence[str]) -> Override | None:
    """Who lets it pass (override), or asks less of integrity (loosened), and why; None where nobody wants to.

    Raises:
        ConfigError: name or reason is missing or empty, or there is another word.
    """
    given = {}
    for word in words:
        key, _, value = word.partition("=")
        part = key.lstrip("+~").removeprefix(f"gate.{what}").lstrip(".")
        if part not in OVERRIDE:
            raise ConfigError(f'{word}: no such key; both are needed, gate.{what}.by=NAME gate.{what}.reason="…"')
        given[part] = value.strip().strip("'\"").strip()
    if not words:
        return None
    for part in OVERRIDE:
        if not given.get(part):
            raise ConfigError(
                f"gate.{what}.{part}: a value is needed; it takes both a name and a reason: "
                f'gate.{what}.by=NAME gate.{what}.reason="…"'
            )

    from assay.gate.verdict import Override

    return Override(given["by"], given["reason"])


def _of(word: str, start: str | tuple[str, ...]) -> bool:
    return word.lstrip("+~").startswith(start)


def _bare(word: str) -> str:
    marks = word[: len(word) - len(word.lstrip("+~"))]
    return f"{marks}{word.lstrip('+~').removeprefix('gate.')}"


def _name(gate: str) -> str:
    """What a gate is called; a file of one's own never like one that comes with Assay."""
    from assay.config.recipe import recipes

    path = Path(gate)
    return path.name if path.stem in recipes("gate") and gate != path.stem else path.stem


COMMAND = Command(
    name="promote",
    purpose="Judge a run by a gate; if every check holds, its bundle becomes champion of the registered model.",
    pipeline="assay.registry.promote.promote",
    show="assay.commands.show.promote",
    request=PromoteRequest,
    groups=GROUPS,
    because=BECAUSE,
    bare=BareWord("run", str.isalnum, "the id of a run", ""),
    passed={"gate.": "a key of the gate: gate.checks.NAME.KEY=VALUE"},
    shorthands=(NAME,),
    arguments=_arguments,
    examples={
        "run=3f2a gate=amulet": "every check is run and shown; the verdict is recorded whether it passes or not",
        "run=3f2a gate=exposr gate.checks.better.gain=0.02": "another bound; the verdict says what was asked",
        'run=3f2a gate=default gate.checks.commit=null gate.loosened.by=Ada gate.loosened.reason="a trial"': (
            "without one of the checks that belong to every gate, which takes a person and a reason"
        ),
        'run=3f2a gate=amulet gate.override.by=Ada gate.override.reason="the camera was replaced"': (
            "let it pass nevertheless; stands in red in the verdict, the version's tags and the history"
        ),
    },
    lists={"gate": "Gates"},
    notes=(
        "gate.loosened.by=, gate.loosened.reason=: both, where integrity is asked less than every gate asks.",
        "gate.override.by=, gate.override.reason=: both, by a person. Nobody can override a bundle that cannot be",
        "read, or that is not what was measured.",
        "Exit code: 0 promoted, 3 refused, 1 could not be judged, 2 wrong words",
        *WHERE,
    ),
)
