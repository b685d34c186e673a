"""CommandLine: what is typed behind a command, sorted into the command's own keys and those of the config."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from assay.config.destination import check_destination, refuse_inside_dataset
from assay.config.request import RequestKey, build_request
from assay.config.typed_value import typed_value
from assay.config.values import truth
from assay.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from omegaconf import DictConfig

WRITTEN = ("output", "to")
"""Keys that say where a command writes."""
FILES, FOLDERS = ("FILE",), ("DIR", "FOLDER")
"""How the usage shows values that are a file, and those that are a folder."""
MARKS = "+~"
"""What Hydra lets stand before a key."""
Request = TypeVar("Request")


@dataclass(frozen=True)
class BareWord:
    """A word without a key that a command understands.

    Attributes:
        field: of the request, which it fills.
        matches: whether a word is one.
        text: what such a word is.
        shown: how the usage shows it.
        choices: of such words, those that are known beforehand, for completion.
        whole: whether a word is one although it holds =, as addresses do.
    """

    field: str
    matches: Callable[[str], bool]
    text: str
    shown: str
    choices: tuple[str, ...] = ()
    whole: Callable[[str], bool] = lambda word: False


@dataclass(frozen=True)
class ParsedArguments:
    """The words of one call.

    Attributes:
        keys: that the command has.
        typed: values of the command's own keys, as typed; of a flag "true" or "false".
        passed: words whose key begins as the command has asked, without dashes.
        bare: words without a value that the command knows.
        rest: words for the config.
        words: all of them, as they were typed.
    """

    keys: Mapping[str, RequestKey]
    typed: dict[str, str]
    passed: tuple[str, ...]
    bare: tuple[str, ...]
    rest: tuple[str, ...]
    words: tuple[str, ...]

    def needed(self, key: str) -> str:
        """The text of an own key.

        Raises:
            ConfigError: there is none, or an empty one.
        """
        if not self.typed.get(key, "").strip():
            raise ConfigError(f"{key}: a value is needed; {self._hint(self.keys[key])}".removesuffix("; "))
        return self.typed[key]

    def request(self, request: type[Request], **more: Any) -> Request:
        """The request that the words make.

        Args:
            request: its class.
            more: values of its fields that no key gives, or that come before what was typed.

        Raises:
            ConfigError: a value is missing, or cannot be.
        """
        values: dict[tuple[str, ...], Any] = {}
        for name, key in self.keys.items():
            if len(key.path) == 1 and key.path[0] in more:
                continue
            if key.required:
                self.needed(name)
            text = self.typed.get(name)
            if text == "" and key.help.instead:
                raise ConfigError(f"{name}=: is empty; {key.help.instead}")
            kept = text == "" and not key.required and isinstance(key.default, str)
            if text is not None and not kept:
                values[key.path] = typed_value(name, text, key.argument)
        return build_request(request, {**values, **{(name,): value for name, value in more.items()}})

    def config(self) -> DictConfig:
        """The checked config that the other words make.

        Raises:
            ConfigError: it cannot work.
        """
        from assay.config.check import check
        from assay.config.compose import compose

        try:
            config = compose(self.rest)
            check(config)
        except ConfigError as error:
            self._refuse_unknown_key(error)
            raise
        return config

    def check_destinations(self, config: Mapping[str, Any] | None) -> None:
        """Look at the places that are to be written, before hours go into what is written there.

        Raises:
            ConfigError: nothing can be written there, or it lies among the images of the config's dataset.
        """
        for name in WRITTEN:
            key, path = self.keys.get(name), self.typed.get(name, "")
            if key is None or not path or not key.help.shown.startswith(FILES + FOLDERS):
                continue
            folder = key.help.shown.startswith(FOLDERS) if name == "output" else None
            check_destination(f"{name}={path}", path, folder=folder)
            if name == "output" and config is not None:
                refuse_inside_dataset(f"{name}={path}", path, config)

    def with_override(self, word: str) -> ParsedArguments:
        """The same, with one more word for the config."""
        return replace(self, rest=(*self.rest, word))

    def _refuse_unknown_key(self, error: ConfigError) -> None:
        """Name the command's own keys too where a word may have been meant for one of them."""
        from assay.config.compose import compose, groups

        known = {*compose(), *groups()}
        for word in self.rest:
            name = word.lstrip(MARKS).partition("=")[0]
            if name.isidentifier() and name not in known:
                near = did_you_mean(name, self.keys)
                if near.startswith("did"):
                    raise ConfigError(f"{name}: no such key; {near}")
                raise ConfigError(f"{error}; the command's own are {', '.join(sorted(self.keys))}")

    def _hint(self, key: RequestKey) -> str:
        if not key.help.recipes:
            return key.help.hint
        from assay.config.recipe import recipes

        options = did_you_mean("", recipes(key.help.recipes))
        return f"give {key.key}={key.help.shown} {options}, or the path of a YAML file"


