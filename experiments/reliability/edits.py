"""Edit the registry by hand in every way that a database and a folder allow, and ask `assay history --verify`.

    python experiments/reliability/edits.py [--folder DIR]

Two runs were promoted one after the other. Each value of each row that the history, MLflow's registry and its logged
models keep is changed, each row is deleted, each of these tables is emptied, and each file of the champion's model is
changed by a byte, cut by half, deleted; then a file is added. Everything is put back before the next edit. An edit is
noticed where `assay history --verify` ends with 1 and says something. What is not noticed is listed by table and
column: it has to be among `UNREAD`, columns from which nothing that Assay says, serves or decides is taken.

One line an edit goes to `edits.csv`; exit code 1 where another edit was not noticed.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from world import NAME, World

from processes import run

TABLES = ("assay_history", "registered_models", "registered_model_tags", "registered_model_aliases", "model_versions")
TABLES += ("model_version_tags", "logged_models", "logged_model_tags")
VERSION = {
    "creation_time",
    "last_updated_time",
    "description",
    "user_id",
    "run_link",
    "status_message",
    "current_stage",
}
LOGGED = {"creation_timestamp_ms", "last_updated_timestamp_ms", "status_message", "name", "model_type", "source_run_id"}
UNREAD = {
    "registered_models": {"creation_time", "last_updated_time", "description", "workspace"},
    "model_versions": VERSION,
    "logged_models": {*LOGGED, "experiment_id"},
    "logged_model_tags": {"experiment_id"},
}
"""What people may write into MLflow's UI, clocks that MLflow moves by itself, and names for its lists alone."""
UNREAD_TAGS = ("assay.test_digest", "dataset_digest", "assay.version")
"""Of logged models, for whoever looks for one in MLflow: the bundle says the same in a file that is sealed. Of
registered models, which version of Assay has named it: whatever it is called, its history lies under its name.
"""


@dataclass(frozen=True)
class Edit:
    """One edit of a database by a statement, or of a file by what is done to it."""

    place: str
    what: str
    statement: str = ""
    values: tuple[Any, ...] = ()
    file: Path | None = None

    def do(self, folder: Path) -> None:
        if self.file is None:
            with sqlite3.connect(folder / "mlruns/mlflow.db") as opened:
                opened.execute("PRAGMA foreign_keys = OFF")
                opened.execute(self.statement, self.values)
            return
        file = folder / self.file
        if self.what == "added":
            file.write_text("mine")
        elif self.what == "deleted":
            file.unlink()
        else:
            content = bytearray(file.read_bytes())
            middle = len(content) // 2
            if self.what == "a byte":
                content[middle] ^= 1
            file.write_bytes(content if self.what == "a byte" else content[:middle])


def database_edits(database: Path) -> Iterator[Edit]:
    with sqlite3.connect(database) as opened:
        for table in TABLES:
            columns = [row[1] for row in opened.execute(f"PRAGMA table_info({table})")]
            rows = opened.execute(f"SELECT rowid, * FROM {table}").fetchall()
            for rowid, *values in rows:
                tag = [str(value) for value in values if value in UNREAD_TAGS]
                named = f"{table} {tag[0]}" if tag else table
                for column, value in zip(columns, values, strict=True):
                    changed = _changed(value)
                    statement = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
                    yield Edit(f"{named}.{column}", f"row {rowid} changed", statement, (changed, rowid))
                yield Edit(named, f"row {rowid} deleted", f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
            if len(rows) > 1:
                yield Edit(table, "emptied", f"DELETE FROM {table}")


def _changed(value: Any) -> Any:
    if isinstance(value, (int, float)):
        return value + 1
    return "x" if not value else value[:-1] + ("0" if value[-1] != "0" else "1")


def file_edits(folder: Path) -> Iterator[Edit]:
    with sqlite3.connect(folder / "mlruns/mlflow.db") as opened:
        query = "SELECT source FROM model_versions WHERE version = 2"
        model = Path(str(opened.execute(query).fetchone()[0]).removeprefix("file://"))
    if not model.is_absolute():
        model = folder / model
    for file in sorted(path for path in model.rglob("*") if path.is_file()):
        for what in ("a byte", "half", "deleted"):
            yield Edit(f"file {file.relative_to(model)}", what, file=file.relative_to(folder))
    yield Edit("file", "added", file=(model / "added.txt").relative_to(folder))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="where edits.csv lies; a temporary one without it")
    asked = parser.parse_args(arguments)
    root = asked.folder or Path(tempfile.mkdtemp(prefix="reliability-"))
    root.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(dir=root) as work:
        world = World(Path(work))
        folder = world.root / "twice"
        verify = ["history", f"name={NAME}", "--verify"]
        first = run(verify, folder, world.log)
        if first.code != 0:
            raise SystemExit(f"it does not hold before anything is edited:\n{first.text}")
        kept = world.root / "kept"
        shutil.copytree(folder / "mlruns", kept, symlinks=True)
        for edit in [*database_edits(folder / "mlruns/mlflow.db"), *file_edits(folder)]:
            try:
                edit.do(folder)
            except sqlite3.IntegrityError:
                continue  # the database itself refuses it
            ended = run(verify, folder, world.log)
            said = ended.text.strip().splitlines()
            noticed = ended.code == 1 and bool(said) and "Traceback" not in ended.text
            row = {"place": edit.place, "edit": edit.what, "noticed": noticed, "exit code": ended.code}
            rows.append(row | {"said": said[-1][:200] if noticed else ended.text[-300:]})
            shutil.rmtree(folder / "mlruns")
            shutil.copytree(kept, folder / "mlruns", symlinks=True)
    with (root / "edits.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    missed = [row for row in rows if not row["noticed"] and not _unread(row["place"])]
    for place, count in Counter(row["place"] for row in rows if not row["noticed"] and _unread(row["place"])).items():
        print(f"{place}: {count} edits, from which nothing is taken")
    print(f"{sum(row['noticed'] for row in rows)} of {len(rows)} edits noticed; {len(missed)} should have been")
    for row in missed:
        print(f"not noticed: {row['place']}, {row['edit']}")
    return 1 if missed else 0


def _unread(place: str) -> bool:
    table, _, column = place.partition(".")
    return column in UNREAD.get(table, set()) or place.split(" ", 1)[-1].startswith(UNREAD_TAGS)


if __name__ == "__main__":
    raise SystemExit(main())
