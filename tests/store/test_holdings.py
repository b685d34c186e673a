"""Every table says what it holds of people, so that no erasure and no export leaves one out."""

from __future__ import annotations

from assay.store.holdings import HOLDINGS, NOBODYS
from assay.store.tables import METADATA


def test_each_table_says_what_it_holds_of_whom_or_why_it_holds_nobody():
    held = [holding.name for holding in HOLDINGS]
    assert sorted([*held, *NOBODYS]) == sorted(METADATA.tables), "enter a new table in store/holdings.py"


def test_rows_that_name_others_are_deleted_before_them():
    order = {holding.name: number for number, holding in enumerate(HOLDINGS)}
    for holding in HOLDINGS:
        for key in holding.table.foreign_keys:
            named = key.column.table.name
            assert named in NOBODYS or order[holding.name] < order[named], (holding.name, named)


def test_times_and_secrets_are_columns():
    for holding in HOLDINGS:
        assert {holding.time, *holding.secret} - {""} <= set(holding.table.columns.keys())
