"""`assay keys`: the keys of the service."""

from __future__ import annotations

import re
from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.deeds import deed_of
from assay.errors import ConfigError
from assay.serving.keys_request import DEEDS, KeysRequest

SHOWN = "[create | list | rotate ID | revoke ID]"
NEW = ("name", "owner", "scopes", "days")


def _is_word(word: str) -> bool:
    return word in DEEDS or re.fullmatch(r"[0-9a-f-]{8,36}", word) is not None


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    deed, ids = deed_of(parsed.bare, DEEDS, "list")
    needed = deed in ("rotate", "revoke")
    if len(ids) != int(needed):
        raise ConfigError(f"{deed}: takes {'the id of a key' if needed else 'no id'}; assay keys list shows them")
    if deed == "create" and not parsed.typed.get("name", "").strip():
        raise ConfigError("create: a name is needed, for people: assay keys create name=phone")
    if deed != "create" and (extra := [key for key in NEW if key in parsed.typed]):
        raise ConfigError(f"{extra[0]}: is for a new key; it goes with create")
    return parsed.request(request, deed=deed, key=ids[0] if ids else ""), parsed.config()


COMMAND = Command(
    name="keys",
    purpose="Create, list, rotate and revoke the keys by which clients are known to the service.",
    pipeline="assay.serving.manage_keys.manage_keys",
    show="assay.commands.show.keys",
    request=KeysRequest,
    groups=("tracking",),
    because="nothing is trained here",
    bare=BareWord(
        "key", _is_word, f"{', '.join(DEEDS)}, or the id of a key", "[create | list | rotate ID | revoke ID]", DEEDS
    ),
    arguments=_arguments,
    examples={
        "create name=phone": "prints what a client sends, this once",
        "create name=desk owner=museum scopes=[classify,review] days=90": "for an owner, until a day",
        "list": "all keys, whose they are, when they were last used",
        "rotate 01a226d3-8f04": "a new key in its place; the old one opens for a week more",
        "revoke 01a226d3-8f04": "opens nothing from now on, in a running service within a second",
    },
)
