"""The steps of a retraining: what reviewers decided becomes a version, a run, a verdict, and a champion or none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.retraining.conftest import Noted

from assay.data.manifest import Manifest
from assay.data.versions import version_of
from assay.retraining.job import DONE, FAILED
from assay.retraining.ledger import results_of
from assay.retraining.rows import run_of
from assay.retraining.steps.build import STEPS, steps_in
from assay.retraining.steps.gate import GateStep
from assay.review.labels.files import read_set
from assay.run.recorded_run import RecordedRun
from finished import Finished
from killed_steps import END, IDS, MIDDLE, killed, undisturbed
from retrained_world import RetrainedWorld

pytestmark = pytest.mark.slow


@pytest.fixture
def world(exported_run: Finished, tmp_path: Path) -> Iterator[RetrainedWorld]:
    made = RetrainedWorld(tmp_path, exported_run.copied(tmp_path / "mlruns"))
    yield made
    made.close()


def results(world: RetrainedWorld, run: str) -> dict:
    with world.store.reading() as connection:
        return results_of(connection, run)


@dataclass(frozen=True)
class Retrained:
    """A folder with a world that was retrained, one with the same before, and what the retraining has left."""

    world: Path
    snapshot: Path
    whole: dict[str, Any]


@pytest.fixture(scope="module")
def retrained(exported_run: Finished, tmp_path_factory: pytest.TempPathFactory) -> Retrained:
    """A champion, nine decided pictures and a copy of one that it is tested on, retrained."""
    folder = tmp_path_factory.mktemp("retrained")
    made = RetrainedWorld(folder / "world", exported_run.copied(folder / "world" / "mlruns"))
    assert made.crown() == "1"
    made.decide(9)
    copy = np.asarray(Image.open(Manifest.load(made.run.folder / "manifest.parquet").only("test").paths[0]))
    made.labels.decide(made.send(copy, "jade"), kim="jade")
    (folder / "world" / IDS).write_text(json.dumps({"champion": made.run.run_id, "retraining": made.queue().id}))
    made.close()
    whole = undisturbed(folder / "world", folder / "snapshot")
    return Retrained(folder / "world", folder / "snapshot", whole)


def test_what_was_decided_becomes_a_version_a_run_a_verdict_and_the_champion_by_the_champions_recipe(retrained):
    ids = json.loads((retrained.world / IDS).read_text())
    world = RetrainedWorld.again(retrained.world, Finished(retrained.world / "mlruns", ids["champion"]))
    with world.store.reading() as connection:
        ended = run_of(connection, ids["retraining"])
    assert (ended.state, ended.verdict) == (DONE, "promoted"), ended.reason
    made = results(world, ended.id)
    assert list(made) == [step.name for step in STEPS]
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
    world.close()


def test_killed_behind_each_step_and_in_the_middle_of_two_it_leaves_the_same_manifest_model_and_verdict(retrained):
    ways = {"train": (MIDDLE, END), "promote": (MIDDLE, END)}
    kills = [(step.name, when) for step in STEPS for when in ways.get(step.name, (END,))]
    made, count = killed(retrained.world, retrained.snapshot, kills, retrained.whole["seconds"])
    assert count == len(STEPS) + 2
    assert made["made"] == retrained.whole["made"]
    assert made["made"]["champion"] == "2"
    assert made["made"]["runs"] == 2
    assert made["made"]["broken"] == []
    assert made["attempts"] == {**dict.fromkeys(made["attempts"], 2), "train": 3, "promote": 3}


def named(workshop, *names):
    """The steps of these names."""
    return [step for step in steps_in(workshop) if step.name in names]


def test_without_a_champion_nothing_is_retrained_and_the_command_that_is_named_makes_one(world):
    world.decide(3)
    first = world.retrain(steps=named(world.workshop(), "recipe"))
    assert first.state == FAILED
    assert "assay promote run=RUN_ID gate=default" in first.reason
    world.crown()
    second = world.retrain(steps=named(world.workshop(), "recipe", "labels"))
    assert second.state == DONE
    assert results(world, second.id)["labels"]["new"] == 3


def test_what_the_gate_refuses_is_kept_back_and_stands_in_the_history(world):
    world.gate.write_text(world.gate.read_text().replace("at_least: 0.0", "at_least: 0.999"))
    workshop = world.workshop()
    ended = world.retrain(
        steps=[
            Noted("recipe", {"model": "stones"}),
            Noted("train", {"run": world.run.run_id}),
            GateStep(workshop),
            Noted("promote", AssertionError("what is refused is not promoted")),
        ]
    )
    assert (ended.state, ended.verdict) == (DONE, "kept")
    assert ended.reason == "the gate trial refused it: accurate"
    registry = workshop.registry()
    assert registry.state().champion is None
    assert registry.entries()[-1].values["verdict"]["decision"] == "refuse"


def test_one_client_cannot_own_what_is_trained_on(world):
    world.crown()
    loud, quiet = world.key("loud"), world.key("quiet")
    world.decide(30, key=loud)
    world.decide(3, first=30, key=quiet)
    ended = world.retrain(steps=named(world.workshop(client_share=0.1), "recipe", "labels", "manifest"))
    labels = results(world, ended.id)["labels"]
    chosen = labels["chosen"]["cap"]
    train = results(world, ended.id)["manifest"]["train"]
    assert chosen["most"] == labels["labels"] - 3 < 30
    assert chosen["most"] <= 0.1 * train < chosen["most"] + 1
    assert labels["left_out"] == {"beyond what one client may give": 30 - chosen["most"]}
    assert len(read_set(Path(labels["folder"]), where="it").labels) == labels["labels"]
