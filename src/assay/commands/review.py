"""`assay review`: who reviews, and what was said."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.deeds import deed_of, refuse_keys_of_others
from assay.errors import ConfigError, did_you_mean
from assay.serving.review_request import ReviewRequest
from assay.serving.reviewers_request import DEEDS

GOES_WITH = {
    "form": ("export", "queue"),
    "to": ("export", "labels"),
    "batch": ("export", "report", "queue", "sample", "verdict"),
    "dry_run": ("labels", "queue", "import"),
    "partial": ("import",),
    **dict.fromkeys(("predictions", "since", "source", "files", "known"), ("queue",)),
    **dict.fromkeys(("count", "seed", "classes", "wanted"), ("queue", "sample")),
    **dict.fromkeys(("synthetic", "generators"), ("sample",)),
    **dict.fromkeys(("bound", "reason"), ("verdict",)),
    "run": ("sample", "verdict"),
    **dict.fromkeys(("output", "grades"), ("report",)),
    **dict.fromkeys(("confidence", "resamples"), ("report", "verdict")),
    **dict.fromkeys(("split", "name", "agreed", "most", "kept"), ("labels",)),
    **dict.fromkeys(("roles", "password", "days", "address"), ("reviewers",)),
}
"""Key -> parts that it means something to."""
NEEDS = {"export": {"to": "reviews.csv"}, "labels": {"to": "reviewed"}, "verdict": {"batch": "NAME"}}
"""Part -> keys that it needs, with an example."""
PARTS = ("reviewers", "queue", "export", "import", "report", "labels", "sample", "verdict")
OF_DEEDS = {"roles": ("create",), **dict.fromkeys(("password", "days", "address"), ("create", "link"))}
"""Key -> what is done with reviewers that takes it."""


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    part, *rest = parsed.bare or ("reviewers",)
    if part not in PARTS:
        raise ConfigError(f"{part}: what it is about comes first; {did_you_mean(part, PARTS)}")
    refuse_keys_of_others(parsed, part, GOES_WITH)
    if part == "import":
        if len(rest) != 1:
            raise ConfigError("import: takes one file, as in assay review import reviews.csv")
        return parsed.request(request, part=part, file=rest[0]), parsed.config()
    if part != "reviewers":
        return _of_reviews(part, rest, parsed, request)
    deed, names = deed_of(rest, DEEDS, "list")
    if len(names) != int(deed != "list"):
        needed = "no name" if deed == "list" else f"one name: assay review reviewers {deed} NAME"
        raise ConfigError(f"{deed}: takes {needed}")
    refuse_keys_of_others(parsed, deed, OF_DEEDS)
    return parsed.request(request, deed=deed, name=names[0] if names else ""), parsed.config()


def _of_reviews(part: str, names: list[str], parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    if names:
        raise ConfigError(f"{names[0]}: {part} takes keys alone")
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
        f"[reviewers [create NAME | list | link NAME | disable NAME] | {' | '.join(PARTS[1:])}]",
        (*PARTS, *DEEDS),
    ),
    arguments=_arguments,
    examples={
        "reviewers create kim": "prints a link by which kim sets a password, once, within three days",
        "reviewers create max roles=[arbiter,admin] password=true": "prints a password, this once",
        "reviewers link kim days=1": "who has forgotten it sets another",
        "reviewers list": "all reviewers and their roles",
        "reviewers disable kim": "signs kim out now; what kim said stays",
        "queue": "what waits, of which form, why, since when, and who has some of it before him",
        "queue predictions=all since=2026-11-01 count=50 dry_run=true": "how many answers would be looked at",
        "queue form=heat_map count=50": "50 answers at random, whether their heat lies on the right place",
        "queue files=pictures form=plausibility batch=june": "files of this machine, in folders of their classes",
        "queue known=goldens": "a folder for each class: pictures that measure reviewers, mixed in",
        "report": "agreement, acceptance, quality of reviewers, as page and tables",
        "report batch=samples grades=true": "of what was queued together; classes are grades in their order",
        "export to=reviews.csv form=label": "who said what, when, before and after seeing which answer; or .jsonl",
        "import reviews.csv dry_run=true": "reviews made elsewhere (item, reviewer, final …): what is refused, and why",
        "import reviews.csv partial=true": "writes the lines that are good; without it all or nothing",
        "labels to=reviewed": "what was decided, for assay train data.reviewed=reviewed: train alone, and by consent",
        "labels to=reviewed most=200 agreed=2": "no more than 200 of one client, each chosen by two reviewers",
        "labels to=test-june split=test": "a new test set of the random slice, never learned from; data.reviewed_test",
        "sample run=1f2e3d4c batch=jade": "50 of the generated images of each class, drawn at random, to the desk",
        "sample synthetic=mlruns/fidelity/made-1f2e3d4c count=100": "the same of what assay fidelity has measured",
        "verdict batch=jade": "plausible images against 80 %, written into the runs trained on them; the gate reads it",
    },
)
