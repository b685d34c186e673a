"""The steps of a retraining: what reviewers decided becomes a version, a run, a verdict, and a champion or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.data.manifest import Manifest
from assay.data.versions import version_of
from assay.retraining.job import DONE, FAILED
from assay.retraining.ledger import results_of
from assay.retraining.steps.build import steps_in
from assay.review.labels.files import read_set
from assay.run.recorded_run import RecordedRun
from finished import Finished
from retrained_world import RetrainedWorld

pytestmark = pytest.mark.slow


@pytest.fixture
def world(finished_run: Finished, tmp_path: Path) -> Iterator[RetrainedWorld]:
    made = RetrainedWorld(tmp_path, finished_run.copied(tmp_path / "mlruns"))
    yield made
    made.close()


def results(world: RetrainedWorld, run: str) -> dict:
    with world.store.reading() as connection:
        return results_of(connection, run)


def test_what_was_decided_becomes_a_version_a_run_a_verdict_and_the_champion_by_the_champions_recipe(world):
    assert world.crown() == "1"
    world.decide(9)
    copy = np.asarray(Image.open(Manifest.load(world.run.folder / "manifest.parquet").only("test").paths[0]))
    leaked = world.send(copy, "jade")
    world.labels.decide(leaked, kim="jade")
    ended = world.retrain()
    assert (ended.state, ended.verdict) == (DONE, "promoted"), ended.reason
    made = results(world, ended.id)
    assert list(made) == ["recipe", "labels", "manifest", "audit", "embed", "train", "gate", "canary", "promote"]
    former, new = Manifest.load(world.run.folder / "manifest.parquet"), Manifest.load(Path(made["manifest"]["path"]))
    assert new.digest == made["manifest"]["digest"] == made["train"]["manifest"]
    assert version_of(Path(made["manifest"]["path"])).parent == former.digest == made["manifest"]["parent"]
    assert new.lineage.changes == {"reviewed": 9, "reviewed, left out": 1}
    assert made["manifest"]["left_out"] == {"a copy of a picture in test": 1}
    for split in ("val", "calib", "test"):
        assert new.only(split).digest == former.only(split).digest
    assert len(new.only("train")) == len(former.only("train")) + 9
    assert set(made["manifest"]["added_by_class"].values()) == {3}
    assert made["canary"] == {"stage": "off"}
    assert ended.cost["pictures"] == 9
    tracking = world.workshop().tracking
    run = RecordedRun(tracking.find(made["train"]["run"]))
    before = RecordedRun(tracking.find(world.run.run_id))
    for group in ("model", "finetune", "loss", "optimizer", "seed", "calibration"):
        assert run.config[group] == before.config[group]
    assert run.record.tags["assay.retraining"] == ended.id
    registry = world.workshop().registry()
    assert registry.state().champion.version == made["promote"]["version"] == "2"
    assert registry.verify() == []
    again = world.retrain()
    assert (again.state, again.verdict, again.reason) == (DONE, "nothing new", "no label is new since the champion's")


def test_without_a_champion_nothing_is_retrained_and_the_command_that_is_named_makes_one(world):
    world.decide(3)
    first = world.retrain(steps=steps_in(world.workshop())[:1])
    assert first.state == FAILED
    assert "assay promote run=RUN_ID gate=default" in first.reason
    world.crown()
    second = world.retrain(steps=steps_in(world.workshop())[:2])
    assert second.state == DONE
    assert results(world, second.id)["labels"]["new"] == 3


def test_what_the_gate_refuses_is_kept_back_and_stands_in_the_history(world):
    world.crown()
    world.decide(3)
    world.gate.write_text(world.gate.read_text().replace("at_least: 0.0", "at_least: 0.999"))
    ended = world.retrain()
    assert (ended.state, ended.verdict) == (DONE, "kept")
    assert ended.reason == "the gate trial refused it: accurate"
    registry = world.workshop().registry()
    assert registry.state().champion.version == "1"
    assert registry.entries()[-1].values["verdict"]["decision"] == "refuse"


def test_one_client_cannot_own_what_is_trained_on(world):
    world.crown()
    loud, quiet = world.key("loud"), world.key("quiet")
    world.decide(30, key=loud)
    world.decide(3, first=30, key=quiet)
    ended = world.retrain(steps=steps_in(world.workshop(client_share=0.1))[:3])
    labels = results(world, ended.id)["labels"]
    chosen = labels["chosen"]["cap"]
    train = results(world, ended.id)["manifest"]["train"]
    assert chosen["most"] == labels["labels"] - 3 < 30
    assert chosen["most"] <= 0.1 * train < chosen["most"] + 1
    assert labels["left_out"] == {"beyond what one client may give": 30 - chosen["most"]}
    assert len(read_set(Path(labels["folder"]), where="it").labels) == labels["labels"]
