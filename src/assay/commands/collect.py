"""`assay collect`: pictures from public sources, with their rights."""

from __future__ import annotations

import re
from typing import Any

from assay.collection.request import DEEDS, CollectRequest
from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.deeds import deed_of, refuse_keys_of_others
from assay.config.file_name import checked_file_name
from assay.errors import ConfigError

FETCH, RESUME, TAKEDOWN = DEEDS[0], DEEDS[2], DEEDS[4]
_OF_FETCH = ("query", "label", "count", "type", "use", "commercial", "width", "min_side", "dry_run", "endpoint")
_OF_REQUESTS = ("contact", "networks", "seconds", "wait", "workers", "maximum", "against_tests")
GOES_WITH = {
    "source": (FETCH, TAKEDOWN),
    **dict.fromkeys(_OF_FETCH, (FETCH,)),
    **dict.fromkeys(_OF_REQUESTS, (FETCH, RESUME)),
    "only": (RESUME,),
    **dict.fromkeys(("author", "url"), (TAKEDOWN,)),
}
"""Key -> deeds that take it."""
EXAMPLES = {"source": "source=wikimedia", "query": "query='jade ring'", "label": "label=jade", "to": "to=FOLDER"}
"""Keys that a fetch needs, each with an example."""


def _is_word(word: str) -> bool:
    return re.fullmatch(r"[a-z]+", word) is not None


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    deed, words = deed_of(parsed.bare, DEEDS, FETCH)
    if words:
        raise ConfigError(f"{words[0]}: {deed} takes keys alone")
    refuse_keys_of_others(parsed, deed, GOES_WITH)
    typed = {key for key, value in parsed.typed.items() if value.strip()}
    asked = parsed.request(request, deed=deed)
    needed = ("to",) if deed != FETCH or asked.report else tuple(EXAMPLES)
    if asked.dry_run:
        needed = ("source", "query", "label")
    for key in needed:
        if key not in typed:
            raise ConfigError(f"{key}: a value is needed, as in {EXAMPLES[key]}")
    if deed == FETCH and not asked.report:
        checked_file_name("label", asked.label)
        _check_contact(asked)
    if deed == TAKEDOWN and len({"author", "url", "source"} & typed) != 1:
        raise ConfigError("takedown: takes one of author=, url= and source=")
    return asked, parsed.config()


def _check_contact(asked: CollectRequest) -> None:
    from assay.collection.contact import checked_contact

    checked_contact(asked.contact)


COMMAND = Command(
    name="collect",
    purpose="Collect pictures from public sources with their rights, as a folder that can be trained on at once.",
    pipeline="assay.housekeeping.collect.collect",
    show="assay.commands.show.collect",
    request=CollectRequest,
    groups=("tracking", "cache"),
    because="nothing is trained here",
    bare=BareWord(
        "deed",
        _is_word,
        "what is done with a collection that is there",
        "[plan | resume | stats | takedown]",
        DEEDS[1:],
    ),
    arguments=_arguments,
    empty_is_help=True,
    examples={
        "source=wikimedia query='jade ring' label=jade count=200 to=stones contact=me@example.org": "at most 200 more "
        "pictures, each with author, licence and its evidence",
        "source=openverse query=jade label=jade dry_run=true contact=me@example.org": "what would be fetched, under "
        "which licence",
        "plan to=stones": "what is missing to the minimum of each label, and what waits",
        "resume to=stones": "goes on after a kill, and asks again for what failed in passing",
        "resume to=stones only=429,dns": "asks again for these alone; only=kept looks whether pictures still stand",
        "stats to=stones": "labels, licences, sources, authors, and what became of each address",
        "report=attribution to=stones": "a line of credit for each picture",
        "takedown author='Ada Example' to=stones": "her pictures go; lists runs, bundles and versions that used them",
    },
    notes=(
        "The folder is trained on by assay train data=folder data.root=FOLDER: metadata.parquet holds what may be",
        "trained on, attribution.txt the credits, croissant.json its description. Each address stands in a ledger with",
        "what became of it. robots.txt, noai and TDM reservations are kept to, and limits of each host over all",
        "collections of a user. Keys of sources are environment variables: ASSAY_FLICKR_KEY, ASSAY_OPENVERSE_KEY.",
    ),
)
