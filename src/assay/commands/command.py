"""Command: the one declaration of a command, from which its keys, checks, help, completion and documentation follow."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assay.commands.command_line import BareWord, CommandLine, ParsedArguments
from assay.config.request import RequestKey, request_keys

FORMATS = ("text", "json", "csv")
JSONL = "jsonl"
"""Format of commands whose result is many of a kind."""
COMMON = {
    "format": "text, json (one document with a schema and its version) or csv (the main table); text",
    "config-dir": "a folder with options of your own, laid out as Assay's conf/",
}
"""Keys that every command has -> what they are for."""


@dataclass(frozen=True)
class NoRequest:
    """The request of a command without keys of its own."""


@dataclass(frozen=True)
class Shorthand:
    """A key that is short for one of the config.

    Attributes:
        key: as it is typed.
        stands_for: key of the config.
        text: what it is for.
    """

    key: str
    stands_for: str
    text: str


def _request_and_config(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    return parsed.request(request), parsed.config()


@dataclass(frozen=True)
class Command:
    """What a command is.

    Attributes:
        name: as it is typed.
        purpose: one sentence.
        pipeline: dotted name of the function that does the work; called with what `arguments` gives.
        show: dotted name of the module that shows its result: `text`, `document`, `rows`, and `ending` where a result
            can be a failure; each is called with the result and the request.
        request: dataclass whose fields with `Help` are the command's keys.
        groups: beginnings of the config's keys that mean something to it; ("",) for all.
        because: why no others do.
        examples: what is typed behind the command -> what it does.
        bare: words without a key that it knows.
        passed: beginnings of keys that it reads by itself -> what they are for.
        shorthands: keys that are short for keys of the config.
        notes: further lines of the help.
        lists: groups or recipes whose options the help lists, each with a heading.
        arguments: makes the pipeline's arguments, the request first, from the parsed words and the request's class.
        on_dataset: whether it works on the dataset of the config; which one is said where no word names it.
        empty_is_help: whether the command without a word shows its help.
        formats: that it can show its result in.
        takes_over: dotted name of a function that gets all words and the program's name instead of all this.
    """

    name: str
    purpose: str
    pipeline: str
    show: str
    request: type[Any] = NoRequest
    groups: tuple[str, ...] = ("",)
    because: str = ""
    examples: dict[str, str] = field(default_factory=dict)
    bare: BareWord | None = None
    passed: dict[str, str] = field(default_factory=dict)
    shorthands: tuple[Shorthand, ...] = ()
    notes: tuple[str, ...] = ()
    lists: dict[str, str] = field(default_factory=dict)
    arguments: Callable[[ParsedArguments, type[Any]], tuple[Any, ...]] = _request_and_config
    on_dataset: bool = False
    empty_is_help: bool = False
    formats: tuple[str, ...] = FORMATS
    takes_over: str = ""

    @cached_property
    def keys(self) -> tuple[RequestKey, ...]:
        """Its own keys; a field that bare words alone fill has no `Help`, and is none of them."""
        return request_keys(self.request)

    @property
    def common(self) -> dict[str, str]:
        """Keys that commands have in common -> what they are for; options of one's own only where a config is read."""
        formats = COMMON["format"]
        if JSONL in self.formats:
            formats = formats.replace(" or csv", "jsonl (a line for each) or csv")
        return {**COMMON, "format": formats} if self.groups else {"format": formats}

    @property
    def command_line(self) -> CommandLine:
        """What may be typed behind it."""
        extra = (*(short.key for short in self.shorthands), *self.common)
        return CommandLine(self.keys, extra, self.groups, self.because, tuple(self.passed), self.bare)

    def read(self, parsed: ParsedArguments) -> tuple[Any, ...]:
        """The pipeline's arguments, the request first.

        Raises:
            ConfigError: a value is missing or cannot be.
        """
        for short in self.shorthands:
            if value := parsed.typed.get(short.key, "").replace("'", "\\'"):
                parsed = parsed.with_override(f"{short.stands_for}='{value}'")
        return self.arguments(parsed, self.request)

    def parse(self, words: Sequence[str]) -> tuple[Any, ...]:
        """The pipeline's arguments that these words make.

        Raises:
            ConfigError: a word is not known, or a value is missing or cannot be.
        """
        return self.read(self.command_line.parse(words))


def function_named(dotted: str) -> Any:
    """The function of a dotted name, imported now."""
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)
