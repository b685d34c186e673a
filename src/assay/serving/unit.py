"""The systemd unit of a service: the command that was typed, from its folder, with the rights that it needs."""

from __future__ import annotations

import getpass
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from omegaconf import DictConfig

from assay.database.url import sqlite_file
from assay.run.workspace import cache_folder
from assay.serving.places import kept_folder, store_url
from assay.serving.settings import ServeRequest

BELOW = 1024
"""Ports below need a capability."""
SECONDS_TO_CLOSE = 15


@dataclass(frozen=True)
class Unit:
    """A unit, to be written where systemd looks.

    Attributes:
        text: of the file.
    """

    text: str


def systemd_unit(request: ServeRequest, config: DictConfig, words: Sequence[str]) -> Unit:
    """The unit that starts this service.

    Args:
        request: what was asked for.
        config: where runs are recorded.
        words: behind `assay serve`, as they were typed.
    """
    words = [word for word in words if not re.match(r"(--)?unit=", word)]
    bound = "CAP_NET_BIND_SERVICE" if request.port < BELOW else ""
    values = {
        "command": shlex.join(["assay", "serve", *words]).replace("\n", " "),
        "start": " ".join(map(quoted, [*_program(), "serve", *words])),
        "folder": _path(Path.cwd()),
        "user": getpass.getuser(),
        "stop": str(int(request.drain_seconds) + SECONDS_TO_CLOSE),
        "capabilities": bound,
        "writable": " ".join(f"-{quoted(str(place))}" for place in _writable(request, config)),
    }
    return Unit(Template(files("assay.serving").joinpath("assay.service").read_text("utf-8")).substitute(values))


def quoted(word: str) -> str:
    """A word of a command as systemd reads it: % and $ stand for themselves, and so does what would end a word."""
    word = word.replace("%", "%%").replace("$", "$$")
    if re.fullmatch(r"[\w@%+=:,./$\[\]{}~^-]+", word, re.ASCII) and word[0] not in "@-:+!":
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _path(path: Path) -> str:
    return str(path).replace("%", "%%")


def _program() -> list[str]:
    installed = Path(sys.executable).with_name("assay")
    return [str(installed)] if installed.exists() else [sys.executable, "-c", "from assay.cli import main; main()"]


def _writable(request: ServeRequest, config: DictConfig) -> list[Path]:
    """Folders that the service writes into: runs, its database, pictures that are kept, and what can be made again."""
    url = store_url(config, request.store)
    file = sqlite_file(url)
    places = [Path(config.tracking.work).expanduser().parent, kept_folder(url, request.kept), cache_folder(config)]
    absolute = [place.absolute() for place in (*places, *([file.parent] if file is not None else []))]
    outer = [place for place in absolute if not any(other in place.parents for other in absolute)]
    return list(dict.fromkeys(outer))