@dataclass(frozen=True)
class CommandLine:
    """What may be typed behind a command; `key=value`, `--key=value` and `--key value` are the same.

    Attributes:
        keys: its own, of the request.
        extra: further keys of its own: those that are short for one of the config, and `format`.
        groups: beginnings of the config's keys that mean something to it; ("",) for all of them.
        because: why no others do.
        passed: beginnings of keys whose words it reads by itself.
        bare: words without a value that it knows.
    """

    keys: tuple[RequestKey, ...]
    extra: tuple[str, ...] = ()
    groups: tuple[str, ...] = ("",)
    because: str = ""
    passed: tuple[str, ...] = ()
    bare: BareWord | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """Keys that are true where they stand alone."""
        return tuple(key.key for key in self.keys if key.is_truth and key.default is False and len(key.path) == 1)

    def parse(self, arguments: Sequence[str]) -> ParsedArguments:
        """Sort the words.

        Raises:
            ConfigError: a word has no value, is not known, or belongs to a part of the config that means nothing here.
        """
        typed: dict[str, str] = {}
        passed, bare, rest, foreign = [], [], [], []
        own, flags = (*(key.key for key in self.keys), *self.extra), self.flags
        waiting = list(arguments)
        while waiting:
            written = waiting.pop(0)
            word = written.removeprefix("--")
            key, equals, value = word.partition("=")
            if self.bare is not None and self.bare.whole(written):
                bare.append(written)
            elif key in flags:
                typed[key] = str(truth(key, value)).lower() if equals else "true"
            elif key in own and equals:
                typed[key] = value
            elif key in own and written != word:
                if not waiting:
                    raise ConfigError(f"{written}: a value is needed")
                typed[key] = waiting.pop(0)
            elif self.passed and word.lstrip(MARKS).startswith(self.passed):
                passed.append(word)
            elif not equals and written == word and self.bare is not None and self.bare.matches(word):
                bare.append(word)
            elif not equals and not (word.startswith("~") and word[1:].startswith(self.groups)):
                choices = self.bare.choices if self.bare is not None else ()
                near = did_you_mean(word, choices)
                near = near if near.startswith("did") else did_you_mean(word, self._known("="))
                raise ConfigError(f"{written or repr(written)}: {self._not_understood()}; {near}")
            elif word.lstrip(MARKS).startswith(self.groups):
                rest.append(word)
            else:
                foreign.append(word)
        if foreign:
            near = did_you_mean(foreign[0].lstrip(MARKS).partition("=")[0], self._known())
            raise ConfigError(f"{' '.join(foreign)}: {self.because}, so this means nothing here; {near}")
        keys = {key.key: key for key in self.keys}
        return ParsedArguments(keys, typed, tuple(passed), tuple(bare), tuple(rest), tuple(arguments))

    def _known(self, end: str = "") -> list[str]:
        flags = self.flags
        keys = [key.key for key in self.keys if key.key not in flags] + list(self.extra)
        keys += [*(f"{start}KEY" for start in self.passed), *(key or "GROUP.KEY" for key in self.groups)]
        return [*(f"{key}{end}" for key in keys), *(f"--{key}" for key in flags)]

    def _not_understood(self) -> str:
        return f"neither a setting nor {self.bare.text}" if self.bare else "cannot be understood"
