"""The teacher of a distillation: a recorded run, what it answered about the training images, and nothing else of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from omegaconf import DictConfig

from assay.config.changed import changed
from assay.config.traits import trait
from assay.errors import ConfigError
from assay.run.ensemble import check_source
from assay.run.recorded_run import RecordedRun
from assay.run.workspace import open_store

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.predictions import FloatArray


def has_teacher(config: DictConfig) -> bool:
    """Whether a config's loss learns from a recorded run."""
    return bool(trait(config.loss["_target_"], "asks_for_rows", unknown=False)) and "teacher" in config.loss


def with_teacher(config: DictConfig) -> DictConfig:
    """The config with the whole id of the teacher, so that what is recorded says which it was.

    Raises:
        TrackingError: there is no such run.
    """
    if not has_teacher(config):
        return config
    return changed(config, {"loss.teacher": open_store(config).find(str(config.loss.teacher)).run_id})


def teacher_logits(config: DictConfig, manifest: Manifest) -> FloatArray:
    """What the teacher answered about each training image, [N, C] before calibration, in manifest order.

    Its network is not asked again, and what it answered about val, calib and test is not read.

    Args:
        config: whose loss has a teacher.
        manifest: of the training.

    Raises:
        ConfigError: the run does not fit these images and their division, or has no answer about a training image.
        DataError: the run was not measured.
    """
    teacher = RecordedRun(open_store(config).find(str(config.loss.teacher)))
    check_source(teacher, manifest, "loss.teacher")
    train, answers = manifest.only("train"), teacher.predictions("train")
    rows = {image: row for row, image in enumerate(answers.ids.tolist())}
    unknown = [index for index, image in enumerate(train.ids.tolist()) if image not in rows]
    if unknown:
        raise ConfigError(
            f"loss.teacher: run {teacher.run_id} was not trained on {len(unknown)} of the {len(train)} training images "
            f"here (e.g. {train.paths[unknown[0]]}), so nothing is recorded that it answered about them; take a "
            "teacher that was trained on the same images, or leave those out that it does not know"
        )
    return answers.logits[np.array([rows[image] for image in train.ids.tolist()])]


def note_on(config: DictConfig) -> str:
    """What a reader of the run has to know."""
    return (
        f"Distilled from run {str(config.loss.teacher)[:8]} (weight {config.loss.weight:g}, temperature "
        f"{config.loss.temperature:g}), by what that run answered about the training images as they are; images of "
        "val, calib and test are new to both."
    )
