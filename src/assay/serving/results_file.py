"""ResultsFile: a line for each answered picture, kept as it comes, so that a killed command goes on where it was."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from assay.errors import ConfigError, DataError
from assay.output import single_line
from assay.serving.classified import Classified, document_of, row_of
from assay.serving.engine import Engine
from assay.spreadsheet import as_written, csv_line

ENDINGS = (".jsonl", ".csv")
Key = tuple[str, int, int]
"""Path, bytes and time of change of a picture; of one at an address, the address and zeros."""


class ResultsFile:
    """Answers of one engine in a file, JSONL or CSV by its ending.

    Lines that are there already are read: a picture whose path, size and time of change stand in one is not asked about
    again. What was written of a line when a process was killed is cut off.

    Args:
        path: the file; made where it is missing.
        engine: whose answers these are.

    Raises:
        ConfigError: another ending, or a file of something else or of another model.
        DataError: it cannot be written.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        if path.suffix.lower() not in ENDINGS:
            raise ConfigError(
                f"output={path}: ends with neither {' nor '.join(ENDINGS)}; output={path}.jsonl takes a line each"
            )
        self.path, self._engine = path, engine
        self._table = path.suffix.lower() == ".csv"
        self._header = list(row_of(Classified("", None), engine))
        self.answered: set[Key] = set()
        self.failed = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = self._read() if path.exists() else 0
            self._file: BinaryIO = path.open("ab")
            self._file.truncate(whole)
            if whole == 0 and self._table:
                self._file.write(_csv_line(self._header))
        except OSError as error:
            raise DataError(f"{path}: cannot be written ({error.strerror or error}); name another output=") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, results: Sequence[Classified]) -> None:
        """Write a line for each and see that the disk has them.

        Raises:
            DataError: the disk does not take them.
        """
        lines = [self._line(result) for result in results]
        try:
            self._file.write(b"".join(lines))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise DataError(
                f"{self.path}: cannot be written ({error.strerror}); the same command goes on with it"
            ) from error

    def _line(self, result: Classified) -> bytes:
        if self._table:  # a cell of two lines would be half a line to whoever goes on
            return _csv_line([_cell(value) for value in row_of(result, self._engine).values()])
        return (json.dumps(document_of(result, self._engine), ensure_ascii=False, allow_nan=False) + "\n").encode()

    def _read(self) -> int:
        """Take what is there; gives the length of its whole lines in bytes."""
        whole = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(_whole_lines(file), start=1):
                if not (self._table and number == 1):
                    self._take(line, number)
                elif next(csv.reader([line.decode("utf-8", "replace")])) != self._header:
                    raise ConfigError(f"{self.path}: has other columns than this model's answers; name another output=")
                whole += len(line)
        return whole

    def _take(self, line: bytes, number: int) -> None:
        try:
            text = line.decode()
            row = dict(zip(self._header, next(csv.reader([text])), strict=True)) if self._table else json.loads(text)
            bundle, error = row["bundle"], row["error"]
            picture = as_written(row["picture"]) if self._table else single_line(str(row["picture"]))
            key = (picture, int(row["bytes"]), int(row["modified_ns"]))
        except (ValueError, KeyError, TypeError, StopIteration) as wrong:
            raise ConfigError(
                f"{self.path}: line {number} is no answer of assay classify; name another output="
            ) from wrong
        if bundle != self._engine.digest:
            raise ConfigError(
                f"{self.path}: holds answers of another model (bundle {bundle[:12]} instead of "
                f"{self._engine.digest[:12]}); name another output="
            )
        if not error:
            self.answered.add(key)


def _whole_lines(file: BinaryIO) -> Sequence[bytes]:
    return [line for line in file if line.endswith(b"\n")]


def key_of(result: Classified) -> Key:
    """What a picture is known by in such a file."""
    return single_line(result.picture), result.bytes, result.modified_ns


def _cell(value: object) -> object:
    return single_line(value) if isinstance(value, str) else value


def _csv_line(cells: Sequence[object]) -> bytes:
    return (csv_line(cells) + "\n").encode()
