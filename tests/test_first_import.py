"""The collector rests while a command imports a large package, and is as it was afterwards and elsewhere."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from assay.first_import import first_import
from assay.program import called_as


@pytest.fixture(autouse=True)
def _nothing_stays_frozen() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_a_command_collects_nothing_while_it_imports_and_looks_through_nothing_of_it_later() -> None:
    with called_as("assay train"), first_import("a_package_that_is_not_there"):
        inside = gc.isenabled()

    assert (inside, gc.isenabled()) == (False, True)
    assert gc.get_freeze_count() > 0


def test_an_import_that_fails_leaves_the_collector_at_work() -> None:
    with pytest.raises(ImportError), called_as("assay train"), first_import("a_package_that_is_not_there"):
        raise ImportError

    assert gc.isenabled()


def test_nothing_is_done_in_a_notebook_and_for_what_was_imported_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_PROGRAM", raising=False)
    gc.unfreeze()
    with first_import("a_package_that_is_not_there"):
        in_a_notebook = gc.isenabled()
    with called_as("assay train"), first_import("pytest"):
        imported_before = gc.isenabled()

    assert (in_a_notebook, imported_before) == (True, True)
    assert gc.get_freeze_count() == 0


def test_a_collector_that_somebody_has_put_to_rest_stays_so() -> None:
    gc.disable()
    try:
        with called_as("assay train"), first_import("a_package_that_is_not_there"):
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
