"""ServiceReport: what a report says, once; numbers are rounded here, so that every form shows the same digits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assay.evaluation.record import load_record, save_record
from assay.spreadsheet import save_csv

SCHEMA_VERSION = 1
COLUMNS = ("table", "row", "column", "value")
Cell = str | int | float | None


@dataclass(frozen=True)
class ReportColumn:
    """A column of a table.

    Attributes:
        name: in JSON and CSV.
        label: for people.
        digits: decimals of its numbers; None for text.
        role: "value", "lower" or "upper" of one number with its interval, which the page shows together; else "".
        high: of a value's scale on the page, from 0; None draws none.
    """

    name: str
    label: str
    digits: int | None = None
    role: str = ""
    high: float | None = None

    def shown(self, cell: Cell) -> str:
        """A cell for people: `1,234`, `0.812`, `—` where it is undefined."""
        if cell is None:
            return "—"
        if self.digits is None or isinstance(cell, str):
            return str(cell)
        return f"{cell + 0.0:,.{self.digits}f}"

    def written(self, cell: Cell) -> str:
        """The same for a spreadsheet: no commas, and nothing where it is undefined."""
        return "" if cell is None else self.shown(cell).replace(",", "") if self.digits is not None else str(cell)


@dataclass(frozen=True)
class ReportTable:
    """A table of a report.

    Attributes:
        name: in JSON and CSV.
        title: for people.
        lead: a sentence about it; "" for none.
        columns: of it.
        rows: cells in the order of the columns; the first names the row.
        figure: how the page draws it: "days", "trend", "versions" or "" for not at all.
        marks: rows at which the level changes, by their index.
    """

    name: str
    title: str
    lead: str
    columns: tuple[ReportColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figure: str = ""
    marks: tuple[int, ...] = ()

    def column(self, name: str) -> list[Cell]:
        """The cells of a column."""
        at = [column.name for column in self.columns].index(name)
        return [row[at] for row in self.rows]


@dataclass(frozen=True)
class ServiceReport:
    """A report.

    Attributes:
        kind: "performance", "data" or "inference".
        title: for people.
        facts: what it is about -> in words.
        summary: what it comes to, in sentences.
        tables: of it.
        notes: what has to be kept in mind.
    """

    kind: str
    title: str
    facts: dict[str, str]
    summary: tuple[str, ...] = ()
    tables: tuple[ReportTable, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def rows(self) -> Iterator[dict[str, object]]:
        """Every cell, one a row, for a spreadsheet."""
        for table in self.tables:
            for cells in table.rows:
                for column, cell in list(zip(table.columns, cells, strict=True))[1:]:
                    value = column.written(cell)
                    yield {"table": table.name, "row": str(cells[0]), "column": column.name, "value": value}

    def save_json(self, path: Path) -> None:
        """Write everything, whole or not at all."""
        save_record(path, self, schema=SCHEMA_VERSION)

    def save_csv(self, path: Path) -> None:
        """Write every cell of every table."""
        save_csv(path, COLUMNS, self.rows())

    @classmethod
    def load(cls, path: Path) -> ServiceReport:
        """Read what `save_json` wrote.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, cls, "report of a service", schema=SCHEMA_VERSION)


def report_table(
    name: str,
    title: str,
    columns: Sequence[ReportColumn],
    rows: Sequence[Sequence[Cell]],
    *,
    lead: str = "",
    figure: str = "",
    marks: Sequence[int] = (),
) -> ReportTable:
    """A table whose numbers are rounded to the digits that are shown."""
    rounded = tuple(
        tuple(_rounded(column, cell) for column, cell in zip(columns, cells, strict=True)) for cells in rows
    )
    return ReportTable(name, title, lead, tuple(columns), rounded, figure, tuple(marks))


def _rounded(column: ReportColumn, cell: Cell) -> Cell:
    if column.digits is None or cell is None or isinstance(cell, str):
        return cell
    return int(cell) if column.digits == 0 else round(float(cell), column.digits) + 0.0
