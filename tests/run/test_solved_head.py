"""Heads that are solved at once, through the whole job."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mlflow import MlflowClient

from assay.config.compose import compose
from assay.models.head import LinearHead
from assay.models.knn_head import KnnHead
from assay.models.saved_head import head_from_state
from assay.run.train import Outcome, train

SMALL = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.image_size=48", "evaluation=val", "ood=none"]


@pytest.fixture
def folder(tmp_path: Path, store_in: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return store_in(tmp_path / "mlruns")


def run(images: Path, *words: str) -> Outcome:
    return train(compose([*SMALL, *words, f"data.root={images}"]))


def test_neighbours_are_the_views_of_the_training_images_with_the_draws_of_the_sampler_as_weights(
    photos: Path, folder: Path
) -> None:
    outcome = run(photos, "head=knn", "aug=standard", "finetune.views=2", "sampler=weighted")
    head = outcome.predictor.network.head
    assert isinstance(head, KnnHead)
    params = MlflowClient(f"sqlite:///{folder}/mlflow.db").get_run(outcome.run_id).data.params
    assert params["head.k"] == "20"
    per_class = head.votes.detach().sum(0)
    torch.testing.assert_close(per_class, per_class.mean().expand(3))
    assert len(head.bank) % 3 == 0
    assert not torch.equal(head.bank[: len(head.bank) // 3], head.bank[len(head.bank) // 3 : 2 * len(head.bank) // 3])
    assert outcome.objectives["val/loss"] > 0


def test_a_regression_is_recorded_as_one_epoch_and_answers_as_a_linear_layer(photos: Path, folder: Path) -> None:
    outcome = run(photos, "head=logistic")
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    assert [point.step for point in client.get_metric_history(outcome.run_id, "val/loss")] == [0]
    head = outcome.predictor.network.head
    linear = head_from_state(head.state(), head.embedding_dim, head.classes)
    assert type(linear) is LinearHead
    linear.load_state_dict(head.state_dict())
    values = torch.randn(4, head.embedding_dim)
    assert torch.equal(linear.eval()(values), head(values))
