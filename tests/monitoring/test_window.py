"""A window of the log: the answers that were given in a span of time, as arrays."""

from __future__ import annotations

import re
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import text
from tests.monitoring.conftest import BUNDLE, CLASSES

from assay.errors import ConfigError, DataError
from assay.monitoring import read_window as reading
from assay.monitoring.bounds import WindowBounds
from assay.monitoring.read_window import read_window
from assay.monitoring.window import NAMED, ROWS
from assay.store.components import packed
from assay.store.ids import new_id
from assay.store.keys import create_key, rotate_key
from assay.store.prediction_log import log_predictions
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject
from assay.store.tables import PREDICTIONS
from service_database import new_database

ALWAYS = WindowBounds(window="all", end="2027-01-01")


def read(store, bounds=ALWAYS, profile=None, **other):
    with store.reading() as connection:
        return read_window(connection, bounds, profile, **other)


def test_it_holds_what_was_logged_the_oldest_first(log, logged, profile) -> None:
    records = logged(log, 20)
    window = read(log, profile=profile)
    assert window.id_list() == [record.id for record in records]
    assert window.times.astype(str).tolist() == [record.time[:-1] for record in records]
    assert [CLASSES[index] for index in window.predicted] == [record.label for record in records]
    assert window.class_names == CLASSES
    expected = [[record.answer["probabilities"][name] for name in CLASSES] for record in records]
    np.testing.assert_allclose(window.probabilities, expected, rtol=1e-6)
    np.testing.assert_allclose(window.confidence, [record.confidence for record in records], rtol=1e-6)
    pixels = [[record.statistics[name] for name in window.statistics_names] for record in records]
    np.testing.assert_array_equal(window.statistics, np.array(pixels, dtype=np.float32))
    components = [np.frombuffer(record.components, dtype="<f2") for record in records]
    np.testing.assert_array_equal(window.components, np.array(components, dtype=np.float32))
    assert (window.keys, window.arms, window.versions) == ((records[0].key,), ("champion",), ("cells 3",))
    assert window.per_block.tolist() == [20]


def test_keys_that_took_each_others_place_are_one_client_called_by_the_first(log, logged, profile) -> None:
    subject = log.write(lambda c: add_subject(c, "the museum")).id
    first = log.write(lambda c: create_key(c, subject, "desk", ["classify"], actor="test"))[0]
    second = log.write(lambda c: rotate_key(c, first.id, actor="test"))[0]
    before, after, others = logged(log, 3, key=first.id), logged(log, 4, key=second.id), logged(log, 5)
    window = read(log, profile=profile)
    assert {window.keys[place]: int(count) for place, count in enumerate(window.per_block)} == {
        first.id: 7,
        others[0].key: 5,
    }
    for asked in (first.id, second.id):
        only = read(log, replace(ALWAYS, key=asked), profile)
        assert set(only.id_list()) == {record.id for record in [*before, *after]}
    assert len(read(log, replace(ALWAYS, key=others[0].key), profile)) == 5


@pytest.mark.parametrize("portion", [1, 7, 4096])
def test_it_does_not_depend_on_the_size_of_the_portions(log, logged, profile, monkeypatch, portion: int) -> None:
    first = logged(log, 12)
    second = logged(log, 8)
    monkeypatch.setattr(reading, "PORTION", portion)
    window = read(log, profile=profile)
    assert window.id_list() == [r.id for r in sorted([*first, *second], key=lambda r: (r.time, r.id))]
    keys = [window.keys[index] for index in window.block]
    key_of = {record.id: record.key for record in [*first, *second]}
    assert keys == [key_of[each] for each in window.id_list()]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        (WindowBounds(window="5h", end="2026-03-01T10:00:00Z"), range(5, 10)),
        (WindowBounds(window="1d", end="2026-03-03T00:00:00Z"), range(24, 48)),
        (WindowBounds(window="all", count=4, end="2026-03-01T10:00:00Z"), range(6, 10)),
        (WindowBounds(window="5h", count=3, end="2026-03-01T10:00:00Z"), range(7, 10)),
        (WindowBounds(window="5h", count=300, end="2026-03-01T10:00:00Z"), range(5, 10)),
        (WindowBounds(window="90m", end="2026-03-01T11:00:00+01:00"), range(9, 10)),
        (WindowBounds(window="1w", end="2025-03-01T00:00:00Z"), range(0)),
    ],
)
def test_time_and_count_bound_it_and_the_end_is_outside(log, logged, profile, bounds, expected) -> None:
    records = logged(log, 50)
    window = read(log, bounds, profile)
    assert window.id_list() == [records[index].id for index in expected]
    assert window.probabilities.shape == (len(expected), 3)


