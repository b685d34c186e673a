"""What somebody does to the history or the registry without the gate is found, and nothing is promoted on top of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.errors import GateError

REMOVE = "DELETE FROM assay_history WHERE number = {}"
DEEDS: dict[str, tuple[str, str]] = {
    "a line removed": (REMOVE.format(3), "entry 3 is missing before entry 4"),
    "the first line removed": (REMOVE.format(1), "entry 1 is missing before entry 2"),
    "the last line removed": (REMOVE.format(4), "ends with entry 3, but the registry has seen entry 4"),
    "the end removed": ("DELETE FROM assay_history WHERE number > 2", "ends with entry 2, but the registry has seen"),
    "everything removed": ("DELETE FROM assay_history", "ends with entry 0, but the registry has seen entry 4"),
    "a line changed": (
        "UPDATE assay_history SET content = replace(content, '0.7', '0.9') WHERE number = 1",
        "entry 1 was changed after it was written",
    ),
    "an author changed": ("UPDATE assay_history SET author = 'Eve' WHERE number = 2", "entry 2 was changed"),
    "the table gone": ("DROP TABLE assay_history", "ends with entry 0, but the registry has seen entry 4"),
    "the head gone": ("DELETE FROM registered_model_tags WHERE key = 'assay.history'", "lost its tag with the head"),
    "a tag of a version changed": (
        "UPDATE model_version_tags SET value = '0.99' WHERE key = 'macro_f1' AND version = 2",
        "version 2: its tag macro_f1 is '0.99', entry 4 says '0.7500 [0.7000, 0.8000]'",
    ),
    "the source of a version changed": (
        "UPDATE model_versions SET source = '/elsewhere' WHERE version = 2",
        "version 2: its source is '/elsewhere', entry 4 says",
    ),
    "a promoted version deleted": (
        "UPDATE model_versions SET current_stage = 'Deleted_Internal' WHERE version = 1",
        "version 1, promoted in entry 2, is gone from the registry",
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_is_found_by_verify_and_by_the_next_promotion(two: Any, deed: str) -> None:
    statement, said = DEEDS[deed]
    two.sql(statement)
    two.registry.finish_interrupted()
    found = two.registry.verify()
    assert any(said in finding for finding in found), found
    with pytest.raises(GateError) as caught:
        two.promote(2)
    assert said in str(caught.value) or "judged against" in str(caught.value)
    assert two.aliases == {"champion": "2", "previous": "1"}


def test_reordered_lines_are_found(two: Any) -> None:
    for statement in ("= 9 WHERE number = 1", "= 1 WHERE number = 3", "= 3 WHERE number = 9"):
        two.sql(f"UPDATE assay_history SET number {statement}")
    found = two.registry.verify()
    assert any("entry 1 was changed" in finding for finding in found)
    assert any("entry 3 was changed" in finding for finding in found)


def test_a_promotion_without_a_verdict_is_found_though_its_seal_fits(two: Any) -> None:
    champion = {"version": "1", "run_id": "", "source": "", "bundle_digest": "", "test_digest": ""}
    two.registry.ledger.append("cell grades", "promotion", "Eve", {"champion": champion, "previous": "2"}, seen=4)
    assert "does not hold" in two.registry.finish_interrupted()[0]
    assert any("entry 5 promotes version 1 without a verdict" in finding for finding in two.registry.verify())
    assert two.aliases["champion"] == "2"


def test_a_rollback_to_what_was_never_promoted_is_found_though_its_seal_fits(two: Any) -> None:
    champion = {"version": "1", "run_id": "other", "source": "", "bundle_digest": "", "test_digest": ""}
    two.registry.ledger.append("cell grades", "rollback", "Eve", {"champion": champion, "previous": "2"}, seen=4)
    two.registry.finish_interrupted()
    assert any("entry 5 rolls back to version 1, which was not promoted" in one for one in two.registry.verify())
    assert two.aliases["champion"] == "2"


def moved(world: Any) -> None:
    world.store.client.set_registered_model_alias("cell grades", "champion", "1")


def deleted(world: Any) -> None:
    world.store.client.delete_registered_model_alias("cell grades", "champion")


def previous(world: Any) -> None:
    world.store.client.set_registered_model_alias("cell grades", "previous", "2")


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        (moved, "the alias champion was moved without the gate: it stands at version 1, the history .entry 4. says"),
        (deleted, "the alias champion was moved without the gate: it stands at no version"),
        (previous, "the alias previous was moved without the gate: it stands at version 2"),
    ],
)
def test_an_alias_moved_through_mlflow_is_found_stops_promotions_and_is_brought_back(
    two: Any, deed: Callable[[Any], None], said: str, tmp_path: Path
) -> None:
    deed(two)
    assert two.registry.finish_interrupted() == [], "it is no leftover of a kill"
    with pytest.raises(GateError, match=said) as caught:
        two.promote(2)
    assert "assay rollback to=VERSION" in str(caught.value)
    assert "assay history --accept" in str(caught.value)
    two.registry.rollback("2", reason="moved by hand", author="Ada", cache_dir=tmp_path)
    assert two.aliases == {"champion": "2", "previous": "1"}
    assert two.registry.verify() == []
    assert two.registry.entries()[-1].values["found"], "the history says what was found"
    assert two.promote(2) == "3"


def test_an_alias_moved_through_mlflow_can_be_accepted_openly(two: Any) -> None:
    moved(two)
    written = two.registry.accept(reason="night shift needed it", author="Grace")
    assert (written.kind, written.author, written.champion) == ("repair", "Grace", "1")
    assert written.values["findings"][0].startswith("the alias champion was moved without the gate")
    assert two.registry.verify() == []
    assert two.registry.state().champion.run_id == two.bundles[0].about.run_id
    assert two.promote(2) == "3"
    assert two.aliases == {"champion": "3", "previous": "1"}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_was_accepted_is_found_no_more_but_what_comes_after_is(two: Any, deed: str) -> None:
    two.sql(DEEDS[deed][0])
    two.registry.accept(reason="restored from a copy", author="Grace")
    assert two.registry.verify() == []
    with pytest.raises(GateError, match="nothing was found that does not hold"):
        two.registry.accept(reason="again", author="Grace")
    deleted(two)
    two.sql("UPDATE assay_history SET author = 'Eve' WHERE kind = 'repair'")
    assert len(two.registry.verify()) >= 2


def test_a_champion_that_was_set_before_there_was_a_gate_is_accepted_or_stays_in_the_way(world: Any) -> None:
    client = world.store.client
    client.create_registered_model("cell grades")
    client.create_model_version("cell grades", "/somewhere", run_id=world.bundles[0].about.run_id)
    client.set_registered_model_alias("cell grades", "champion", "1")
    with pytest.raises(GateError, match="it stands at version 1, the history knows of none"):
        world.promote(1)
    world.registry.accept(reason="it reigned before", author="Ada")
    state = world.registry.state()
    assert (state.champion.version, state.champion.bundle_digest) == ("1", "")
    assert world.promote(1) == "2"
    assert world.aliases == {"champion": "2", "previous": "1"}


def test_a_rollback_refuses_a_bundle_that_is_not_what_was_promoted(two: Any, tmp_path: Path) -> None:
    two.sql("UPDATE logged_model_tags SET tag_value = 'x' WHERE tag_key = 'assay.bundle_digest'")
    with pytest.raises(GateError, match="version 1 cannot reign again, its bundle does not open"):
        two.registry.rollback(reason="x", author="Ada", cache_dir=tmp_path)
    assert two.aliases["champion"] == "2"


def test_only_one_file_writes_aliases() -> None:
    import assay

    package = Path(assay.__file__).parent
    words = ("set_registered_model_alias", "delete_registered_model_alias")
    found = {
        path.relative_to(package) for path in package.rglob("*.py") if any(word in path.read_text() for word in words)
    }
    assert found == {Path("registry/aliases.py")}
