from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assay.errors import ChampionChanged, GateError
from assay.registry.report.words import describe


def test_the_first_one_promoted_is_champion_and_the_next_makes_it_previous(world: Any) -> None:
    assert world.promote(0) == "1"
    assert world.aliases == {"champion": "1"}
    assert world.promote(1) == "2"
    with pytest.raises(GateError, match="is champion already, as version 2"):
        world.promote(1)
    assert world.aliases == {"champion": "2", "previous": "1"}
    state = world.registry.state()
    assert (state.champion.version, state.champion.run_id) == ("2", world.bundles[1].about.run_id)
    assert state.champion.bundle_digest == world.bundles[1].digest
    assert (state.previous, state.mark) == ("1", 4)
    assert [entry.kind for entry in world.registry.entries()] == ["verdict", "promotion"] * 2
    assert world.registry.verify() == []


def test_a_version_says_in_the_registry_what_it_is(world: Any) -> None:
    world.promote(0)
    version = world.store.client.get_model_version("cell grades", "1")
    assert version.run_id == world.bundles[0].about.run_id
    assert version.tags["macro_f1"] == "0.7000 [0.6500, 0.7500]"
    assert version.tags["date"] == "2026-01-01"
    assert version.tags["backbone"] == "baseline_cnn"
    assert version.tags["bundle_digest"] == world.bundles[0].digest
    assert version.tags["state"] == "promoted"
    assert "override_by" not in version.tags


def test_mlflow_itself_finds_the_champion(world: Any) -> None:
    world.promote(0)
    found = world.store.client.get_model_version_by_alias("cell grades", "champion")
    place = Path(world.store.client.get_model_version_download_uri("cell grades", found.version))
    assert (place / "MLmodel").exists()


def test_who_judged_against_another_champion_is_told_and_nothing_but_his_verdict_is_written(world: Any) -> None:
    registry = world.registry
    seen, verdict = registry.state(), world.judged(1)
    world.promote(0)
    with pytest.raises(ChampionChanged, match=r"from none to version 1 \(promotion by Ada, .*judge it again"):
        registry.promote(verdict, world.bundles[1], seen=seen)
    assert world.aliases == {"champion": "1"}
    assert len(world.store.client.search_model_versions("name='cell grades'")) == 1
    assert [entry.kind for entry in registry.entries()] == ["verdict", "promotion", "verdict"]


def test_who_writes_past_the_lock_is_still_not_overwritten_and_no_version_is_left(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the logging of the bundle and the entry another writer moves the champion, as after a lost connection."""
    from assay.deploy.mlflow import model as mlflow_model

    real = mlflow_model.place_of

    def late(store: Any, source: str) -> str:
        other = {"champion": {"version": "7"}, "previous": ""}
        world.registry.ledger.append("cell grades", "repair", "Bob", {**other, "findings": []}, seen=0)
        return real(store, source)

    monkeypatch.setattr(mlflow_model, "place_of", late)
    with pytest.raises(ChampionChanged, match=r"from none to version 7 \(repair by Bob"):
        world.promote(0)
    assert world.store.client.search_model_versions("name='cell grades'") == []
    assert [entry.kind for entry in world.registry.entries()] == ["verdict", "repair"]


def test_a_verdict_is_written_once(world: Any) -> None:
    verdict = world.refused(0)
    first, again = world.registry.record(verdict), world.registry.record(verdict)
    assert first == again
    assert [entry.values["verdict"]["decision"] for entry in world.registry.entries()] == ["refuse"]
    assert world.aliases == {}


def test_what_the_gate_let_pass_and_its_canary_did_not_stands_in_the_history_once_and_moves_nothing(world: Any) -> None:
    world.promote(0)
    verdict = world.judged(1)
    about = {"reason": "it failed more often: 9 of 40", "counts": {"stage": "share", "answered": 40, "pictures": 200}}
    first, again = (world.registry.keep_back(verdict, **about) for _ in range(2))
    assert first == again
    entries = world.registry.entries()
    assert [entry.kind for entry in entries] == ["verdict", "promotion", "verdict", "kept back"]
    assert describe(entries[-1]).about == (
        f"tiny 1 ({verdict.run_id[:8]}) by its canary, while it answered a share of the keys, 40 of 200 pictures: "
        "it failed more often: 9 of 40"
    )
    assert world.registry.state().champion.version == "1"
    assert world.registry.verify() == []


def test_what_nobody_may_override_is_refused_by_the_registry_too(world: Any, overridden: Any) -> None:
    refused = world.refused(0)
    hard = tuple(replace(check, hard=True) for check in refused.checks)
    verdict = replace(refused, checks=hard, decision="promote", override=overridden)
    with pytest.raises(GateError, match="nobody can override"):
        world.registry.promote(verdict, world.bundles[0], seen=world.registry.state())
    assert world.registry.state().champion is None


def test_an_override_stands_in_the_history_and_in_the_version(world: Any, overridden: Any) -> None:
    refused = world.refused(0)
    world.registry.promote(
        replace(refused, decision="promote", override=overridden), world.bundles[0], seen=world.registry.state()
    )
    entry = world.registry.entries()[-1]
    assert (entry.kind, entry.author) == ("override", "Grace")
    assert entry.values["override"] == {"by": "Grace", "reason": "the old one is unsafe"}
    tags = world.store.client.get_model_version("cell grades", "1").tags
    assert (tags["override_by"], tags["override_reason"]) == ("Grace", "the old one is unsafe")
    assert world.registry.verify() == []


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"decision": "refuse"}, "the verdict refuses it"),
        ({"bundle_digest": "0" * 64}, "holds another bundle than the one that was judged"),
        ({"run_id": "0" * 32}, "holds another bundle than the one that was judged"),
        ({"champion": "7"}, "was judged against version 7, but version none reigned"),
        ({"model": "other"}, "is about other, not about cell grades"),
    ],
)
def test_only_what_was_judged_is_promoted(world: Any, other: dict[str, Any], said: str) -> None:
    with pytest.raises(GateError, match=said):
        world.promote(0, **other)
    assert not world.registry.entries()


def test_back_to_the_previous_one_and_forward_again(two: Any, tmp_path: Path) -> None:
    world = two
    words = {"reason": "fails at night", "author": "Ada", "cache_dir": tmp_path}
    assert world.registry.rollback(**words) == "1"
    assert world.aliases == {"champion": "1", "previous": "2"}
    assert world.registry.rollback(**words) == "2"
    assert world.registry.rollback("1", **words) == "1"
    last = world.registry.entries()[-1]
    assert (last.kind, last.values["from"], last.values["reason"]) == ("rollback", "2", "fails at night")
    assert world.registry.verify() == []


def test_a_rollback_goes_only_where_the_gate_has_been(world: Any, tmp_path: Path) -> None:
    words = {"reason": "fails", "author": "Ada", "cache_dir": tmp_path}
    with pytest.raises(GateError, match="no previous champion to go back to; none was ever promoted"):
        world.registry.rollback(**words)
    world.promote(0)
    world.store.client.create_model_version("cell grades", str(tmp_path))
    for to, said in (
        ("", "no previous champion to go back to; those that once passed are 1"),
        ("1", "version 1 is champion already"),
        ("2", "version 2 was never promoted by the gate; those that once passed are 1"),
    ):
        with pytest.raises(GateError, match=said):
            world.registry.rollback(to, **words)
    with pytest.raises(GateError, match="reason: a value is needed"):
        world.registry.rollback("1", reason=" ", author="Ada", cache_dir=tmp_path)
