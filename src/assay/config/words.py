"""Words: what is typed behind a command, parted into the command's own and those of the config."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from omegaconf import DictConfig

from assay.config.check import check
from assay.config.compose import compose
from assay.config.values import truth
from assay.errors import ConfigError, did_you_mean

MARKS = "+~"
"""What Hydra lets stand before a key."""


@dataclass(frozen=True)
class Parted:
    """The words of one call.

    Attributes:
        own: values of the command's own keys, as typed; of a flag "true" or "false".
        passed: words whose key begins as the command has asked, without dashes.
        bare: words without a value that the command knows.
        rest: words for the config.
    """

    own: dict[str, str]
    passed: tuple[str, ...]
    bare: tuple[str, ...]
    rest: tuple[str, ...]

    def needed(self, key: str, hint: str) -> str:
        """The value of an own key.

        Raises:
            ConfigError: there is none, or an empty one.
        """
        if not self.own.get(key, "").strip():
            raise ConfigError(f"{key}: a value is needed; {hint}")
        return self.own[key]

    def config(self) -> DictConfig:
        """The checked config that the other words make.

        Raises:
            ConfigError: it cannot work.
        """
        config = compose(self.rest)
        check(config)
        return config


@dataclass(frozen=True)
class Words:
    """What may be typed behind a command; `key=value`, `--key=value` and `--key value` are the same.

    Attributes:
        own: its own keys.
        taken: beginnings of the config's keys that mean something to it; ("",) for all of them.
        because: why no others do.
        flags: own keys that are true where they stand alone.
        passed: beginnings of keys whose words it reads by itself.
        bare: whether a word without a value is known; None knows none.
        bare_is: what such a word is.
    """

    own: tuple[str, ...]
    taken: tuple[str, ...]
    because: str = ""
    flags: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    bare: Callable[[str], bool] | None = None
    bare_is: str = ""

    def part(self, arguments: Sequence[str]) -> Parted:
        """Sort the words.

        Raises:
            ConfigError: a word has no value, is not known, or belongs to a part of the config that means nothing here.
        """
        own: dict[str, str] = {}
        passed, bare, rest, foreign = [], [], [], []
        waiting = list(arguments)
        while waiting:
            typed = waiting.pop(0)
            word = typed.removeprefix("--")
            key, equals, value = word.partition("=")
            if key in self.flags:
                own[key] = str(truth(key, value)).lower() if equals else "true"
            elif key in self.own and equals:
                own[key] = value
            elif key in self.own and typed != word:
                if not waiting:
                    raise ConfigError(f"{typed}: a value is needed")
                own[key] = waiting.pop(0)
            elif self.passed and word.lstrip(MARKS).startswith(self.passed):
                passed.append(word)
            elif not equals and self.bare is not None and self.bare(word):
                bare.append(word)
            elif not equals:
                raise ConfigError(f"{typed}: {self._not_understood()}; {did_you_mean(word, self._known('='))}")
            elif word.lstrip(MARKS).startswith(self.taken):
                rest.append(word)
            else:
                foreign.append(word)
        if foreign:
            near = did_you_mean(foreign[0].lstrip(MARKS).partition("=")[0], self._known())
            raise ConfigError(f"{' '.join(foreign)}: {self.because}, so this means nothing here; {near}")
        return Parted(own, tuple(passed), tuple(bare), tuple(rest))

    def _known(self, end: str = "") -> list[str]:
        keys = [*self.own, *(f"{start}KEY" for start in self.passed), *(key or "GROUP.KEY" for key in self.taken)]
        return [*(f"{key}{end}" for key in keys), *(f"--{key}" for key in self.flags)]

    def _not_understood(self) -> str:
        return f"neither a setting nor {self.bare_is}" if self.bare_is else "cannot be understood"
