"""Text on its way to a person's terminal: what comes from data is shown, never obeyed."""

from __future__ import annotations

import logging
import sys
import unicodedata
import warnings

KEPT = frozenset("\n\t")
INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories of what a terminal obeys or hides: controls, bidirectional marks, halves of surrogate pairs."""
JOINERS = frozenset("\u200c\u200d")
"""Part of ordinary words and emoji in many scripts."""


def visible(text: str) -> str:
    r"""A text in which control and direction characters are written out, as `\x1b`, `\u202e`.

    Line ends and tabs stay, and so do the joiners that some scripts and emoji need.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def single_line(text: str) -> str:
    r"""The same for one line of a table or a message: line ends and tabs are written out as well, as `\n`, `\t`."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def say(text: str = "", *, to_stderr: bool = False, end: str = "\n") -> None:
    """Print at once, with nothing in it that a terminal obeys.

    Args:
        text: may hold names, paths and messages of others.
        to_stderr: for progress and warnings, so that stdout holds results alone.
        end: what follows the text.
    """
    stream = sys.stderr if to_stderr else sys.stdout
    encoding = stream.encoding or "utf-8"
    # A terminal of another alphabet shows what it can; it must not end a training.
    shown = (visible(text) + end).encode(encoding, "backslashreplace").decode(encoding)
    print(shown, file=stream, end="", flush=True)


def write_document(text: str) -> None:
    """Print JSON or CSV: as it is where a program reads it, visible where a person's terminal does."""
    if sys.stdout.isatty():
        say(text.rstrip("\n"))
    else:
        print(text, end="" if text.endswith("\n") else "\n", flush=True)


def guard_logs_and_warnings() -> None:
    """From now on, records of every logger and all warnings of this process are shown the same way."""
    logging.setLogRecordFactory(_VisibleRecord)
    warnings.formatwarning = _visible_warning


class _VisibleRecord(logging.LogRecord):
    def getMessage(self) -> str:  # noqa: N802 (the name is logging's)
        return visible(super().getMessage())


_formatted = warnings.formatwarning


def _visible_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    return visible(_formatted(message, category, filename, lineno, line))


def _shown(character: str) -> str:
    if character in KEPT or character in JOINERS or unicodedata.category(character) not in INVISIBLE:
        return character
    point = ord(character)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
