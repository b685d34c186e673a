"""`assay train`: images, training, evidence, record."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.commands.command import Command
from assay.environ import environment
from assay.errors import ConfigError
from assay.output import say, write_document

if TYPE_CHECKING:
    from omegaconf import DictConfig

FORMAT = "ASSAY_FORMAT"
"""Environment variable with the format of the training that runs, for the job that Hydra starts."""
COMMAND = Command(
    name="train",
    purpose="Train an image classifier, measure it with calibrated evidence, record it in MLflow.",
    pipeline="assay.run.train.train",
    show="assay.commands.show.train",
    examples={
        "model=efficientnet_b0 aug=mixup": "another backbone, another augmentation",
        "data=folder data.root=photos": "your own images, one folder per class",
    },
    takes_over="assay.commands.train.main",
)


def main(arguments: Sequence[str], program: str) -> None:
    """Let Hydra run the training, or the trainings of a multirun.

    Raises:
        ConfigError: the words cannot be, or a multirun is asked for one document.
    """
    from assay.commands.run_command import checked_format
    from assay.config import door

    words, output_format = _without_format(arguments)
    checked_format(output_format)
    if output_format == "text":
        door.run(job, words, program)
        return
    if any(word in ("-m", "--multirun") for word in words):
        raise ConfigError(
            f"format={output_format}: is for one training; the runs of a multirun are read with assay compare, or with "
            "assay.runs in Python"
        )
    with environment({FORMAT: output_format}):
        door.run(job, words, program)


def job(config: DictConfig) -> dict[str, float]:
    """One training of a run or a multirun; gives what a sweep may optimise."""
    from assay.commands.document import csv_text, json_text
    from assay.commands.run_command import stdout_as_stderr
    from assay.tracking.tags import JOB_VARIABLE

    started = time.monotonic()
    if label := os.environ.get(JOB_VARIABLE):
        say(label, to_stderr=True)
    if "torch" not in sys.modules:
        say("loading torch and timm …", to_stderr=True)
    from assay.run.announcement import places
    from assay.run.train import train

    output_format = os.environ.get(FORMAT, "text")
    if output_format == "text":
        outcome = train(config)
    else:
        with stdout_as_stderr():
            outcome = train(config)

    from assay.commands.show import train as shown

    seconds = time.monotonic() - started
    if output_format == "text":
        shown.show(outcome, places(), seconds)
    elif output_format == "json":
        write_document(json_text("train", shown.document(outcome, None)))
    else:
        write_document(csv_text(shown.rows(outcome, None)))
    return outcome.objectives


def _without_format(arguments: Sequence[str]) -> tuple[list[str], str]:
    """The words without `format=…`, and the format; "text" where none is asked for."""
    words, output_format = [], "text"
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word.removeprefix("--").startswith("format="):
            output_format = word.partition("=")[2]
        elif word == "--format":
            if not waiting:
                raise ConfigError("--format: a value is needed")
            output_format = waiting.pop(0)
        else:
            words.append(word)
    return words, output_format
