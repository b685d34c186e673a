"""Every remedy that the code can print is run by a test, or stands with the reason why not."""

from __future__ import annotations

import ast
from pathlib import Path

from remedies import places
from remedies.registry import NOT_RUN, NOT_RUN_SETTINGS, RUN, RUN_SETTINGS, Printed

TESTS = Path(__file__).parents[1]


def listed(tests: dict[str, list[Printed]]) -> set[Printed]:
    entries = [entry for typed in tests.values() for entry in typed]
    assert len(entries) == len(set(entries)), "named twice"
    return set(entries)


def test_every_command_that_is_printed_has_its_test_or_its_reason() -> None:
    printed, known = {*places.commands(), *places.made()}, listed({**RUN, **NOT_RUN})
    assert printed - known == set(), "write a test that types what the message prints, and name it in registry.py"
    assert known - printed == set(), "printed no more"


def test_every_setting_that_an_error_asks_for_has_its_test_or_its_reason() -> None:
    printed, known = set(places.settings()), listed({**RUN_SETTINGS, **NOT_RUN_SETTINGS})
    assert printed - known == set(), "write a test that types it, and name it in registry.py"
    assert known - printed == set(), "printed no more"


def test_the_tests_that_are_named_exist() -> None:
    for named in {*RUN, *RUN_SETTINGS}:
        file, _, name = named.partition("::")
        tree = ast.parse((TESTS / file).read_text("utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, named
