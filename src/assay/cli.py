"""The command `assay`: find the declaration, run it, turn what a person can mend into a message and a code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points

from assay.commands.catalogue import command_names, find_command
from assay.commands.run_command import run_command
from assay.database.url import without_password
from assay.errors import AssayError, ConfigError
from assay.failures import FAULT, fault_of, message_of
from assay.output import guard_logs_and_warnings, say
from assay.program import called_as, ways_on
from assay.version import __version__


def main(arguments: Sequence[str] | None = None, program: str = "") -> None:
    """Run one command and exit: 0 done, 1 failed, 2 wrong configuration, 70 a fault of the code, 130 interrupted.

    Args:
        arguments: the words after the program's name; None takes them from the command line.
        program: how the command was called, for help texts.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    guard_logs_and_warnings()
    try:
        with called_as(program):
            _dispatch(words, program)
        sys.stdout.flush()
    except AssayError as error:
        if debug:
            raise
        sys.stdout.flush()
        _say_error(f"{type(error).__name__}: {error}", error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Who reads has read enough, as `| head` does; what is still in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except KeyboardInterrupt as error:
        say("\n".join(["interrupted", *ways_on(error)]), to_stderr=True)
        sys.exit(130)
    except SystemExit as error:
        for note in ways_on(error):
            say(note, to_stderr=True)
        raise
    except Exception as error:
        if debug:
            raise
        sys.stdout.flush()
        message, code = _failure(error, words)
        _say_error(message, error)
        sys.exit(code)


def _say_error(message: str, error: Exception) -> None:
    """With what goes on, and without the password of a URL that was typed or that a library quotes."""
    say(without_password("\n".join([message, *ways_on(error)])), to_stderr=True)


def _failure(error: Exception, words: Sequence[str]) -> tuple[str, int]:
    """The message and the exit code of an error of a library, of the system, or of the code."""
    from assay.config.compose import explanation

    if explained := explanation(error):
        return f"ConfigError: {explained}", ConfigError.exit_code
    if message := message_of(error):
        return message, AssayError.exit_code
    groups = [group for group in entry_points().groups if group.startswith("assay.")]
    others = {entry.value.partition(".")[0] for group in groups for entry in entry_points(group=group)}
    return fault_of(error, words, sorted(others), clean=without_password), FAULT


def _dispatch(words: list[str], program: str) -> None:
    if not words or words[0] in ("-h", "--help", "help"):
        say(_usage())
        return
    if words[0] in ("--version", "version"):
        say(f"assay {__version__}")
        return
    name, *rest = words
    run_command(find_command(name), rest, program or f"assay {name}")


def _usage() -> str:
    commands = [find_command(name) for name in command_names()]
    wide = max(len(command.name) for command in commands)
    lines = ["assay COMMAND [GROUP=OPTION …] [GROUP.KEY=VALUE …]", ""]
    lines += [f"  {command.name:<{wide}} {command.purpose}" for command in commands]
    return "\n".join(
        [
            *lines,
            "",
            "assay COMMAND --help explains one; assay train --help lists every group and option.",
            "assay completion bash (or zsh, fish) completes all of it; assay --version says which this is.",
        ]
    )


if __name__ == "__main__":
    main()
