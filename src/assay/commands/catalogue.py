"""The commands that there are: those of Assay, one line each, and those of installed packages."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points

from assay.commands.command import Command
from assay.errors import ConfigError, did_you_mean

NAMES = (
    "train",
    "embed",
    "collect",
    "audit",
    "data",
    "preview",
    "fidelity",
    "explain",
    "study",
    "compare",
    "exposr",
    "decide",
    "export",
    "bench",
    "promote",
    "rollback",
    "history",
    "models",
    "card",
    "classify",
    "serve",
    "keys",
    "review",
    "audit-trail",
    "privacy",
    "experiment",
    "watch",
    "retrain",
    "backup",
    "migrate",
    "runs",
    "report",
    "ui",
    "clean",
    "doctor",
    "completion",
)
"""A command NAME is declared as `COMMAND` in `assay.commands.NAME`; the order is that of `assay --help`."""
GROUP = "assay.commands"
"""Entry points of packages with commands of their own: `NAME = "package.module:COMMAND"`."""


def command_names() -> tuple[str, ...]:
    """Names of all commands, those of Assay first."""
    return (*NAMES, *sorted({entry.name for entry in entry_points(group=GROUP)} - set(NAMES)))


def find_command(name: str) -> Command:
    """The declaration of a command.

    Raises:
        ConfigError: there is none of this name, or a package gives something else than a declaration.
    """
    if name in NAMES:
        command = importlib.import_module(f"assay.commands.{name.replace('-', '_')}").COMMAND
    else:
        entries = [entry for entry in entry_points(group=GROUP) if entry.name == name]
        if not entries:
            raise ConfigError(f"{name}: no such command; {did_you_mean(name, command_names())}")
        command = entries[0].load()
    if not isinstance(command, Command):
        raise ConfigError(f"{name}: its package gives no assay.commands.command.Command, but {command!r}")
    return command