def test_without_an_end_it_ends_now(log, logged, profile) -> None:
    records = logged(log, 50)
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    window = read(log, WindowBounds(window="3h"), profile, now=now)
    assert window.id_list() == [record.id for record in records[9:12]]
    assert window.bounds.end == "2026-03-01T12:00:00.000Z"


def test_shadows_stay_apart(log, logged, profile) -> None:
    given = logged(log, 5)
    looked_on = logged(log, 5, pair=lambda index: given[index].id, arm="shadow")
    assert set(read(log, profile=profile).id_list()) == {record.id for record in given}
    shadows = read(log, replace(ALWAYS, arm="shadow"), profile)
    assert set(shadows.id_list()) == {record.id for record in looked_on}


def test_arm_version_and_key_bound_it(log, logged, profile) -> None:
    champion, rival = logged(log, 5), logged(log, 6, arm="challenger", version="4")
    for bounds, records in [
        (replace(ALWAYS, arm="challenger"), rival),
        (replace(ALWAYS, version="3"), champion),
        (replace(ALWAYS, key=rival[0].key), rival),
    ]:
        assert read(log, bounds, profile).id_list() == [record.id for record in records]


def test_answers_of_other_bundles_are_left_out_unless_they_are_asked_for(log, logged, profile) -> None:
    own, other = logged(log, 5), logged(log, 5, bundle="c" * 64)
    assert set(read(log, profile=profile).id_list()) == {record.id for record in own}
    named = read(log, replace(ALWAYS, bundle="c" * 64), profile)
    assert set(named.id_list()) == {record.id for record in other}
    assert named.components is None, "components of another projection mean something else"
    both = read(log, replace(ALWAYS, bundle="all"), profile)
    assert len(both) == 10
    assert set(both.bundles) == {BUNDLE, "c" * 64}
    of_own = np.array([both.bundles[index] == BUNDLE for index in both.bundle])
    np.testing.assert_array_equal(np.isfinite(both.components).all(axis=1), of_own)


def test_other_classes_are_refused_with_what_to_do(log, logged, profile) -> None:
    logged(log, 5)
    logged(log, 1, bundle="c" * 64, answer={"probabilities": {"jade": 0.5, "ruby": 0.5}}, label="jade")
    with pytest.raises(DataError, match=r"is about the classes jade, ruby, the others .* name one by bundle=…"):
        read(log, replace(ALWAYS, bundle="all"), profile)
    assert len(read(log, profile=profile)) == 5


def test_classes_are_told_by_name_not_by_place(log, logged, profile) -> None:
    logged(log, 1, answer={"probabilities": {"opal": 0.2, "onyx": 0.3, "jade": 0.5}}, label="jade")
    np.testing.assert_allclose(read(log, profile=profile).probabilities, [[0.5, 0.3, 0.2]])


def test_a_statistic_that_was_not_logged_is_no_number(log, logged, profile) -> None:
    logged(log, 2, statistics={"brightness": 90.0})
    window = read(log, profile=profile)
    by_name = dict(zip(window.statistics_names, window.statistics.T, strict=True))
    assert by_name["brightness"].tolist() == [90.0, 90.0]
    assert np.isnan(by_name["entropy"]).all()


def test_answers_of_before_are_rejected_where_a_person_was_to_look_at_a_picture_of_the_right_kind(
    log, logged, profile
) -> None:
    logged(log, 2, rejected=None, for_a_person=True, domain=lambda index: ("in-domain", "out")[index])
    window = read(log, profile=profile)
    assert window.rejected.tolist() == [True, False]
    assert window.person.tolist() == [True, True]
    assert window.domain.tolist() == [0, 2]


