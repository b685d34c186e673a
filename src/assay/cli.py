"""The command `assay`: find the task, run it, and turn what a person can mend into one message and an exit code."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Sequence

from assay.errors import AssayError, ConfigError, did_you_mean

COMMANDS = {
    "train": "train a classifier, measure it, record it",
    "embed": "fill the embedding store for a dataset, or check it",
    "audit": "say what is in a dataset",
    "preview": "show what augmentation makes of the training images",
    "fidelity": "hold generated images against real ones: distances, copies, shortcuts",
    "explain": "show where a trained model looks, and check that the maps mean something",
    "study": "train variants over seeds or folds, and say what is established between them",
    "compare": "compare runs on the same test images: what is established, and what is not",
    "exposr": "real against generated, each generator left out in turn",
    "decide": "choose a variant of a study by criteria, quality and cost",
    "export": "pack a run's model as a bundle, in the forms that it is served in",
    "bench": "measure what a bundle costs to run: latency, throughput, cold start, memory",
    "promote": "judge a run by a gate, and make it champion when every check holds",
    "rollback": "make a version champion again that once was let through",
    "history": "show what was judged, promoted and rolled back, and verify that nobody touched it",
    "models": "show the versions of registered models: aliases, metrics, verdicts",
}


def main(arguments: Sequence[str] | None = None, program: str = "") -> None:
    """Run one command and exit: 0 done, 1 failed, 2 wrong configuration, 130 interrupted.

    Args:
        arguments: the words after the program's name; None takes them from the command line.
        program: how the command was called, for help texts.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        _dispatch(words, program)
        sys.stdout.flush()
    except AssayError as error:
        if debug:
            raise
        sys.stdout.flush()
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Who reads has read enough, as `| head` does; what is still in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except OSError as error:
        place = error.filename2 or error.filename
        if debug or place is None:
            raise
        sys.stdout.flush()
        print(
            f"{type(error).__name__}: {place}: {error.strerror}; mend that, or name another place (--debug says where)",
            file=sys.stderr,
        )
        sys.exit(AssayError.exit_code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def _dispatch(words: list[str], program: str) -> None:
    if not words or words[0] in ("-h", "--help", "help"):
        print(_usage())
        return
    command, *rest = words
    if command not in COMMANDS:
        raise ConfigError(f"{command}: no such command; {did_you_mean(command, COMMANDS)}")
    task = importlib.import_module(f"assay.commands.{command}")
    task.main(rest, program or f"assay {command}")


def _usage() -> str:
    lines = ["assay COMMAND [GROUP=OPTION …] [GROUP.KEY=VALUE …]", ""]
    lines += [f"  {name:<8} {what}" for name, what in COMMANDS.items()]
    return "\n".join([*lines, "", "assay train --help lists every group and option."])
