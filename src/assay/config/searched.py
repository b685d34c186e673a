"""A multirun whose jobs nobody knows beforehand, because `hydra/sweeper=optuna` chooses them one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from assay.config.check import check
from assay.config.compose import compose, compose_sweeper, conf_dirs, explained, groups
from assay.config.hook import Hook, describe_error, load_hook
from assay.errors import ConfigError

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

FILES, SWEEPER = "sweep", "hydra/sweeper"
DECIDING = (FILES, "experiment", "debug")
OURS = "hydra_plugins.assay_sweeper.optuna_sweeper.OptunaSweeper"
CONDITIONAL = "hydra.sweeper.conditional"
LOOKED_AT = 4


def search_of(overrides: Sequence[str], *, multirun: bool) -> dict[str, Any] | None:
    """The settings of the search that these overrides ask for, by themselves or through a file; None for no search.

    Args:
        overrides: as on the command line.
        multirun: whether `-m` was given.

    Raises:
        ConfigError: a search without `-m`, or several at once.
    """
    from omegaconf import OmegaConf

    with explained():
        parsed = _parsed(overrides)
    for entry in parsed:
        asked = entry.key_or_group in (FILES, SWEEPER) and entry.value() not in (None, "basic")
        if asked and not multirun:
            raise ConfigError(f"{entry.input_line}: a search is many trainings; add -m before it")
        if asked and entry.is_sweep_override():
            known = ", ".join(groups()[entry.key_or_group])
            raise ConfigError(f"{entry.input_line}: one search at a time; take one of {known}")
    if not multirun:
        return None
    deciding = [entry for entry in parsed if str(entry.key_or_group).startswith(("hydra", *DECIDING))]
    fixed = [entry.input_line or "" for entry in deciding if not entry.is_sweep_override()]
    with explained():
        sweeper = OmegaConf.to_container(compose_sweeper(fixed), resolve=False)
    assert isinstance(sweeper, dict)
    return {str(key): value for key, value in sweeper.items()} if sweeper["_target_"] == OURS else None


def check_any(overrides: Sequence[str], search: Mapping[str, Any]) -> None:
    """Check what does not vary, alone and with a few points of the search space; one that works is enough.

    A combination within the space that cannot work is a failed trial, not a wrong command.

    Args:
        overrides: of the multirun.
        search: its settings.

    Raises:
        ConfigError: none of them works; the first reason.
    """
    fixed, varied = _told_apart(overrides, search)
    hook = load_hook(CONDITIONAL, str(search["conditional"])) if search.get("conditional") else None
    first: ConfigError | None = None
    for index in range(-1 if hook is None else 0, LOOKED_AT):
        point = {} if index < 0 else {key: values[index % len(values)] for key, values in varied.items()}
        try:
            more = [] if hook is None else _drawn(hook, fixed, point, index)
            check(compose([*fixed.values(), *(f"{key}={value}" for key, value in point.items()), *more]))
            return
        except ConfigError as error:
            first = first or error
    if first is not None:
        raise first


def as_override(key: str, value: Any) -> str:
    """A key and its value from a config file, as typed on the command line."""
    if value is None or isinstance(value, bool):
        return f"{key}={'null' if value is None else str(value).lower()}"
    return f"{key}={value}"


def _told_apart(overrides: Sequence[str], search: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, list[Any]]]:
    """What does not vary, as typed, and a few values of what does; by key."""
    configured = [as_override(str(key), value) for key, value in (search.get("params") or {}).items()]
    with explained():
        entries = {entry.get_key_element(): entry for entry in _parsed([*configured, *overrides])}
    ours = {key: entry for key, entry in entries.items() if not str(entry.key_or_group).startswith("hydra")}
    fixed = {key: entry.input_line or "" for key, entry in ours.items() if not entry.is_sweep_override()}
    varied = {key: _values(entry) for key, entry in ours.items() if entry.is_sweep_override()}
    return fixed, {key: values for key, values in varied.items() if values}


def _drawn(hook: Hook, fixed: Mapping[str, str], point: Mapping[str, Any], index: int) -> list[str]:
    """What a conditional function would add to a point, were it to draw the value at `index` each time."""
    known: dict[str, Any] = {**{key: word.partition("=")[2].strip("'\"") for key, word in fixed.items()}, **point}
    added: list[str] = []

    def draw(word: str) -> Any:
        with explained():
            (entry,) = _parsed([word])
        key = entry.get_key_element()
        if key not in known:
            values = _values(entry) if entry.is_sweep_override() else [word.partition("=")[2].strip("'\"")]
            known[key] = values[index % len(values)] if values else None
            added.append(f"{key}={known[key]}" if entry.is_sweep_override() else word)
        return known[key]

    try:
        hook(MappingProxyType(known), draw)
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(f"{CONDITIONAL}: {describe_error(error)}") from error
    return added


def _parsed(overrides: Sequence[str]) -> list[Override]:
    from hydra.core.override_parser.overrides_parser import OverridesParser

    return list(OverridesParser.create().parse_overrides(list(overrides)))


def _values(entry: Override) -> list[Any]:
    sweep: Any = entry.value()
    if entry.is_interval_sweep():
        return [sweep.start, sweep.end]
    if entry.is_range_sweep():
        return list(islice(sweep.range(), LOOKED_AT))
    if entry.value_type is not None and entry.value_type.name.startswith("GLOB"):
        return []
    return list(islice(entry.sweep_string_iterator(), LOOKED_AT))


def without_search(words: Sequence[str]) -> list[str]:
    """The overrides of a single training, with what a ready-made search sets for its trials in place of its name."""
    return [each for word in words for each in (_set_by_search(word) if word.startswith(f"{FILES}=") else [word])]


def _set_by_search(word: str) -> list[str]:
    """`finetune=head_only` for a search whose defaults list holds `override /finetune: head_only`."""
    import yaml

    files = [top / FILES / f"{word.partition('=')[2]}.yaml" for top in conf_dirs()]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        return []
    entries = [
        entry for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["defaults"] if isinstance(entry, dict)
    ]
    chosen = {str(key).removeprefix("override /"): option for entry in entries for key, option in entry.items()}
    return [f"{group}={option}" for group, option in chosen.items() if not group.startswith("hydra/")]