def test_rows_without_components_have_none(log, logged, profile) -> None:
    logged(log, 3, components=b"")
    assert read(log, profile=profile).components is None
    logged(log, 3, components=lambda index: packed(np.full(10, index)))
    mixed = read(log, profile=profile).components
    assert np.isnan(mixed).all(axis=1).sum() == 3


def test_it_is_read_without_a_profile_too(log, logged) -> None:
    records = logged(log, 5)
    window = read(log)
    assert window.class_names == CLASSES
    assert window.statistics_names == tuple(records[0].statistics)
    assert window.components is None
    assert len(read(log, replace(ALWAYS, end="2020-01-01"))) == 0


def test_too_few_answers_are_not_enough(log, logged, profile) -> None:
    logged(log, 9)
    assert not read(log, replace(ALWAYS, smallest=10), profile).enough
    assert read(log, replace(ALWAYS, smallest=9), profile).enough


@pytest.mark.parametrize("span", ["7", "d", "0d", "7 d", "-1d", "1y"])
def test_a_span_is_a_number_and_a_unit(span: str) -> None:
    with pytest.raises(ConfigError, match="is a number and one of m, h, d, w") as refused:
        WindowBounds(window=span)
    (shown,) = re.findall(r"window=(\S+)$", str(refused.value))
    first, end = WindowBounds(window=shown).span(datetime(2026, 3, 8, tzinfo=UTC))
    assert (first, end) == ("2026-03-01T00:00:00.000Z", "2026-03-08T00:00:00.000Z")


def test_an_end_is_a_moment() -> None:
    with pytest.raises(ConfigError, match="end=noon: is no moment"):
        WindowBounds(end="noon")


def test_the_database_finds_it_by_its_index_of_times(log, logged, profile) -> None:
    logged(log, 5)
    query = reading.window_query(WindowBounds(end="2026-04-01T00:00:00.000Z"), "2026-03-01T00:00:00.000Z", BUNDLE)
    with log.reading() as connection:
        compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}")).all()
    assert "USING INDEX ix_predictions_time (time>? AND time<?)" in plan[0].detail


def test_some_of_its_rows_are_a_window(log, logged, profile) -> None:
    records = logged(log, 10)
    window = read(log, profile=profile)
    part = window.rows(np.array([1, 8]))
    assert part.id_list() == [records[1].id, records[8].id]
    assert part.components.shape == (2, 10)


@pytest.mark.slow
def test_a_postgresql_database_gives_the_same_window_as_a_stream(
    postgresql, postgresql_tables, log, logged, profile, monkeypatch
) -> None:
    records = logged(log, 40)
    monkeypatch.setattr(reading, "PORTION", 7)
    with ServiceStore(new_database(postgresql, "windows", template=postgresql_tables)) as store:
        subject = store.write(lambda connection: add_subject(connection, "ada")).id
        store.write(lambda c: log_predictions(c, [replace(record, subject=subject) for record in records]))
        there, here = read(store, profile=profile), read(log, profile=profile)
    for field in (*ROWS, *NAMED, "components"):
        np.testing.assert_array_equal(getattr(there, field), getattr(here, field), err_msg=field)
    assert there.id_list() == [record.id for record in records]


@pytest.mark.slow
def test_memory_is_that_of_the_arrays_and_of_one_portion(log, logged, profile, monkeypatch) -> None:
    (record,) = logged(log, 1)
    with log.reading() as connection:
        row = dict(connection.execute(PREDICTIONS.select()).one()._mapping)
    rows = [{**row, "id": new_id()} for _ in range(20_000)]
    log.write(lambda connection: connection.execute(PREDICTIONS.insert(), rows))
    read(log, profile=profile)  # what is loaded and compiled once is no memory of the rows
    tracemalloc.start()
    window = read(log, profile=profile)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(window) == 20_001
    assert window.id_list()[0] == record.id
    assert held < 20_001 * 200
    assert peak < held + 12e6, "all rows as objects at once take some 25 MB more"
