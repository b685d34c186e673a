"""What is to be done, as the first word of a command: `assay keys create`, `assay privacy erase phone`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from assay.commands.command_line import ParsedArguments
from assay.errors import ConfigError, did_you_mean


def deed_of(words: Sequence[str], deeds: Sequence[str], default: str) -> tuple[str, list[str]]:
    """The deed, and the words behind it.

    Args:
        words: that were typed without a key.
        deeds: that there are.
        default: where no word was typed.

    Raises:
        ConfigError: the first word is none of them.
    """
    deed, *names = words or (default,)
    if deed not in deeds:
        raise ConfigError(f"{deed}: what is to be done comes first; {did_you_mean(deed, deeds)}")
    return deed, names


def refuse_keys_of_others(parsed: ParsedArguments, deed: str, goes_with: Mapping[str, Collection[str]]) -> None:
    """Refuse keys that mean nothing for a deed.

    Args:
        parsed: what was typed.
        deed: what is to be done.
        goes_with: key -> deeds that take it.

    Raises:
        ConfigError: a key of another deed was typed.
    """
    for key, deeds in goes_with.items():
        if key in parsed.typed and deed not in deeds:
            raise ConfigError(f"{key}: goes with {' and '.join(deeds)}")
