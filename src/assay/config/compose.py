"""Compose a config from its groups, and turn Hydra's complaints into a ConfigError with the nearest right name."""

from __future__ import annotations

import copy
import functools
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from assay.config.chosen import divided, set_values
from assay.config.folders import conf_dir as conf_dir
from assay.config.folders import conf_dirs as conf_dirs
from assay.config.folders import extra_dir
from assay.config.folders import looking_in as looking_in
from assay.config.interpolations import refuse_typed_resolvers
from assay.config.nearest_key import nearest_keys
from assay.config.nothing import needs_value, refuse_nothing, refuse_taken_away
from assay.config.other_options import belongs_to, refuse_pictures_as_option, refuse_several_options
from assay.config.quoting import typed
from assay.config.schema import Config
from assay.config.text_options import keep_text
from assay.errors import ConfigError, did_you_mean

CONFIG_NAME = "train"
RECIPES = ("study", "policy", "gate", "retrain")
"""Folders that are no groups of a training; see `assay.config.recipe`."""
OF_PLUGINS = ("launcher", "sweeper")
"""Groups of Hydra's for which its plugins have options too."""


def register() -> None:
    """Tell Hydra the typed top level, and that our options stand in for those of its plugins; again changes nothing."""
    from hydra.core.plugins import Plugins

    store = ConfigStore.instance()
    store.store(name="schema", node=Config)
    Plugins.instance()  # finds the plugins, which enter their options
    for group in OF_PLUGINS:
        node = store.repo
        for part in ("hydra", *group.split("/")):
            node = node.get(part, {})
        for option in (conf_dir() / "hydra" / group).glob("*.yaml"):
            node.pop(option.name, None)  # Hydra would hold our file against it as if it were its schema


def groups() -> dict[str, list[str]]:
    """Options of every group, both sorted; options whose name starts with an underscore are parts, not choices.

    A group inside another is named with its path, as on the command line: `ood/detector`.
    """
    known: dict[str, set[str]] = {}
    for top in conf_dirs():
        for path in top.rglob("*.yaml"):
            group = path.parent.relative_to(top).as_posix()
            if group != "." and group not in RECIPES:
                known.setdefault(group, set()).update({path.stem} if not path.stem.startswith("_") else ())
    return {group: sorted(known[group]) for group in sorted(known)}


def compose(overrides: Sequence[str] = ()) -> DictConfig:
    """The config that these overrides make, without running anything.

    Args:
        overrides: as on the command line.

    Raises:
        ConfigError: an unknown group, option or key, or a value of the wrong type at the top level.
    """
    from hydra.core.global_hydra import GlobalHydra

    words = _understood(overrides)
    if extra_dir() is not None or GlobalHydra.instance().is_initialized():
        return _by_hydra(words, hydra=False)
    try:
        if (parts := divided(words, conf_dirs())) is not None:
            config = copy.deepcopy(_of_options(parts[0], conf_dirs()))
            set_values(config, parts[1])
            return config
    except (ConfigError, HydraException, OmegaConfBaseException):
        pass  # Hydra says it of the whole
    return _by_hydra(words, hydra=False)


@functools.lru_cache(maxsize=100)
def _of_options(options: tuple[str, ...], folders: tuple[Path, ...]) -> DictConfig:
    """What options make before values are set: it takes Hydra a third of a second, and a multirun composes hundreds."""
    return _by_hydra(options, hydra=False)


def compose_sweeper(overrides: Sequence[str] = ()) -> DictConfig:
    """The node of Hydra's sweeper that these overrides make; its values may not be resolved yet.

    Args:
        overrides: as on the command line.

    Raises:
        ConfigError: as for `compose`.
    """
    sweeper = _composed(overrides).hydra.sweeper
    assert isinstance(sweeper, DictConfig)
    return sweeper


def check_package(package: str, overrides: Sequence[str], *, cfg: str) -> None:
    """Check that a config has the part that `--cfg … --package …` is to show.

    Args:
        package: path of a node, or `_global_` for all of it.
        overrides: as on the command line.
        cfg: the config that is shown: job, hydra, or all of it.

    Raises:
        ConfigError: it has no such part, or as for `compose`.
    """
    config = _composed(overrides) if cfg != "job" else compose(overrides)
    known = ["hydra"] if cfg == "hydra" else [str(key) for key in config]
    with explained(package):
        shown = package.partition(".")[0] in known and OmegaConf.select(config, package) is not None
    if package != "_global_" and not shown:
        raise ConfigError(f"--package {package}: --cfg {cfg} has no such part; {did_you_mean(package, known)}")


