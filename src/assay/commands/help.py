"""The help of a command, made from its declaration: for the terminal, and for the reference."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from assay.commands.command import Command
from assay.config.request import RequestKey

WIDTH = 120


def help_text(command: Command, program: str) -> str:
    """The page for a terminal.

    Args:
        command: its declaration.
        program: how it was called.
    """
    lines = [command.purpose, "", *usage(command, program)]
    lines += [""] if command.examples else []
    for words, what in command.examples.items():
        lines += [f"  {program} {words}".rstrip()]
        lines += textwrap.wrap(what, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
    lines += ["", *_described(key_lines(command))]
    if command.groups != ("",):
        lines += ["", f"Of the config: {', '.join(command.groups)}. No others, because {command.because}."]
    else:
        lines += [
            "",
            "Every group and key of the config; assay train --help lists groups, assay train --help GROUP its keys.",
        ]
    for group, title in command.lists.items():
        lines += ["", f"{title}{_star(group)}:", *_options(group)]
    return "\n".join([*lines, *(["", *command.notes] if command.notes else [])])


def usage(command: Command, program: str) -> list[str]:
    """How it is called; keys that are needed first."""
    needed = [f"{key.key}={key.help.shown}" for key in command.keys if key.required]
    own = [f"[{_typed(key)}]" for key in command.keys if not key.required]
    passed = [f"[{start}KEY=VALUE …]" for start in command.passed]
    short = [f"[{entry.key}=…]" for entry in command.shorthands]
    bare = [command.bare.shown] if command.bare and command.bare.shown else []
    common = {"format": "|".join(command.formats), "config-dir": "DIR"}
    words = [*bare, *needed, *passed, *short, *own, *(f"[{key}={common[key]}]" for key in command.common)]
    first = f"{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] "
    return textwrap.wrap(
        first + " ".join(words), WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


def key_lines(command: Command) -> dict[str, str]:
    """Key -> what it is for, with its choices and its default."""
    lines = {f"--{key.key}" if _is_flag(key) else key.key: describe_key(key) for key in command.keys}
    lines |= {f"{start}KEY": what for start, what in command.passed.items()}
    lines |= {entry.key: entry.text for entry in command.shorthands}
    return {**lines, **command.common}


def describe_key(key: RequestKey) -> str:
    """What a key is for, with its choices and its default."""
    parts = [key.help.text]
    if key.choices and not all(choice in key.help.text for choice in key.choices):
        parts.append(f"{', '.join(key.choices[:-1])} or {key.choices[-1]}")
    if not key.required and key.default not in (None, "", (), [], False):
        parts.append(f"{_written(key.default)} by default")
    return "; ".join(parts)


def _written(default: Any) -> str:
    if isinstance(default, (tuple, list)):
        return f"[{','.join(map(str, default))}]"
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


def _is_flag(key: RequestKey) -> bool:
    return key.is_truth and key.default is False and len(key.path) == 1


def _typed(key: RequestKey) -> str:
    return f"--{key.key}" if _is_flag(key) else f"{key.key}={key.help.shown}"


def _described(lines: dict[str, str]) -> list[str]:
    wide = max(map(len, lines)) + 2
    return [
        line
        for key, what in lines.items()
        for line in textwrap.wrap(f"{key:<{wide}}{what}", WIDTH, subsequent_indent=" " * wide, break_on_hyphens=False)
    ]


def _star(group: str) -> str:
    return f" ({group}=…, * is the default)" if group in _groups() else f" ({group}=NAME, or the path of a YAML file)"


def _groups() -> dict[str, list[str]]:
    from assay.config.compose import groups

    return groups()


def _options(group: str) -> Sequence[str]:
    from assay.config.help import default_options, described
    from assay.config.recipe import recipes

    known = _groups()
    default = default_options().get(group) if group in known else None
    options = known[group] if group in known else recipes(group)
    wide = max(map(len, options)) + 1
    return [
        f"  {'*' if option == default else ' '} {option:<{wide}} {described(group, option)}".rstrip()
        for option in options
    ]
