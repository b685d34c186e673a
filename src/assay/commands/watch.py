"""`assay watch`: what a served model meets, beside what it was measured on."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.deeds import deed_of, refuse_keys_of_others
from assay.commands.registry_keys import BECAUSE, GROUPS, NAME
from assay.errors import ConfigError
from assay.serving.watch_request import DEEDS, WatchRequest

GOES_WITH: dict[str, tuple[str, ...]] = {"run": ("profile",)}
"""Key -> deeds that take it."""


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    deed, names = deed_of(parsed.bare, DEEDS, DEEDS[0])
    if names:
        raise ConfigError(f"{names[0]}: {deed} takes keys alone")
    refuse_keys_of_others(parsed, deed, GOES_WITH)
    return parsed.request(request, deed=deed), parsed.config()


COMMAND = Command(
    name="watch",
    purpose="Watch what a served model meets: the reference profile that it is compared with.",
    pipeline="assay.serving.manage_watch.manage_watch",
    show="assay.commands.show.watch",
    request=WatchRequest,
    arguments=_arguments,
    groups=GROUPS,
    because=BECAUSE,
    shorthands=(NAME,),
    bare=BareWord("deed", lambda word: "=" not in word, ", ".join(DEEDS), f"[{' | '.join(DEEDS)}]", DEEDS),
    examples={
        "profile run=3f2a": "makes the profile of a bundle that was exported before bundles had one, beside its run",
        "profile": "of the champion; shows it where there is one",
    },
    notes=(
        "An export writes the profile into the bundle: statistics, confidence, classes, rejects and components of",
        "the embeddings of calib and test images, never of those that the network has learned from.",
    ),
    empty_is_help=True,
)
