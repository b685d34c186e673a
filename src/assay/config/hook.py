"""A function that a person wrote for a sweep and named themselves: `FILE.py:FUNCTION` or `package.module:FUNCTION`."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from assay.config.targets import present_name
from assay.errors import ConfigError, did_you_mean

Hook = Callable[[Any, Any], Any]


def load_hook(setting: str, name: str) -> Hook:
    """The function that a setting names.

    This runs code, and the allow-list of `_target_` does not apply to it. It may only be given a name that a person
    typed, or wrote into a YAML file of their own, or that comes with Assay; never one from a config that came with a
    model.

    Args:
        setting: the key, for messages.
        name: `FILE.py:FUNCTION`, the file seen from the working directory, or `package.module:FUNCTION`.

    Raises:
        ConfigError: there is no such file, module or function, it cannot be imported, or it does not take
            `(point, draw)`.
    """
    module_name, _, function = name.rpartition(":")
    if not module_name or not function.isidentifier():
        raise ConfigError(f"{setting}={name}: must be FILE.py:FUNCTION or package.module:FUNCTION")
    try:
        file = Path(module_name).expanduser() if module_name.endswith(".py") else None
        module = importlib.import_module(present_name(module_name)) if file is None else _from_file(setting, name, file)
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(f"{setting}={name}: cannot be imported: {describe_error(error)}") from error
    hook = vars(module).get(function)
    if not callable(hook):
        known = [key for key, value in vars(module).items() if inspect.isfunction(value) and not key.startswith("_")]
        raise ConfigError(f"{setting}={name}: no such function in {module_name}; {did_you_mean(function, known)}")
    try:
        inspect.signature(hook).bind(None, None)
    except TypeError as error:
        raise ConfigError(f"{setting}={name}: must take two arguments, (point, draw): {error}") from error
    return hook


def describe_error(error: BaseException) -> str:
    """Kind, text and place of an error in a person's own code."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({Path(last[0].filename).name}, line {last[0].lineno})" if last else ""
    return f"{type(error).__name__}: {error}{where}"


def _from_file(setting: str, name: str, path: Path) -> ModuleType:
    if not path.is_file():
        raise ConfigError(f"{setting}={name}: there is no file {path}, seen from {Path.cwd()}")
    spec = importlib.util.spec_from_file_location(f"assay_hook_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pickles look their module up there
    spec.loader.exec_module(module)
    return module
