"""A promotion that is killed before each of its writes, and after the last."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from assay.registry.ledger import Ledger

WRITES = (
    (Ledger, "append"),
    (Ledger, "begin"),
    (Ledger, "finish"),
    (MlflowClient, "create_registered_model"),
    (MlflowClient, "create_model_version"),
    (MlflowClient, "set_registered_model_alias"),
    (MlflowClient, "delete_registered_model_alias"),
    (MlflowClient, "set_registered_model_tag"),
    (MlflowClient, "set_model_version_tag"),
)
"""Everything that a promotion or a rollback changes anything with; its model is logged already."""
MOST = 20


def killed_before(write: int, work: Callable[[], object]) -> bool:
    """Do the work in a process of its own that is killed before its write of this number; False when it has fewer."""
    child = os.fork()
    if child == 0:
        done = 0

        def dying(kind: type, name: str) -> None:
            real = getattr(kind, name)

            def method(*arguments: Any, **named: Any) -> Any:
                nonlocal done
                if done == write:
                    os.kill(os.getpid(), signal.SIGKILL)
                done += 1
                return real(*arguments, **named)

            setattr(kind, name, method)

        try:
            for kind, name in WRITES:
                dying(kind, name)
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.slow
def test_a_killed_promotion_has_happened_or_has_not(new_world: Callable[..., Any]) -> None:
    outcomes = []
    for write in range(MOST):
        world = new_world(1, f"write {write}")
        died = killed_before(write, lambda world=world: world.promote(1))
        registry = world.registry
        said = registry.finish_interrupted()
        kinds = [entry.kind for entry in registry.entries()]
        versions = world.store.client.search_model_versions("name='cell grades'")
        assert registry.verify() == []
        assert registry.finish_interrupted() == [], "nothing is left to do"
        if kinds.count("promotion") == 2:
            assert world.aliases == {"champion": "2", "previous": "1"}
            assert {version.tags["state"] for version in versions} == {"promoted"}
            outcomes.append("new")
        else:
            assert world.aliases == {"champion": "1"}
            assert [version.version for version in versions] == [1]
            outcomes.append("old")
        if not died:
            break
        if len(versions) == 1 and write in (2, 4):
            assert world.aliases["champion"] != world.promote(2) == world.aliases["champion"], "others can go on"
        if said:
            outcomes[-1] += f", {said[0].partition(': ')[2].split()[0]}"
    assert not died, "more writes than were killed"
    assert [outcome.partition(",")[0] for outcome in outcomes] == sorted(
        (outcome.partition(",")[0] for outcome in outcomes), reverse=True
    ), f"from one write on it has happened: {outcomes}"
    assert "old, version" in outcomes, "a version without an entry was taken away"
    assert "new, entry" in outcomes, "an entry without aliases was finished"


@pytest.mark.slow
@pytest.mark.parametrize("between", ["nothing", "another command", "another command twice"])
def test_a_killed_rollback_that_is_asked_for_once_more_is_finished_and_leads_nowhere_else(
    new_world: Callable[..., Any], tmp_path: Path, between: str
) -> None:
    words = {"reason": "fails", "author": "Ada", "cache_dir": tmp_path}
    for write in range(MOST):
        world = new_world(2, f"write {write}")
        died = killed_before(write, lambda world=world: world.registry.rollback(**words))
        if not died:
            break
        for _ in range({"nothing": 0, "another command": 1}.get(between, 2)):
            world.registry.finish_interrupted()
        assert world.registry.rollback(**words) == "1", f"write {write}"
        assert world.aliases == {"champion": "1", "previous": "2"}
        assert [entry.kind for entry in world.registry.entries()].count("rollback") == 1
        assert world.registry.verify() == []
        assert world.registry.rollback(**words) == "2", "a further one is a new one"
    assert not died
    assert write > 4


@pytest.mark.slow
def test_a_killed_rollback_has_happened_or_has_not(new_world: Callable[..., Any], tmp_path: Path) -> None:
    for write in range(MOST):
        world = new_world(2, f"write {write}")
        words = {"reason": "fails", "author": "Ada", "cache_dir": tmp_path}
        died = killed_before(write, lambda world=world, words=words: world.registry.rollback(**words))
        registry = world.registry
        registry.finish_interrupted()
        went = registry.entries()[-1].kind == "rollback"
        assert went == (write > 0)
        assert world.aliases == ({"champion": "1", "previous": "2"} if went else {"champion": "2", "previous": "1"})
        assert registry.verify() == []
        if not died:
            break
    assert not died
