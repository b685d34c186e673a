"""Run one command: parse its words, let its pipeline work, show the result as text, JSON or CSV."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout

from assay.commands.command import FORMATS, JSONL, Command, function_named
from assay.commands.command_line import MARKS
from assay.commands.document import csv_text, json_text, jsonl_text
from assay.errors import ConfigError, did_you_mean
from assay.output import say, write_document
from assay.program import called_with

NAMES_DATA = ("data=", "data.", "experiment=")
"""Beginnings of the words after which a person knows which dataset is meant."""


def run_command(command: Command, words: Sequence[str], program: str) -> None:
    """Run it.

    Args:
        command: its declaration.
        words: behind its name.
        program: how it was called, for the help.

    Raises:
        AssayError: the words cannot be, or the pipeline failed.
        SystemExit: the result has an exit code of its own.
    """
    if command.takes_over:
        function_named(command.takes_over)(words, program)
        return
    if any(word in ("-h", "--help") for word in words) or (command.empty_is_help and not words):
        from assay.commands.help import help_text

        say(help_text(command, program))
        return
    parsed = command.command_line.parse(words)
    output_format = checked_format(parsed.typed.get("format", "text"), command.formats)
    with options_of_ones_own(parsed.typed.get("config-dir")), called_with(command.name, words):
        arguments = command.read(parsed)
        parsed.check_destinations(next((part for part in arguments if isinstance(part, Mapping)), None))
        if command.on_dataset and not any(word.lstrip(MARKS).startswith(NAMES_DATA) for word in parsed.rest):
            say(taken_dataset(), to_stderr=True)
        if output_format == "text":
            result = function_named(command.pipeline)(*arguments)
        else:
            with stdout_as_stderr():
                result = function_named(command.pipeline)(*arguments)
    show = importlib.import_module(command.show)
    request = arguments[0]
    if output_format == "text":
        show.text(result, request)
    elif output_format == "json":
        write_document(json_text(command.name, show.document(result, request)))
    elif output_format == JSONL:
        write_document(jsonl_text(show.lines(result, request)))
    else:
        write_document(csv_text(show.rows(result, request)))
    if hasattr(show, "ending"):
        sys.stdout.flush()
        show.ending(result, request)


def taken_dataset() -> str:
    """Which dataset is taken where no word names one, and how to name another."""
    from assay.config.help import default_options, described

    option = default_options()["data"]
    what = described("data", option).partition("; ")[0]
    return f"no data= was typed, so this is data={option}: {what}; for your own images, data=folder data.root=DIR"


def checked_format(text: str, known: Sequence[str] = FORMATS) -> str:
    """The format that is asked for.

    Raises:
        ConfigError: there is no such format.
    """
    if text not in known:
        raise ConfigError(f"format={text}: no such format; {did_you_mean(text, known)}")
    return text


@contextmanager
def options_of_ones_own(folder: str | None) -> Iterator[None]:
    """Inside, the options of a folder are known too; None for none.

    Raises:
        ConfigError: there is no such folder.
    """
    if folder is None:
        yield
        return
    from assay.config.compose import looking_in
    from assay.config.hydra_flags import check_config_dir

    check_config_dir(folder)
    with looking_in(folder):
        yield


@contextmanager
def stdout_as_stderr() -> Iterator[None]:
    """Inside, what anything prints, native code included, goes to stderr, so that stdout holds the document alone."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
