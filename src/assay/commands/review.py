"""`assay review`: who reviews."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.errors import ConfigError, did_you_mean
from assay.serving.reviewers_request import DEEDS, ReviewersRequest

PARTS = ("reviewers",)
NEW = ("roles",)
LETS_IN = ("password", "days", "address")


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    part, *rest = parsed.bare or ("reviewers",)
    if part not in PARTS:
        raise ConfigError(f"{part}: what it is about comes first; {did_you_mean(part, PARTS)}")
    deed, *names = rest or ("list",)
    if deed not in DEEDS:
        raise ConfigError(f"{deed}: what is to be done comes first; {did_you_mean(deed, DEEDS)}")
    if len(names) != int(deed != "list"):
        needed = "no name" if deed == "list" else f"one name: assay review reviewers {deed} NAME"
        raise ConfigError(f"{deed}: takes {needed}")
    allowed = {"create": (*NEW, *LETS_IN), "link": LETS_IN}.get(deed, ())
    if extra := [key for key in (*NEW, *LETS_IN) if key in parsed.typed and key not in allowed]:
        raise ConfigError(f"{extra[0]}: does not go with {deed}")
    return parsed.request(request, deed=deed, name=names[0] if names else ""), parsed.config()


COMMAND = Command(
    name="review",
    purpose="Create, list and disable those who review pictures at the desk of a service (/review).",
    pipeline="assay.serving.manage_reviewers.manage_reviewers",
    show="assay.commands.show.review",
    request=ReviewersRequest,
    groups=("tracking",),
    because="nothing is trained here",
    bare=BareWord(
        "word",
        lambda word: "=" not in word,
        "reviewers, then create, list, link or disable, and a name",
        "[reviewers [create NAME | list | link NAME | disable NAME]]",
        (*PARTS, *DEEDS),
    ),
    arguments=_arguments,
    examples={
        "reviewers create kim": "prints a link by which kim sets a password, once, within three days",
        "reviewers create max roles=[arbiter,admin] password=true": "prints a password, this once",
        "reviewers link kim days=1": "who has forgotten it sets another",
        "reviewers list": "all reviewers and their roles",
        "reviewers disable kim": "signs kim out now; what kim said stays",
    },
)
