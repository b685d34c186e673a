"""A run that learns from what another answered about the training images, and from no other image."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from assay.augment.minority import Policies
from assay.config.compose import compose
from assay.data.preprocessing import Preprocessing
from assay.data.sampler.shuffle import Shuffle
from assay.errors import ConfigError
from assay.predictions import Predictions
from assay.run.loaders import LoaderSource
from assay.run.teacher import teacher_logits, with_teacher
from assay.run.train import train
from assay.run.training_images import load_manifest
from finished import TINY, Finished

pytestmark = pytest.mark.slow


@pytest.fixture
def words(finished_run: Finished, photos: Path) -> list[str]:
    run = finished_run.run_id[:8]
    return [*TINY, f"data.root={photos}", *finished_run.store, "loss=distill", f"loss.teacher={run}"]


def recorded(run: Finished, split: str) -> Predictions:
    return Predictions.load(run.folder / "predictions" / f"{split}.parquet")


def test_the_teacher_says_what_was_recorded_of_it_about_each_training_image(
    words: list[str], finished_run: Finished
) -> None:
    config = with_teacher(compose(words))
    assert config.loss.teacher == finished_run.run_id
    manifest = load_manifest(config)
    order = np.random.default_rng(0).permutation(len(manifest))
    mixed = replace(manifest, table=manifest.table.iloc[order].reset_index(drop=True))
    answers = recorded(finished_run, "train")
    by_id = dict(zip(answers.ids.tolist(), answers.logits, strict=True))
    for each in (manifest, mixed):
        expected = np.stack([by_id[image] for image in each.only("train").ids.tolist()])
        np.testing.assert_array_equal(teacher_logits(config, each), expected)


def test_a_batch_carries_rows_by_which_the_answers_are_found(words: list[str]) -> None:
    manifest = load_manifest(compose(words))
    train_images, val = manifest.only("train"), manifest.only("val")
    source = LoaderSource(train_images, val, Preprocessing(32), Policies(None), 16, 0, rows=True)
    config = compose([*words, "trainer.workers=0"])
    loaders = source.images(config, Shuffle(train_images.labels, seed=0))
    rows = torch.cat([targets for _, targets in loaders[0]])
    assert sorted(rows.tolist()) == list(range(len(train_images)))
    assert torch.cat([labels for _, labels in loaders[1]]).tolist() == val.labels.tolist()


def test_a_student_is_a_run_that_says_whom_it_learned_from(
    words: list[str], finished_run: Finished, tmp_path: Path
) -> None:
    copied = finished_run.copied(tmp_path)
    general = [word for word in words if not word.startswith("tracking.")]
    outcome = train(compose([*general, *copied.store, "finetune.epochs=1", "aug=standard"]))
    assert outcome.evidence is not None
    assert any(finished_run.run_id[:8] in note for note in outcome.evidence.notes)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["data.split_seed=5"], "was trained on .* of the .* test images here.*data.division="),
        (["data.holdout_class=onyx"], "knows the classes amber, jade, onyx"),
    ],
)
def test_a_teacher_that_has_seen_other_images_is_refused(words: list[str], more: list[str], message: str) -> None:
    config = with_teacher(compose([*words, *more]))
    manifest = load_manifest(config)
    with pytest.raises(ConfigError, match=message):
        teacher_logits(config, manifest)
