"""A config that came with something: values alone, of which nothing is built that this version offers no option for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from assay.config.check import check
from assay.config.interpolations import refuse_signs
from assay.config.kinds import is_offered
from assay.config.plugins import plugin_of
from assay.config.targets import present_name
from assay.errors import ConfigError


def read_recorded(file: Path) -> DictConfig:
    """The config that a run left, checked against the classes of today.

    Args:
        file: `config.yaml`, which anyone may have written since.

    Raises:
        ConfigError: it cannot be read, holds anything but values, or names what this version has no option for.
    """
    try:
        config = OmegaConf.load(file)
        if not isinstance(config, DictConfig):
            raise ConfigError(f"{file}: must hold keys and values")
        values = OmegaConf.to_container(config, resolve=False)
    except (OSError, ValueError, RecursionError, OmegaConfBaseException, _yaml_error()) as error:
        raise ConfigError(f"{file}: cannot be read as a config: {str(error).splitlines()[0]}") from error
    try:
        refuse_signs(values)
        check(config)
        refuse_unoffered(OmegaConf.to_container(config, resolve=True))
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:  # a part that every run has is missing, or another thing
        raise ConfigError(f"{file}: this is not the config of a run: {error}") from error
    return config


def refuse_unoffered(values: Any, path: str = "", *, typed: Iterable[str] = (), anywhere: bool = False) -> None:
    """Refuse what came along and names a class that no option of this version names at that place.

    Args:
        values: plain.
        path: where they stand.
        typed: words of the person who gives the command, who may name what else is allowed.
        anywhere: whether an option for any place will do, because a class of a plug-in takes what it likes.

    Raises:
        ConfigError: the first such class.
    """
    if isinstance(values, dict):
        target = str(values.get("_target_", ""))
        if target and plugin_of(target) is not None:
            anywhere = True
        elif target and not (is_offered(present_name(target), path, anywhere=anywhere) or _names(typed, target)):
            raise ConfigError(
                f"{path}._target_: {target} is no option of this version, and what came in a file builds nothing "
                f"else; if it is yours, name it in an option, DIR/{path.partition('.')[0]}/NAME.yaml, and add "
                "--config-dir DIR"
            )
        for key, value in values.items():
            refuse_unoffered(value, f"{path}.{key}" if path else str(key), typed=typed, anywhere=anywhere)
    elif isinstance(values, list):
        for entry in values:
            refuse_unoffered(entry, path, typed=typed, anywhere=anywhere)


def _names(words: Iterable[str], target: str) -> bool:
    return any(re.search(rf"(?<![\w.]){re.escape(target)}(?![\w.])", word) for word in words)


def _yaml_error() -> type[Exception]:
    import yaml

    return yaml.YAMLError