def _composed(overrides: Sequence[str]) -> DictConfig:
    return _by_hydra(_understood(overrides))


def _understood(overrides: Sequence[str]) -> list[str]:
    """The words as Hydra is to read them."""
    register()
    words = keep_text(overrides, conf_dirs())
    if nameless := [word for word in words if word.startswith("=")]:
        raise ConfigError(_not_understood(nameless[0]))
    refuse_typed_resolvers(words)
    refuse_taken_away(words, groups)
    refuse_pictures_as_option(words, groups)
    refuse_several_options(words, groups, parts=("aug", "experiment"))
    refuse_nothing(words, groups)
    return words


def _by_hydra(words: Sequence[str], *, hydra: bool = True) -> DictConfig:
    """The config that these words make, with Hydra's own part or without."""
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    extra = extra_dir()
    with explained():
        if GlobalHydra.instance().is_initialized():
            composed = hydra_compose(CONFIG_NAME, overrides=list(words), return_hydra_config=True)
        else:
            path = [] if extra is None else [f"hydra.searchpath=[file://{Path(extra).absolute()}]"]
            with initialize_config_dir(str(conf_dir()), version_base="1.3"):
                composed = hydra_compose(CONFIG_NAME, overrides=[*path, *words], return_hydra_config=True)
    if not hydra:
        with open_dict(composed):
            composed.pop("hydra", None)
    return composed


@contextmanager
def explained(key: str = "") -> Iterator[None]:
    """Inside, what Hydra and OmegaConf raise becomes a ConfigError that a person can act on.

    Args:
        key: the key that is being looked at, for errors that do not name it.
    """
    try:
        yield
    except Exception as error:
        if message := explanation(error, key):
            raise ConfigError(message) from error
        raise


def explanation(error: Exception, key: str = "") -> str:
    """What an error of Hydra or OmegaConf says to a person; "" for any other.

    Args:
        error: as it was raised.
        key: the key that was being looked at, for errors that do not name it.
    """
    return _explain(error, key) if isinstance(error, (HydraException, OmegaConfBaseException)) else ""


def _explain(error: Exception, key: str) -> str:
    text = str(error).strip()
    cause = str(error.__cause__ or "").strip()
    if match := re.search(r"In '([^']+)': Could not find '([^']+)'", text) or re.search(
        r"Could not find '([^']+)()'", text
    ):
        return _unknown_option(match[2] or match[1])
    if match := re.search(r"Could not override '([\w./@]+)'\.\s*No match in the defaults list", text):
        return _unused_group(match[1])
    if match := re.search(r"Could not override '(\w+/[\w/]+)'", text):
        return _unused_group(match[1])
    if match := re.search(r"Could not override '([\w.]+)'\.", text):
        within = re.search(rf"full_key: {re.escape(match[1])}\.([\w.]+)", cause)
        if within and "is not in struct" in cause:
            if OmegaConf.select(compose(), f"{match[1]}._target_"):
                return _unknown_key(f"{match[1]}.{within[1]}")
            return f"{match[1]}: has no entry {within[1]!r}; a new one is added by +{match[1]}.{within[1]}=…"
        return _wrong_value(match[1], cause) if "could not be converted" in cause else _unknown_key(match[1])
    if match := re.search(r"Value '(.*)' is not a valid bool", text):
        return f"{_full_key(text, key)}: must be true or false, got {match[1]!r}"
    if "could not be converted" in f"{text}{cause}":
        return _wrong_value(key, f"{cause}\n{text}")
    if match := re.search(r"Error merging override ([\w.]+)=(.*)", text):
        return needs_value(compose(), match[1], match[2])
    if re.search("is not a subclass of|Incompatible value|is not Optional", text):
        inner = _full_key(text, "")
        if key and inner.startswith(f"{key.rpartition('.')[2]}."):
            key = f"{key.rpartition('.')[0]}.{inner}"
        return needs_value(compose(), key or inner, next(iter(re.findall(r"value: (.*)", text)), "null"))
    if "is not a ListConfig" in text:
        return f"{key}: must be a list, as in {key}=[a,b]"
    if match := re.search(r"Ambiguous value for argument '(.*)'", text) or re.search(
        r"Sweep parameters '(.*)' requires --multirun", text
    ):
        return _several_values(match[1])
    if re.search("Error parsing override|viable alternative|mismatched input|extraneous input|Lexer", text):
        return _not_understood(str(getattr(error, "override", None) or text.splitlines()[0].rpartition(": ")[2]))
    if match := re.search(r"Could not delete from config\. '([^']+)' does not exist", text):
        return _unknown_key(match[1])
    if "Missing mandatory value" in text:
        return f"{_full_key(text, key)}: a value is needed; give {_full_key(text, key)}=…"
    if match := re.search(r"Interpolation key '(.*)' not found", text):
        return f"${{{match[1]}}} stands for the value of a key, and {_unknown_key(match[1])}"
    return text.splitlines()[0] if text else type(error).__name__


