"""The door for commands that take a config: every job is composed and checked before the first one starts."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from omegaconf import DictConfig, OmegaConf

from assay.config.check import check
from assay.config.compose import (
    CONFIG_NAME,
    check_package,
    compose,
    conf_dir,
    conf_dirs,
    explained,
    looking_in,
    register,
)
from assay.config.help import help_text
from assay.config.hydra_flags import flag_parser, parse_flags
from assay.config.key_help import group_help, is_described
from assay.config.searched import check_any, search_of
from assay.config.text_options import keep_text
from assay.output import say

_typed: ContextVar[tuple[str, ...] | None] = ContextVar("typed", default=None)


def run(task: Callable[[DictConfig], Any], arguments: Sequence[str], program: str) -> None:
    """Let Hydra run a task, once or for each job of a multirun.

    Args:
        task: called with the composed config; importable by name, so that launchers can send it elsewhere.
        arguments: overrides and Hydra's flags.
        program: how the command was called.

    Raises:
        ConfigError: any job's config cannot work; none has started then.
    """
    from hydra import version
    from hydra._internal.utils import _run_hydra

    parsed = parse_flags(arguments)
    if parsed.help:
        with looking_in(parsed.config_dir):
            asked = [word for word in parsed.overrides if "=" not in word or is_described(word)]
            say("\n\n".join(map(group_help, asked)) if asked else help_text(program))
        return
    register()
    with looking_in(parsed.config_dir), explained():
        parsed.overrides = keep_text(parsed.overrides, conf_dirs())
        if parsed.cfg and parsed.package:
            check_package(parsed.package, parsed.overrides, cfg=parsed.cfg)
        if not (parsed.cfg or parsed.info or parsed.hydra_help or parsed.shell_completion):
            search = search_of(parsed.overrides, multirun=parsed.multirun)
            if search is not None:
                check_any(parsed.overrides, search)
            else:
                for overrides in _jobs(parsed.overrides, multirun=parsed.multirun):
                    check(compose(overrides))
        os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come to us instead of being printed by Hydra
        sys.argv = [program, *arguments]
        version.setbase("1.3")
        refused: list[Exception] = []
        with _hydras_config_as_before():
            # What hydra.main calls, behind a parser of its own that Python 3.14 refuses.
            _run_hydra(
                args=parsed,
                args_parser=flag_parser(),
                task_function=task if parsed.multirun else _aside(task, refused),
                config_path=str(conf_dir()),
                config_name=CONFIG_NAME,
            )
        if refused:
            raise refused[0]


@contextmanager
def _hydras_config_as_before() -> Iterator[None]:
    """Hydra keeps the config that it has shown, and who trains in this process later would seem to have typed it."""
    from hydra.core.hydra_config import HydraConfig

    kept = HydraConfig.instance()
    before = kept.cfg
    try:
        yield
    finally:
        kept.cfg = before


def _aside(task: Callable[[DictConfig], Any], refused: list[Exception]) -> Callable[[DictConfig], Any]:
    """The task, whose refusals are put aside: Hydra would print a line of its own before the one that helps."""

    @functools.wraps(task)
    def run_task(config: DictConfig) -> Any:
        try:
            return task(config)
        except Exception as error:
            refused.append(error)
            return None

    return run_task


def _jobs(overrides: Sequence[str], *, multirun: bool) -> list[list[str]]:
    """Overrides of each job; a sweep that only its sweeper can expand gives its fixed overrides."""
    if not multirun:
        return [list(overrides)]
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    parsed = [entry for entry in OverridesParser.create().parse_overrides(list(overrides)) if not _of_hydra(entry)]
    try:
        return [job for batch in BasicSweeper.split_arguments(parsed, None) for job in batch]
    except HydraException:
        return [[entry.input_line or "" for entry in parsed if not entry.is_sweep_override()]]


def _of_hydra(override: Any) -> bool:
    return str(override.key_or_group).startswith("hydra")


def typed_overrides() -> tuple[list[str], str | None]:
    """What the person typed for the job that is running, and the folder of its sweep; None outside a multirun."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    if (words := _typed.get()) is not None:
        return list(words), None
    if not HydraConfig.initialized():
        return [], None
    hydra = HydraConfig.get()
    return list(hydra.overrides.task), str(hydra.sweep.dir) if hydra.mode == RunMode.MULTIRUN else None


@contextmanager
def typed_as(overrides: Sequence[str]) -> Iterator[None]:
    """Inside, `typed_overrides` gives these, for a training that another command starts."""
    token = _typed.set(tuple(overrides))
    try:
        yield
    finally:
        _typed.reset(token)


def plain(config: DictConfig) -> dict[str, Any]:
    """A composed config as plain, resolved values, without Hydra's own part."""
    values = OmegaConf.to_container(config, resolve=True)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items() if key != "hydra"}
