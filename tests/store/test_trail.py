"""The audit trail: every change by hand is found, and what identifies somebody can go without breaking it."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from assay.store.service_store import ServiceStore
from assay.store.trail import Personal, append_lines, trail_findings

EDITS = {
    "a line changed": ("UPDATE audit_trail SET content = '{}' WHERE number = 2", "entry 2 was changed"),
    "its time changed": (
        "UPDATE audit_trail SET time = '2020' WHERE number = 3",
        "entry 3 was changed",
    ),
    "a line removed": ("DELETE FROM audit_trail WHERE number = 3", "entry 3 is missing"),
    "the end removed": ("DELETE FROM audit_trail WHERE number = 5", "ends with line 4, its head says line 5"),
    "the head turned back": ("UPDATE audit_head SET number = 4", "ends with line 5, its head says line 4"),
    "the head removed": ("DELETE FROM audit_head", "head of the trail is gone"),
    "who it is about changed": (
        "UPDATE audit_personal SET subject = 'eve' WHERE number = 2",
        "line 2: who it is about",
    ),
    "which picture changed": ("UPDATE audit_personal SET content = '{}' WHERE number = 4", "line 4: who it is about"),
}


@pytest.fixture
def filled(store):
    for number in range(5):
        store.write(
            lambda c, n=number: append_lines(c, [("prediction", {"n": n}, Personal("ada", {"picture": "p" * 64}))])
        )
    return store


def findings(store: ServiceStore) -> list[str]:
    with store.reading() as connection:
        return trail_findings(connection)


def edited(store: ServiceStore, statement: str) -> None:
    def edit(connection):
        if connection.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        else:
            connection.exec_driver_sql(
                "ALTER TABLE audit_personal DROP CONSTRAINT IF EXISTS fk_audit_personal_number_audit_trail"
            )
        if statement.startswith("DELETE FROM audit_trail"):
            connection.execute(text(statement.replace("audit_trail", "audit_personal")))
        connection.execute(text(statement))

    store.write(edit)


def test_an_untouched_trail_holds_and_numbers_its_lines_from_1(filled):
    assert findings(filled) == []
    with filled.reading() as connection:
        assert list(connection.scalars(text("SELECT number FROM audit_trail ORDER BY number"))) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_by_hand_is_found(filled, edit):
    statement, said = EDITS[edit]
    edited(filled, statement)
    assert any(said in finding for finding in findings(filled)), findings(filled)


def test_what_identifies_somebody_goes_and_the_trail_still_holds(filled):
    edited(filled, "DELETE FROM audit_personal WHERE subject = 'ada'")
    assert findings(filled) == []


def test_lines_in_blocks_hold_across_their_ends(filled, monkeypatch):
    monkeypatch.setattr("assay.store.trail.BLOCK", 2)
    assert findings(filled) == []
    edited(filled, "UPDATE audit_trail SET content = '{}' WHERE number = 3")
    assert [each for each in findings(filled) if "entry 3 was changed" in each]


def test_two_writers_on_one_database_make_one_chain(url):
    with ServiceStore(url) as one, ServiceStore(url) as other:

        def fill(store):
            for _ in range(20):
                store.write(lambda c: append_lines(c, [("deed", {}, None), ("deed", {}, None)]))

        threads = [threading.Thread(target=fill, args=(store,)) for store in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert findings(one) == []
        with other.reading() as connection:
            assert connection.scalar(text("SELECT count(*) FROM audit_trail")) == 80