def _several_values(word: str) -> str:
    key, _, value = word.partition("=")
    entries = [entry.strip() for entry in value.split(",")]
    in_brackets = shlex.quote(f"{key}=[{','.join(entries)}]")
    listed = f"; for a list {in_brackets}" if len(entries) > 1 else ""
    return f"{word}: several values; for a training with each of them add -m{listed}; for one text {typed(key, value)}"


def _not_understood(word: str) -> str:
    key, sign, value = word.partition("=")
    if sign and re.fullmatch(r"[\w./@+~]+", key) and value:
        return f"{word}: cannot be understood; if that is text, type {typed(key, value)}"
    return f"{word}: cannot be understood; an override is GROUP=OPTION or GROUP.KEY=VALUE, without spaces"


def _full_key(text: str, key: str) -> str:
    """The key that is being looked at, else the one that OmegaConf names."""
    return key or next(iter(re.findall(r"full_key: ([\w.]+)", text)), "")


def _unknown_option(path: str) -> str:
    group, _, option = path.rpartition("/")
    known = groups()
    if group in known:
        return f"{group}={option}: no such option; {did_you_mean(option, known[group])}"
    return f"{path}: no such group; {did_you_mean(group or option, known)}"


def _unused_group(path: str) -> str:
    """A group inside another is there only with those options of the other that ask for it."""
    if path not in groups():
        near = [name for name in groups() if "/" in name] if "/" in path else []
        return f"{path}: no such group; {did_you_mean(path, near)}" if near else _unknown_key(path)
    outer = path.rpartition("/")[0]
    return f"{path}: this option of {outer} has none; leave it out, or take another {outer}"


def _unknown_key(key: str) -> str:
    """Name the nearest key at the level where the path leaves the config."""
    if key.startswith("hydra."):
        node_path = ".".join(key.split(".")[:2])
        return f"{key}: no such key; add --cfg hydra --package {node_path} to the command to see those that there are"
    base = compose()
    node: object = base
    walked: list[str] = []
    for part in key.split("."):
        if not isinstance(node, DictConfig) or part not in node:
            break
        walked.append(part)
        node = node[part]
    if len(walked) == len(key.split(".")):  # an option was chosen that has it not
        return f"{key}: no such key here; {belongs_to(key, list(groups())) or 'the option of its group has none'}"
    missing = key.split(".")[len(walked)]
    options = [str(name) for name in node if name != "_target_"] if isinstance(node, DictConfig) else []
    if not walked:
        options = sorted({*groups(), *options})
    where = f" in {'.'.join(walked)}" if walked else ""
    hint = did_you_mean(missing, options)
    if hint.startswith("(") and (near := nearest_keys(missing)):
        hint = f"did you mean {' or '.join(near)}? {hint}"
    elif hint.startswith("("):
        hint = belongs_to(key, list(groups())) or hint
    return f"{key}: no such key {missing!r}{where}; {hint}"


def _wrong_value(key: str, text: str) -> str:
    match = re.search(r"Value '(.*)' of type '\w+' could not be converted to (\w+)", text, re.DOTALL)
    path = key or next(iter(re.findall(r"full_key: ([\w.]+)", text)), "")
    names = {"Integer": "a whole number", "Float": "a number", "Boolean": "true or false"}
    return f"{path}: must be {names.get(match[2], match[2])}, got {match[1]!r}" if match else f"{path}: {text}"
