"""`assay train`: images, training, evidence, record."""

from __future__ import annotations

from collections.abc import Sequence

from omegaconf import DictConfig

from assay.config import door
from assay.config.targets import build
from assay.run.train import train


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name."""
    door.run(job, arguments, program)


def job(config: DictConfig) -> dict[str, float]:
    """One training of a run or a multirun; gives what a sweep may optimise."""
    outcome = train(config)

    from assay.commands.show.train import show

    show(outcome, build(config.tracking).ui_command)
    return outcome.objectives
