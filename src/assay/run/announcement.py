"""What a training says before its work, and how to go on with it when it ends before its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config import door
from assay.config.targets import build
from assay.config.tta import views_in
from assay.database.url import without_password
from assay.errors import TrainingError
from assay.output import say, single_line
from assay.program import note_way_on, training_command
from assay.run.workspace import training_device

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.tracking.run import TrackedRun

SPLITS = ("train", "val", "calib", "test")
PLACES = ("tracking", "cache=")
"""Beginnings of the overrides that a resumed run takes: where it lies."""


def announce(config: DictConfig, manifest: Manifest, run: TrackedRun) -> None:
    """Say in two lines on stderr which run this is, and what is trained on what.

    Args:
        config: of the run.
        manifest: with its splits assigned.
        run: that can be resumed by its id.
    """
    say("\n".join(announcement(config, manifest, run.run_id, run.experiment)), to_stderr=True)


def announcement(config: DictConfig, manifest: Manifest, run_id: str, experiment: str) -> tuple[str, str]:
    """The two lines: run, experiment, device, model, finetuning, epochs, seed; images, classes, splits."""
    stages = build(config.finetune).stages()
    epochs = sum(stage.epochs for stage in stages)
    most = "at most " if config.trainer.get("patience") is not None else ""
    how = str(config.finetune["_target_"]).rpartition(".")[0].rpartition(".")[2]
    views = views_in(config)
    shown = [f"mean over {len(views)} views of a picture (evaluation.tta)"] if views else []
    trained = [f"{config.model.name}, {how}", f"{most}{_counted(epochs, 'epoch')}"] if epochs else [config.model.name]
    parts = [training_device(config), *trained, *shown]
    sizes = manifest.table["split"].value_counts()
    splits = ", ".join(f"{split} {sizes[split]}" for split in SPLITS if split in sizes)
    images = f"{_counted(len(manifest.labelled), 'image')} in {_counted(len(manifest.class_names), 'class', 'es')}"
    return (
        single_line(" · ".join([f"run {run_id}", f"experiment {experiment}", *parts, f"seed {config.seed}"])),
        f"{images}: {splits}{_copies(manifest)}{_samples(config, manifest)}",
    )


def _copies(manifest: Manifest) -> str:
    """How many images are copies of one another; a group of them is called by the id of one."""
    table = manifest.labelled.table
    copies = table[table["group"].isin(table["id"]) & table["group"].duplicated(keep=False)]
    if copies.empty:
        return ""
    return f" · {len(copies)} images are copies of {_counted(copies['group'].nunique(), 'picture')}, kept together"


def _samples(config: DictConfig, manifest: Manifest) -> str:
    from assay.data.sample_range import FULL

    if manifest.samples == FULL:
        return ""
    return f" · 16-bit files: {manifest.samples} (data.range={config.data.range})"


@contextmanager
def resumable(run_id: str) -> Iterator[None]:
    """Inside, whatever ends the run before its time carries the command that goes on with it, as a note.

    A training that has diverged would diverge again.
    """
    try:
        yield
    except TrainingError:
        raise
    except BaseException as error:
        note_way_on(error, f"run {run_id[:8]}", resume_command(run_id))
        raise


def resume_command(run_id: str) -> str:
    """The command that goes on with a run, with the words that say where it lies."""
    return training_command([f"resume={run_id}", *places()])


def places() -> list[str]:
    """The words that say where runs are recorded, as they were typed for the training that is going on."""
    overrides, _ = door.typed_overrides()
    return [without_password(word) for word in overrides if word.startswith(PLACES)]


def _counted(count: int, what: str, plural: str = "s") -> str:
    return f"{count} {what}{'' if count == 1 else plural}"
