"""`assay exposr`: leave each generator out in turn, train on the others, and gather how well it is told."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from assay.config.values import listed
from assay.config.words import MARKS, Words
from assay.errors import ConfigError
from assay.studies.left_out.request import LeftOutRequest
from assay.studies.left_out.study import exposr

WORDS = Words(own=("generators", "name", "output"), taken=("",))
FIXED = "experiment=exposr"
HELP = """Real against generated: leave each generator out in turn, train on the others, and say how well it is told.

{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] data.root=DIR [generators=NAME,…] [name=…] [output=DIR]

data.root    folder with real/ and generated/<generator>/; or data=table data.path=FILE with the column generator
generators   those to leave out, one training each; without it all of them
name         of folder and parent run, exposr without it
output       folder for index.html and exposr.csv

Everything else goes to every training, on top of experiment=exposr: seed=1 aug=robust data.normalise_files=true …
A run of the same config, images and seed is reused, never repeated; the same command goes on after a kill.
The file-only classifier runs beside each training: above AUROC 0.6 the scores are not to be believed."""


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name."""
    if not arguments or any(word in ("-h", "--help") for word in arguments):
        print(HELP.format(program=program))
        return
    folder, found = exposr(parse_exposr(arguments))

    from assay.commands.show.exposr import show

    show(folder, found)


def parse_exposr(arguments: Sequence[str]) -> LeftOutRequest:
    """The command's own words apart from those for the trainings.

    Raises:
        ConfigError: a word cannot be understood, or is set by the command itself.
    """
    parted = WORDS.part(arguments)
    own, words = parted.own, parted.rest
    for word in words:
        key, _, value = word.lstrip(MARKS).partition("=")
        if key == "data.holdout_generator":
            raise ConfigError(f"{word}: the command sets this itself; use generators={value}")
    return LeftOutRequest(
        words=words if any(word.startswith("experiment=") for word in words) else (FIXED, *words),
        generators=listed(own.get("generators", "")),
        name=own.get("name", "exposr"),
        output=own.get("output", ""),
        command=shlex.join(["assay", "exposr", *arguments]),
    )
