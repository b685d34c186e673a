"""`assay collect`: pictures from public sources, with their rights."""

from __future__ import annotations

import re
from typing import Any

from assay.collection.contact import checked_contact
from assay.collection.request import DEEDS, ONLINE, CollectRequest
from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.deeds import deed_of, refuse_keys_of_others
from assay.config.file_name import checked_file_name
from assay.errors import ConfigError

FETCH, RESUME, TAKEDOWN = DEEDS[0], DEEDS[2], DEEDS[4]
_OF_FETCH = (
    "query",
    "from",
    "license",
    "evidence",
    "label",
    "count",
    "type",
    "use",
    "commercial",
    "width",
    "min_side",
    "dry_run",
    "endpoint",
)
_OF_REQUESTS = ("contact", "networks", "seconds", "wait", "workers", "maximum", "against_tests")
GOES_WITH = {
    "source": (FETCH, TAKEDOWN),
    **dict.fromkeys(_OF_FETCH, (FETCH,)),
    **dict.fromkeys(_OF_REQUESTS, (FETCH, RESUME)),
    "only": (RESUME,),
    **dict.fromkeys(("author", "url"), (FETCH, TAKEDOWN)),
}
"""Key -> deeds that take it."""
EXAMPLES = {
    "source": "source=wikimedia",
    "query": "query='jade ring'",
    "label": "label=jade",
    "from": "from=FOLDER",
    "to": "to=FOLDER",
}
"""Keys that may be needed, each with an example."""
OF_SOURCES, OF_EXPORTS = ("source", "query", "label", "to"), ("source", "from", "label", "to")


def _is_word(word: str) -> bool:
    return re.fullmatch(r"[a-z]+", word) is not None


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    deed, words = deed_of(parsed.bare, DEEDS, FETCH)
    if words:
        raise ConfigError(f"{words[0]}: {deed} takes keys alone")
    refuse_keys_of_others(parsed, deed, GOES_WITH)
    typed = {key for key, value in parsed.typed.items() if value.strip()}
    asked = parsed.request(request, deed=deed)
    needed: tuple[str, ...] = (
        ("to",) if deed != FETCH or asked.report else OF_EXPORTS if asked.source not in ONLINE else OF_SOURCES
    )
    if asked.dry_run:
        needed = OF_SOURCES[:3]
        if asked.source and asked.source not in ONLINE:
            raise ConfigError(f"dry_run: source={asked.source} lies on this machine, and nobody is asked for it")
    for key in needed:
        if key not in typed:
            raise ConfigError(f"{key}: a value is needed, as in {EXAMPLES[key]}")
    if deed == FETCH and not asked.report:
        checked_file_name("label", asked.label)
        _check_door(asked, typed)
    if deed == TAKEDOWN and len({"author", "url", "source"} & typed) != 1:
        raise ConfigError("takedown: takes one of author=, url= and source=")
    return asked, parsed.config()


def _check_door(asked: CollectRequest, typed: set[str]) -> None:
    """What is asked of servers needs somebody whom they can write to; what lies here has none to be written to."""
    if asked.source in ONLINE:
        if extra := {"from", "license", "evidence", "author", "url"} & typed:
            raise ConfigError(f"{min(extra)}: goes with exports of yours; {asked.source} is asked by query=…")
        checked_contact(asked.contact)
    elif extra := {"query", "endpoint", "width"} & typed:
        raise ConfigError(
            f"{min(extra)}: {asked.source} has no interface that could be asked; give the folder of an export"
        )


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
        "source=stable_diffusion from=outputs label=jade to=stones license=CC0-1.0 evidence='made by myself'": "yours, "
        "without what their files say of themselves; generator, version and seed go into the manifest",
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
