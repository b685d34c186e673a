"""Words that ask for nothing: `resume=`, `aug=null`, `aug=[standard,none]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

from omegaconf import DictConfig, OmegaConf

from assay.config.schema import Config
from assay.errors import ConfigError, did_you_mean

NEEDED = frozenset(entry.name for entry in fields(Config) if entry.type == "Any")
"""Groups that a training cannot do without."""
NONE = "none"
"""The option of a group that does nothing."""
EMPTY = ("", "''", '""')


def refuse_nothing(words: Sequence[str], groups: Callable[[], Mapping[str, Sequence[str]]]) -> None:
    """Refuse what would quietly be another request than was meant.

    A key with nothing behind it is what a shell makes of a variable that is not set: `resume=$RUN` would train anew,
    and `data.root=$PHOTOS` read the working folder. `null` is no option. Of several options of a group none can be
    `none`: it would empty what stands before it, and keep what follows.

    Args:
        words: overrides.
        groups: gives the options of each group, for which folders are read; asked where a word may be such a one.

    Raises:
        ConfigError: one of these, with what to type.
    """
    for word in words:
        key, sign, value = word.lstrip("+").partition("=")
        empty = bool(sign) and value.strip() in EMPTY
        if not (empty or value == "null" or value.startswith("[")):
            continue
        options_of = groups()
        if key not in options_of:
            if empty:
                raise ConfigError(f"{key}=: a value is needed; give one, or leave {key} out")
        elif value == "null":
            instead = f"take {key}={NONE}" if NONE in options_of[key] else did_you_mean(value, options_of[key])
            raise ConfigError(f"{word}: no such option; {instead}")
        elif value.startswith("["):
            options = [option.strip() for option in value.removeprefix("[").removesuffix("]").split(",")]
            others = [option for option in options if option != NONE]
            if others and len(others) < len(options):
                kept = others[0] if len(others) == 1 else f"[{','.join(others)}]"
                raise ConfigError(f"{word}: {NONE} goes with no other; take {key}={kept}, or {key}={NONE}")


def refuse_taken_away(words: Sequence[str], groups: Callable[[], Mapping[str, Sequence[str]]]) -> None:
    """Refuse to take a group away that a training cannot do without: `~loss`.

    Args:
        words: overrides.
        groups: as for `refuse_nothing`.

    Raises:
        ConfigError: one of these, with what to type.
    """
    for word in words:
        name = word[1:].partition("=")[0]
        if word.startswith("~") and name in NEEDED:
            raise ConfigError(
                f"{word}: a training needs one; take another, {name}=… {did_you_mean('', groups()[name])}"
            )


def needs_value(config: DictConfig, key: str, value: str) -> str:
    """A key that holds entries takes no value itself, and one that holds a number cannot do without."""
    node = OmegaConf.select(config, key)
    if isinstance(node, DictConfig):
        return f"{key}: must be given by its entries, as in {key}.{next(iter(node), '')!s}=…, got {value}"
    return f"{key}: a value is needed, as in {key}={node}, got {value}"
