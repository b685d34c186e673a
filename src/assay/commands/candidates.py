"""What may come next on a command line: commands, keys, options of config groups, choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.commands.catalogue import command_names, find_command
from assay.commands.command import Command
from assay.errors import AssayError

GROUP_KEYS_OF = ("_target_", "defaults")


def candidates(before: Sequence[str], word: str) -> list[str]:
    """Words that begin like the one that is being typed, sorted.

    Args:
        before: words behind `assay` that are complete.
        word: the beginning of the next; "" for none.
    """
    if not before:
        return [name for name in command_names() if name.startswith(word)]
    try:
        command = find_command(before[0])
    except AssayError:
        return []
    last = before[-1]
    waits = last.startswith("--") and "=" not in last and last[2:] not in command.command_line.flags
    if waits and (values := _values(command, last[2:])):
        return sorted(value for value in values if value.startswith(word))
    dashes = "--" if word.startswith("--") else ""
    key, equals, _ = word.removeprefix("--").partition("=")
    if equals:
        return sorted(full for value in _values(command, key) if (full := f"{dashes}{key}={value}").startswith(word))
    return sorted(name for name in _names(command, key, dashes) if name.startswith(word))


def _names(command: Command, key: str, dashes: str) -> list[str]:
    flags = command.command_line.flags
    own = [f"{entry.key}=" for entry in command.keys if entry.key not in flags]
    own += [f"{key}=" for key in (*(entry.key for entry in command.shorthands), *command.common)]
    names = [f"{dashes}{name}" for name in own] + [f"--{flag}" for flag in (*flags, "help")]
    if dashes:
        return names
    names += list(command.passed)
    names += command.bare.choices if command.bare is not None else ()
    if "." in key:
        return [*names, *(name for name in _config_keys(key) if name.startswith(command.groups))]
    return [*names, *(f"{group}=" for group in _groups() if group.startswith(command.groups))]


def _values(command: Command, key: str) -> list[str]:
    if key == "format":
        return list(command.formats)
    for entry in command.keys:
        if entry.key == key:
            if entry.help.recipes:
                from assay.config.recipe import recipes

                return recipes(entry.help.recipes)
            return ["true", "false"] if entry.is_truth else list(entry.choices)
    return _groups().get(key, []) if key.startswith(command.groups) else []


def _groups() -> dict[str, list[str]]:
    from assay.config.compose import groups

    return groups()


def _config_keys(key: str) -> list[str]:
    """Keys `GROUP.KEY=` of the default option of a group."""
    import yaml

    from assay.config.compose import conf_dir
    from assay.config.help import default_options
    from assay.config.signature import signature_of

    group = key.partition(".")[0]
    option = default_options().get(group)
    if option is None:
        return []
    content: Any = yaml.safe_load((conf_dir() / group / f"{option}.yaml").read_text(encoding="utf-8")) or {}
    names = {str(name) for name in content if name not in GROUP_KEYS_OF}
    target = signature_of(str(content["_target_"])) if "_target_" in content else None
    return [f"{group}.{name}=" for name in sorted(names | set(target[0] if target else ()))]
