"""What comes from data reaches terminals and tables as text, and no room has a way of its own to them."""

import ast
import csv
import io
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import assay
from assay.commands.document import csv_text as rows_as_csv
from assay.output import guard_logs_and_warnings, say, single_line, visible, write_document
from assay.spreadsheet import as_written, csv_text, inert, save_csv
from assay.terminal import joined, styled, terminal

SOURCE = Path(assay.__file__).parent
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\x9bm\x7f\r", "a\\x9bm\\x7f\\r".replace("\\r", "\\x0d")),
        ("photo\u202egnp.exe", "photo\\u202egnp.exe"),
        ("\u2066x\ud800", "\\u2066x\\ud800"),
        ("tag \U000e0041", "tag \\U000e0041"),
    ],
)
def test_what_a_terminal_obeys_or_hides_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text", ["ünï 日本 ไทย", "🐱 👩\u200d🔬", "नमस्\u200dते", "two\nlines\tand", "[/red] :smile: {x}"]
)
def test_ordinary_text_of_any_script_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_a_line_of_a_table_stays_one_line() -> None:
    assert single_line("a\nb\tc") == "a\\nb\\tc"


@pytest.mark.parametrize("name", ["[/nope]", "[bold]x", "[link=http://x]y[/link]", ":smile:", HOSTILE])
def test_a_name_in_a_table_and_a_line_is_printed_as_it_is(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    from rich.table import Table

    console = terminal()
    table = Table(title=name)
    table.add_column(name)
    table.add_row(name)
    table.add_row(joined(styled(name, "bold"), name, separator=" "))
    console.print(table)
    console.print(name, style="dim")
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert printed.count(visible(name)) >= 5


def test_logs_and_warnings_of_libraries_are_shown_the_same_way(restored: None) -> None:
    guard_logs_and_warnings()
    handler = logging.StreamHandler(stream := io.StringIO())
    logger = logging.getLogger("a.library")
    logger.addHandler(handler)
    logger.warning("cannot read %s", HOSTILE)
    logger.removeHandler(handler)
    warned = warnings.formatwarning(HOSTILE, UserWarning, "x.py", 1)
    assert "\x1b" not in stream.getvalue() + warned
    assert "owned" in stream.getvalue()
    assert "owned" in warned


@pytest.fixture
def restored() -> Iterator[None]:
    factory, formatted = logging.getLogRecordFactory(), warnings.formatwarning
    yield
    logging.setLogRecordFactory(factory)
    warnings.formatwarning = formatted


def test_a_terminal_of_another_alphabet_shows_what_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))
    say("ünï")
    assert raw.getvalue() == b"\\xfcn\\xef\n"


def test_a_document_for_a_program_keeps_every_character(capsys: pytest.CaptureFixture[str]) -> None:
    write_document(json.dumps({"name": HOSTILE}, ensure_ascii=False))
    assert json.loads(capsys.readouterr().out) == {"name": HOSTILE}


@pytest.mark.parametrize("cell", ['=HYPERLINK("http://x")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_calculate_is_text_and_can_be_read_back(cell: str, tmp_path: Path) -> None:
    save_csv(tmp_path / "table.csv", ["name", cell], [[cell, "x"], {"name": cell, cell: None}])
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as opened:
        heads, first, second = list(csv.reader(opened))
    assert heads[1] == first[0] == second[0] == f"'{cell}"
    assert as_written(first[0]) == cell
    assert next(iter(csv.DictReader(io.StringIO(rows_as_csv([{"name": cell}]), newline=""))))["name"] == f"'{cell}"


@pytest.mark.parametrize("cell", [-0.5, "-0.5", "+1e-3", "-inf", "a=b", "cat-dog", "it's", "", None, 3])
def test_numbers_and_ordinary_words_stay_as_they_are(cell: object) -> None:
    assert inert(cell) == cell
    if isinstance(cell, str):
        assert as_written(cell) == cell


def test_lines_end_as_asked() -> None:
    assert csv_text(["a", "b"], [[1, None]], line_end="\n") == "a,b\n1,\n"


# Whoever prints or writes a table by another way lets names of classes, files and people through unseen.
ALLOWED = {
    "print": {"output.py", "deploy/benchmark/cold.py"},  # the second is read by the process that started it
    "csv.writer": {"spreadsheet.py"},
    "csv.DictWriter": set(),
    "Console": {"terminal.py"},
    "escape": {"pages/svg.py"},
    "to_csv": {"data/rows_as_text.py", "run/fidelity.py"},  # digests, which nobody opens
}


@pytest.mark.parametrize("call", ALLOWED)
def test_there_is_no_other_way_out(call: str) -> None:
    callers = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and (
                ast.unparse(node.func) == call or (call == "to_csv" and ast.unparse(node.func).endswith(".to_csv"))
            ):
                callers.add(path.relative_to(SOURCE).as_posix())
    assert callers <= ALLOWED[call]
