"""`assay classify`: what the champion says about pictures."""

from __future__ import annotations

from typing import Any

from assay.commands.command import JSONL, Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.registry_keys import BECAUSE, GROUPS, NAME
from assay.errors import ConfigError
from assay.internet.web_address import looks_like_url
from assay.serving.classify_request import INFO, STATS, ClassifyRequest, refuse_missing, refuse_other_addresses


def _is_word(word: str) -> bool:
    return bool(word.strip())


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    deed = parsed.bare[0] if parsed.bare[:1] in ((INFO,), (STATS,)) else ""
    pictures = parsed.bare[1:] if deed else parsed.bare
    built = parsed.request(request, pictures=pictures, info=deed == INFO, stats=deed == STATS)
    if deed and (built.words or built.output):
        raise ConfigError(f"{deed}: takes no pictures and no output; assay classify {deed}")
    if not deed and not built.words:
        raise ConfigError("a picture or a folder is needed: assay classify photo.jpg, or image=FILE, batch=DIR")
    refuse_other_addresses(built)
    refuse_missing(built.words)
    return built, parsed.config()


COMMAND = Command(
    name="classify",
    purpose="Ask the champion about pictures: class, calibrated confidence, and whether a person should look.",
    pipeline="assay.serving.classify.classify",
    show="assay.commands.show.classify",
    request=ClassifyRequest,
    groups=GROUPS,
    because=BECAUSE,
    shorthands=(NAME,),
    bare=BareWord(
        "pictures",
        _is_word,
        "a picture, a folder, a URL, info, or stats",
        "[PICTURE|FOLDER|URL … | info | stats]",
        (INFO, STATS),
        looks_like_url,
    ),
    arguments=_arguments,
    formats=("text", "json", JSONL, "csv"),
    examples={
        "photo.jpg": "one picture, with all probabilities",
        "photos holiday.png": "a folder with all below it and one more picture, as a table",
        "https://example.org/photo.jpg": "a picture that is fetched from the public internet",
        "photos output=answers.jsonl": "a line each, kept as it comes; the same command goes on after a kill",
        "photo.jpg model=3f2a": "another model than the champion: a run, NAME@ALIAS, a bundle's folder",
        "stats": "what the service has answered: how many, of which classes, since when",
        "info": "the model: classes, evidence in a few lines, what it cannot tell",
    },
    notes=(
        "The model is the champion of this project; before it answers, it is held against the pictures that were",
        "sealed in its bundle. Exit code: 0 all answered, 1 some picture could not be read.",
        "A picture by its URL is fetched from the public internet alone; a list may hold URLs too.",
    ),
    empty_is_help=True,
)
