"""`assay review`: who reviews, and what was said."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.errors import ConfigError, did_you_mean
from assay.serving.review_request import ReviewRequest
from assay.serving.reviewers_request import DEEDS

GOES_WITH = {
    "export": ("form", "batch", "to"),
    "report": ("batch", "output", "grades", "confidence", "resamples"),
}
"""Part -> keys that mean something to it."""
NEEDS = {"export": {"to": "reviews.csv"}}
"""Part -> keys that it needs, with an example."""
PARTS = ("reviewers", *GOES_WITH)
NEW = ("roles",)
LETS_IN = ("password", "days", "address")


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    part, *rest = parsed.bare or ("reviewers",)
    if part not in PARTS:
        raise ConfigError(f"{part}: what it is about comes first; {did_you_mean(part, PARTS)}")
    foreign = {key for keys in GOES_WITH.values() for key in keys} - set(GOES_WITH.get(part, ()))
    if extra := [key for key in parsed.typed if key in foreign]:
        goes = " and ".join(name for name, keys in GOES_WITH.items() if extra[0] in keys)
        raise ConfigError(f"{extra[0]}: goes with {goes}")
    if part in GOES_WITH:
        return _of_reviews(part, rest, parsed, request)
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


def _of_reviews(part: str, names: list[str], parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    if names:
        raise ConfigError(f"{names[0]}: {part} takes keys alone")
    if extra := [key for key in (*NEW, *LETS_IN) if key in parsed.typed]:
        raise ConfigError(f"{extra[0]}: goes with reviewers")
    for key, example in NEEDS.get(part, {}).items():
        if not parsed.typed.get(key, "").strip():
            raise ConfigError(f"{part}: {key}= is needed, as in {key}={example}")
    return parsed.request(request, part=part), parsed.config()


COMMAND = Command(
    name="review",
    purpose="Manage those who review pictures at the desk of a service (/review); report and export what they say.",
    pipeline="assay.serving.manage_review.manage_review",
    show="assay.commands.show.review",
    request=ReviewRequest,
    groups=("tracking",),
    because="nothing is trained here",
    bare=BareWord(
        "word",
        lambda word: "=" not in word,
        "reviewers, then create, list, link or disable, and a name; or what is made of reviews",
        "[reviewers [create NAME | list | link NAME | disable NAME] | report | export]",
        (*PARTS, *DEEDS),
    ),
    arguments=_arguments,
    examples={
        "reviewers create kim": "prints a link by which kim sets a password, once, within three days",
        "reviewers create max roles=[arbiter,admin] password=true": "prints a password, this once",
        "reviewers link kim days=1": "who has forgotten it sets another",
        "reviewers list": "all reviewers and their roles",
        "reviewers disable kim": "signs kim out now; what kim said stays",
        "report": "agreement, acceptance, quality of reviewers, as page and tables",
        "report batch=samples grades=true": "of what was queued together; classes are grades in their order",
        "export to=reviews.csv form=label": "who said what, when, before and after seeing which answer; or .jsonl",
    },
)
