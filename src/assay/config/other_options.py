"""Keys that another option of a group has: what `loss.gamma=2` means without `loss=focal`."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from assay.config.folders import conf_dirs
from assay.config.quoting import typed
from assay.errors import ConfigError


def options_with(group: str, key: str) -> list[str]:
    """Options of a group whose YAML has a key, sorted.

    Args:
        group: of the config, as `loss` or `ood/detector`.
        key: the last name of a key, as `gamma`.
    """
    return sorted({file.stem for file in _files(group) if key in _keys(file)})


def belongs_to(key: str, groups: Sequence[str]) -> str:
    """Where a key that there is not would be one: "loss.gamma belongs to loss=focal: type …", or "".

    Args:
        key: as typed, `data.root`, or its last name alone, `root`.
        groups: that there are.
    """
    place, _, last = key.rpartition(".")
    for group in [place.replace(".", "/")] if place else groups:
        if group in groups and (options := options_with(group, last)):
            full = f"{group.replace('/', '.')}.{last}"
            if len(options) == 1:
                return f"{full} belongs to {group}={options[0]}: type {group}={options[0]} {full}=…"
            named = [f"{group}={option}" for option in options]
            return f"{full} belongs to {', '.join(named[:-1])} and {named[-1]}: type the one that is meant beside it"
    return ""


def refuse_pictures_as_option(words: Sequence[str], groups: Callable[[], Mapping[str, Sequence[str]]]) -> None:
    """Refuse a folder or a table where the option that reads it is to be named: `data=photos`.

    Args:
        words: overrides.
        groups: gives the options of each group; asked where there is such a folder or file.

    Raises:
        ConfigError: there is one, with what to type.
    """
    for word in words:
        key, _, value = word.partition("=")
        if key != "data" or not os.path.exists(os.path.expanduser(value)) or value in groups()["data"]:  # noqa: PTH110, PTH111
            continue
        if Path(value).expanduser().is_dir():
            raise ConfigError(f"{word}: is a folder, not an option; type data=folder {typed('data.root', value)}")
        raise ConfigError(f"{word}: is a file, not an option; type data=table {typed('data.path', value)}")


def refuse_several_options(
    words: Sequence[str], groups: Callable[[], Mapping[str, Sequence[str]]], *, parts: Collection[str]
) -> None:
    """Refuse a list of options where one is taken: Hydra would merge them, `loss=[focal,ldam_drw]` into neither.

    Args:
        words: overrides.
        groups: gives the options of each group; asked where a list was typed.
        parts: groups whose options are parts of one whole.

    Raises:
        ConfigError: there is one, with what to type.
    """
    for word in words:
        key, _, value = word.partition("=")
        if not value.startswith("[") or key in parts or key.startswith("hydra") or key not in groups():
            continue
        options = value.strip("[] ").replace(" ", "")
        one = options.partition(",")[0]
        several = f", or -m {key}={options} for a training with each" if "," in options else ""
        raise ConfigError(f"{word}: takes one option; type {key}={one}{several}")


def _files(group: str) -> Iterator[Path]:
    for folder in conf_dirs():
        yield from (file for file in (folder / group).glob("*.yaml") if not file.stem.startswith("_"))


def _keys(file: Path) -> set[str]:
    import yaml

    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {str(key) for key in content} if isinstance(content, dict) else set()
