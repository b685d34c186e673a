"""Conditional: what varies in some trials only, drawn by a function that a person wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from assay.config.compose import explained
from assay.config.hook import Hook, describe_error, load_hook
from assay.errors import ConfigError, StudyError
from assay.sweep.dimension import Dimension, Value, read_dimension

if TYPE_CHECKING:
    from hydra.core.config_loader import ConfigLoader
    from hydra.core.override_parser.types import Override
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial

SETTING = "hydra.sweeper.conditional"


class WrongDraw(ConfigError):  # noqa: N818
    """The function asks for what cannot be drawn; it would in the next trial too."""


@dataclass(frozen=True)
class Conditional:
    """A function that draws further dimensions of a trial; made by `read_conditional`.

    Attributes:
        name: as it was given.
        function: called as `function(point, draw)`, after the unconditional dimensions of a trial were drawn. `point`
            holds what is known so far, by key, and cannot be written: numbers of intervals and ranges as numbers, words
            and what is fixed as text. `draw("loss.gamma=interval(0.5,5)")` draws one more dimension and gives its
            value; `draw("aug=none")` adds an override. What the command line or the search space says already stands:
            a draw of the same key gives that value. The same point has to lead to the same draws, because a trial whose
            process was killed gets them again.
        loader: finds the options for `glob(…)`.
    """

    name: str
    function: Hook
    loader: ConfigLoader | None = None

    def complete(self, draw: Draw) -> None:
        """Let the function draw what a trial needs beside its unconditional dimensions.

        Raises:
            StudyError: the function raised something of its own.
            WrongDraw: it drew what cannot be drawn.
        """
        try:
            self.function(MappingProxyType(draw.point), draw)
        except ConfigError:
            raise
        except Exception as error:
            raise StudyError(f"{SETTING}={self.name}: {describe_error(error)}") from error


class Draw:
    """What a conditional function is handed to draw with.

    Args:
        conditional: whose function it is.
        trial: an open trial, whose unconditional dimensions are drawn.
        fixed: overrides that the trial has anyway.
        earlier: gives the distribution that a key had in this study before; None when it was never drawn.

    Attributes:
        point: value of each key so far.
        also: overrides without a sweep that were drawn.
    """

    def __init__(
        self,
        conditional: Conditional,
        trial: Trial,
        fixed: Mapping[str, str],
        earlier: Callable[[str], BaseDistribution | None],
    ) -> None:
        self.point: dict[str, Value] = {**fixed, **trial.params}
        self.also: list[str] = []
        self._conditional = conditional
        self._trial = trial
        self._earlier = earlier
        self._drawn: dict[str, Dimension | str] = {}

    def __call__(self, word: str) -> Value:
        """Draw one more dimension, or add an override; gives its value.

        Args:
            word: an override as on the command line, with or without a sweep.

        Raises:
            WrongDraw: it cannot be understood, or the key was drawn from something else before.
        """
        where = f"{SETTING}={self._conditional.name}: draw({word!r})"
        try:
            entry = parsed(word, self._conditional.loader)
            what = read_dimension(entry) if entry.is_sweep_override() else text_of(entry)
        except ConfigError as error:
            raise WrongDraw(f"{where}: {error}") from error
        key = entry.get_key_element()
        if key in self._drawn and self._drawn[key] != what:
            raise WrongDraw(f"{where}: {key} was drawn from {self._drawn[key]} in the same trial")
        if key in self.point:
            return self.point[key]
        if isinstance(what, str):
            self.also.append(word)
            self.point[key] = what
        else:
            self._check_earlier(where, key, what)
            self.point[key] = what.draw(self._trial, key)
        self._drawn[key] = what
        return self.point[key]

    def _check_earlier(self, where: str, key: str, dimension: Dimension) -> None:
        earlier = self._earlier(key)
        if earlier is not None and earlier != dimension.distribution():
            raise WrongDraw(
                f"{where}: {key} was drawn from {earlier} in this study before, and results from two ranges are not "
                "comparable; draw it as before, or take another hydra.sweeper.study_name"
            )


def read_conditional(name: str | None, loader: ConfigLoader | None = None) -> Conditional | None:
    """The conditional part of a search space, named as in `hydra.sweeper.conditional`; None for none.

    Raises:
        ConfigError: there is no such function.
    """
    return None if name is None else Conditional(name, load_hook(SETTING, name), loader)


def parsed(word: str, loader: ConfigLoader | None = None) -> Override:
    """One override, read.

    Raises:
        ConfigError: it cannot be understood.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser

    if not isinstance(word, str):
        raise ConfigError(f"must be text, an override as on the command line, got {type(word).__name__}")
    with explained():
        (entry,) = OverridesParser.create(config_loader=loader).parse_overrides([word])
    return entry


def text_of(entry: Override) -> str:
    """The value of an override without a sweep, without quotes."""
    text = entry.get_value_element_as_str() if entry.value() is not None else "null"
    return text[1:-1] if text[:1] in ("'", '"') and text[-1:] == text[:1] else text
