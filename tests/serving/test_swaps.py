"""Another model takes over while clients ask: each answer is one model's, and what must not answer does not."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.deploy.bundle.bundle import ABOUT, Bundle
from assay.serving.engine import Engine
from assay.serving.holder import Poller
from assay.serving.origin import Origin
from serving_world import World, png

PICTURES = [png(seed) for seed in range(3)]
SWAPS = 20


@pytest.fixture(scope="module")
def other(tiny_bundle: Callable[..., Bundle]) -> Engine:
    return Engine.start(tiny_bundle(seed=5), Origin("tiny", "tiny", "4"))


def test_each_answer_is_one_models_from_its_version_to_its_probabilities(
    with_settings: Callable[..., World], engine: Engine, other: Engine
) -> None:
    world = with_settings(per_minute=100_000, per_day=100_000)
    expected = {each.origin.version: (each.digest, each.bundle.predict(PICTURES)) for each in (engine, other)}
    assert abs(expected["3"][1][0].confidence - expected["4"][1][0].confidence) > 0.01, "or a mixture would not show"
    answers: list[Any] = []
    ended = threading.Event()

    def ask() -> None:
        files = [("file", (f"{n}.png", content)) for n, content in enumerate(PICTURES)]
        while not ended.is_set():
            answers.append(world.client.post("/v1/classify", files=files, headers=world.headers()))

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    for number in range(SWAPS):
        seen = len(answers)
        world.service.holder.swap((other, engine)[number % 2])
        while len(answers) < seen + 2:
            assert any(client.is_alive() for client in clients)
    ended.set()
    for client in clients:
        client.join()
    assert {answer.status_code for answer in answers} == {200}
    for document in (answer.json() for answer in answers):
        digest, due = expected[document["model"]["version"]]
        assert document["model"]["bundle"] == digest
        for result, answer in zip(document["results"], due, strict=True):
            assert result["label"] == answer.label
            np.testing.assert_allclose(list(result["probabilities"].values()), answer.probabilities, atol=1e-4)
    assert {document["model"]["version"] for document in (answer.json() for answer in answers)} == {"3", "4"}


def cut_short(folder: Path) -> None:
    weights = folder / "predictor" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def exchanged_file(folder: Path) -> None:
    about = json.loads((folder / ABOUT).read_text())
    about["files"]["predictor/model.safetensors"]["sha256"] = "0" * 64
    (folder / ABOUT).write_text(json.dumps(about))


def other_answers(folder: Path) -> None:
    file = folder / "sealed" / "answers.json"
    sealed = json.loads(file.read_text())
    sealed["probabilities"] = [row[1:] + row[:1] for row in sealed["probabilities"]]
    file.write_text(json.dumps(sealed))
    about = json.loads((folder / ABOUT).read_text())
    content = file.read_bytes()
    about["files"]["sealed/answers.json"] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (folder / ABOUT).write_text(json.dumps(about))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (cut_short, "predictor/model.safetensors is not what was exported"),
        (exchanged_file, "predictor/model.safetensors is not what was exported"),
        (other_answers, "does not answer as when the bundle was made"),
    ],
)
def test_a_bundle_that_is_spoilt_leaves_the_old_one_answering_and_says_why(
    world: World, bundle: Bundle, other: Engine, tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    folder = tmp_path / "spoilt"
    shutil.copytree(other.bundle.folder, folder)
    spoil(folder)

    def load() -> Engine:
        return Engine.start(Bundle.open(folder, cache_dir=bundle.cache_dir), Origin("tiny", "tiny", "5"))

    poller = Poller(world.service.holder, lambda: ("tiny", "f" * 64), load, 3600.0, lambda attempt: None)
    poller.look()
    poller.close()
    assert world.ask().json()["model"] == {
        "name": "tiny",
        "version": "3",
        "bundle": bundle.digest,
        "serves": "float",
    }
    (attempt,) = world.client.get("/v1/models", headers=world.headers()).json()["loads"]
    assert attempt["bundle"] == "f" * 64
    assert reason in attempt["error"]
    assert str(tmp_path) in world.service.holder.attempts[-1].error, "or the next line says nothing"
    assert str(tmp_path) not in attempt["error"], "where it lies is no business of a client"
