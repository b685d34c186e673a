"""The reference of all commands, `docs/reference/commands.md`, made from their declarations by `make reference`."""

from __future__ import annotations

from pathlib import Path

from assay.commands.catalogue import NAMES, find_command
from assay.commands.command import Command
from assay.commands.help import key_lines, usage

PAGE = Path("docs/reference/commands.md")
HEAD = """# Commands

Made from the declarations in `src/assay/commands/` by `make reference`; `assay COMMAND --help` shows the same.

A key is written `key=value`, `--key=value` or `--key value`. Exit codes: 0 done, 1 failed, 2 wrong configuration, 70 a
fault of the code, whose traceback is kept in a file, 130 interrupted. `format=json` prints one document (`schema`,
`version`, then values; no number that JSON does not know), `format=csv` the main table; progress and warnings go to
stderr. `assay completion bash` (or `zsh`, `fish`) prints what completes commands, keys and options in a shell."""


def reference() -> str:
    """All commands of Assay as Markdown, in the order of `assay --help`; those of plug-ins are not among them."""
    commands = [find_command(name) for name in NAMES]
    index = [f"- [`assay {command.name}`](#assay-{command.name}): {command.purpose}" for command in commands]
    return "\n\n".join([HEAD, "\n".join(index), *map(section, commands)]) + "\n"


def section(command: Command) -> str:
    """One command: what it is for, how it is called, examples, keys."""
    program = f"assay {command.name}"
    parts = [f"## {program}", command.purpose, _code(usage(command, program))]
    if command.examples:
        examples = [_example(program, typed, what) for typed, what in command.examples.items()]
        parts.append(_code([line for lines in examples for line in lines]))
    rows = [f"| `{key}` | {_cell(what)} |" for key, what in key_lines(command).items()]
    parts.append("\n".join(["| key | what it is for |", "| --- | --- |", *rows]))
    if command.groups == ("",):
        parts.append(
            "Every group and key of the config; `assay train --help` lists groups, `assay train --help GROUP` its keys."
        )
    elif command.groups:
        named = ", ".join(f"`{group}`" for group in command.groups)
        parts.append(f"Of the config: {named}. No others, because {command.because}.")
    return "\n\n".join([*parts, *(["\n".join(f"- {note}" for note in command.notes)] if command.notes else [])])


def _example(program: str, typed: str, what: str) -> list[str]:
    return [f"# {what}", f"{program} {typed}".rstrip()]


def _code(lines: list[str]) -> str:
    return "\n".join(["```bash", *lines, "```"])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
