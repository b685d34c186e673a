"""Reports of a service: four forms that agree to the digit, the same bytes again, and numbers that others come to."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score
from statsmodels.stats.proportion import proportion_confint

from assay.data.lineage import Lineage
from assay.data.manifest import Manifest
from assay.review.enqueue import prediction_item
from assay.review.item import SETTLED
from assay.review.policy import QueuePolicy
from assay.review.rows import add_items
from assay.serving.reports.record import ServiceReport
from assay.store.ids import new_id
from assay.store.keys import create_key, rotate_key
from assay.store.label_tables import LABEL_SETS
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.retrain_tables import RETRAIN_JOBS, RETRAIN_RUNS
from assay.store.review_tables import REVIEW_ITEMS
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject
from service_database import open_store

HOSTILE = "<script>shop</script>"
POLICY = QueuePolicy(random_share=0.0)


class Log:
    """Two weeks of answers by three keys, one of which was rotated, with reviewed pictures."""

    def __init__(self, folder: Path) -> None:
        self.records: list[PredictionRecord] = []
        self.truth: dict[str, str] = {}
        with open_store(folder) as store:
            self._fill(store)

    def _fill(self, store: ServiceStore) -> None:
        rng = np.random.default_rng(0)
        subject = store.write(lambda c: add_subject(c, "ada")).id

        def key(name: str) -> str:
            return store.write(lambda c: create_key(c, subject, name, ["classify"], actor="x")[0]).id

        keys = [key(HOSTILE), key("news"), key("bench")]
        rotated = store.write(lambda c: rotate_key(c, keys[1], actor="x", overlap_days=1.0)[0]).id
        for number in range(420):
            real = float(rng.uniform())
            engine = 0.0 if number % 10 == 0 else 5.0 + number % 7
            which = rng.choice([*keys, rotated], p=[0.5, 0.2, 0.1, 0.2])
            record = PredictionRecord(
                new_id(), f"2026-03-{1 + number // 30:02}T{number % 24:02}:00:00.{number % 1000:03}Z", new_id(),
                subject, str(which), f"{number:064}", "exposr", "3", "c" * 64, "champion",
                "real" if real > 0.5 else "generated",
                max(real, 1 - real), {"probabilities": {"generated": 1 - real, "real": real}}, {},
                "unsure" if number % 20 == 0 else "in-domain", number % 6 == 0, engine + 20, kept=True,
                engine_ms=engine,
            )  # fmt: skip
            self.records.append(record)
            self.truth[record.id] = "real" if rng.uniform() < real else "generated"
        store.write(lambda c: log_predictions(c, self.records))
        store.write(self._review)

    def _review(self, connection: Any) -> None:
        drawn = [record for place, record in enumerate(self.records) if place % 4 == 0]
        items = [prediction_item(record, "random", POLICY) for record in drawn]
        items += [prediction_item(record, "low_confidence", POLICY) for record in self.records[1:40:4]]
        for item in add_items(connection, items):
            change = REVIEW_ITEMS.update().where(REVIEW_ITEMS.c.id == item.id)
            connection.execute(change.values(state=SETTLED, outcome=self.truth[item.prediction]))


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def report(assay: Any, *words: str) -> ServiceReport:
    code, out, err = assay("report", *words, "store=service.db", "output=made", "format=json")
    assert code == 0, err
    shown = json.loads(out)["report"]
    kept = json.loads(Path("made/report.json").read_text("utf-8"))
    assert {name: kept[name] for name in shown} == shown
    return ServiceReport.load(Path("made/report.json"))


class Rows(HTMLParser):
    """Words of each row of each table of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tables: list[list[str]] = []
        self.inside = False
        self.feed(source)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append("")
        self.inside = self.inside or tag == "tr"

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "tr"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.tables[-1][-1] += f"{data} "


def by_name(made: ServiceReport, name: str) -> dict[str, dict[str, Any]]:
    """Row -> column -> cell of a table."""
    table = next(each for each in made.tables if each.name == name)
    heads = [column.name for column in table.columns]
    return {str(row[0]): dict(zip(heads, row, strict=True)) for row in table.rows}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["inference", "performance", "data"])
def test_page_json_csv_and_text_of_a_report_agree_to_the_digit(kind: str, log: Log, assay: Any) -> None:
    manifests()
    made = report(assay, kind, *([] if kind == "data" else ["window=4w"]))
    page = Rows(Path("made/index.html").read_text("utf-8"))
    lines = Path("made/report.txt").read_text("utf-8").splitlines()
    written = list(csv.DictReader(io.StringIO(Path("made/report.csv").read_text("utf-8-sig"))))
    assert [len(table.rows) + 1 for table in made.tables] == [len(rows) for rows in page.tables]
    numbers = 0
    for table, rows in zip(made.tables, page.tables, strict=True):
        begin = lines.index(table.title)
        for row, on_page in zip(table.rows, rows[1:], strict=True):
            name = str(row[0])
            line = next(each for each in lines[begin:] if each.startswith(f"{name} "))
            in_csv = {
                each["column"]: each["value"] for each in written if (each["table"], each["row"]) == (table.name, name)
            }
            for column, cell in zip(table.columns, row, strict=True):
                if column.digits is None or cell is None:
                    continue
                numbers += 1
                digits = f"{cell:,.{column.digits}f}"
                assert digits in line.split(), (table.name, name, column.name)
                assert digits in on_page.split(), (table.name, name, column.name)
                assert in_csv[column.name] == digits.replace(",", "")
    assert numbers > 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["inference", "performance"])
def test_a_report_made_twice_from_the_same_store_has_the_same_bytes(kind: str, log: Log, assay: Any) -> None:
    made = []
    for folder in ("one", "two"):
        code, _, err = assay("report", kind, "window=1w", "store=service.db", f"output={folder}")
        assert code == 0, err
        made.append({file.name: file.read_bytes() for file in sorted(Path(folder).iterdir())})
    assert list(made[0]) == ["index.html", "report.csv", "report.json", "report.txt"]
    assert made[0] == made[1]
    ends = json.loads(made[0]["report.json"])["facts"]["to"]
    assert ends == f"{max(each.time for each in log.records)[:16]}Z", (
        "it ends with the newest answer, whenever it is made"
    )


@pytest.mark.slow
def test_use_is_counted_as_anybody_would_count_it(log: Log, assay: Any) -> None:
    made = report(assay, "inference", "window=4w")
    days = by_name(made, "days")
    assert {day: row["answers"] for day, row in days.items()} == Counter(each.time[:10] for each in log.records)
    classes = Counter(each.label for each in log.records)
    assert {name: row["answers"] for name, row in by_name(made, "label").items()} == classes
    arm = by_name(made, "arm")["champion"]
    times = [each.total_ms for each in log.records if each.engine_ms > 0]
    assert (arm["p50_ms"], arm["p95_ms"]) == tuple(np.round(np.percentile(times, [50, 95]), 1))
    assert arm["from_memory"] == 0.1
    assert arm["for_a_person"] == round(sum(each.for_a_person for each in log.records) / 420, 3)
    keys = by_name(made, "key")
    assert set(keys) == {HOSTILE, "news", "bench"}, "a rotated key is one with the key whose place it took"
    assert "<script>" not in Path("made/index.html").read_text("utf-8")
    bench = [each for each in log.records if each.key == log_key(log, keys["bench"]["answers"])]
    ends = proportion_confint(sum(each.for_a_person for each in bench), len(bench), method="wilson")
    assert (keys["bench"]["for_a_person_lower"], keys["bench"]["for_a_person_upper"]) == pytest.approx(ends, abs=6e-4)


def log_key(log: Log, answers: int) -> str:
    """The key with so many answers."""
    return next(key for key, count in Counter(each.key for each in log.records).items() if count == answers)


@pytest.mark.slow
def test_a_window_holds_the_answers_before_its_end_and_no_others(log: Log, assay: Any) -> None:
    made = report(assay, "inference", "window=2d", "end=2026-03-05T00:00:00Z")
    inside = [each for each in log.records if "2026-03-03" <= each.time < "2026-03-05"]
    assert made.facts["answers"] == f"{len(inside)}"
    assert list(by_name(made, "days")) == ["2026-03-03", "2026-03-04"]


@pytest.mark.slow
def test_performance_counts_labels_of_the_random_slice_and_says_what_it_rests_on(log: Log, assay: Any) -> None:
    made = report(assay, "performance", "window=4w", "parts=2")
    rows = by_name(made, "estimates")
    drawn = log.records[::4]
    expected = accuracy_score([log.truth[each.id] for each in drawn], [each.label for each in drawn])
    assert rows["Accuracy, realised"]["value"] == round(expected, 3)
    assert rows["Accuracy, realised"]["labels"] == len(drawn) == 105
    mean = np.mean([each.confidence for each in log.records])
    assert rows["Accuracy, confidence-based"]["value"] == round(float(mean), 3)
    powered = rows["Accuracy, prediction-powered"]
    assert powered["lower"] < powered["value"] < powered["upper"]
    assert any("10 reviewed answers do not count" in note for note in made.notes)
    assert any("a change of what classes look like is not seen" in words for words in made.summary)
    whose = by_name(made, "operating point")
    real = [each for each in drawn if log.truth[each.id] == "real"]
    assert whose["all"]["reviewed real"] == len(real)
    assert whose["all"]["false alarms"] == round(sum(each.label == "generated" for each in real) / len(real), 3)
    assert sum(row["answers"] for row in by_name(made, "windows").values()) == 420


@pytest.mark.slow
def test_every_retraining_is_in_the_report_with_its_reason_cost_and_verdict(log: Log, assay: Any) -> None:
    moment = "2026-03-02T02:00:00.000Z"
    texts = dict.fromkeys(("lease", "renewed", "resumes", "step"), "")
    run = {"id": new_id(), "job": "weekly", "slot": moment, "trigger": "schedule", "state": "skipped",
           "reason": "nothing new", "verdict": "", "attempt": 1, "fence": 1, "created": moment, "started": moment,
           "ended": moment, "cost": '{"hours": 0.5}', "facts": "{}", **texts}  # fmt: skip
    with open_store(Path.cwd()) as store:
        store.write(lambda c: c.execute(RETRAIN_JOBS.insert().values(job="weekly", since=moment, reached=moment)))
        store.write(lambda c: c.execute(RETRAIN_RUNS.insert().values(**run)))
    (row,) = by_name(report(assay, "performance", "window=1d"), "retrainings").values()
    assert (row["state"], row["reason"], row["cost"]) == ("skipped", "nothing new", "hours 0.5")


def manifests(folder: Path = Path("data")) -> tuple[Manifest, Manifest]:
    """Two versions of a dataset: one picture left, two came, one has another label."""
    rows = [(f"{number:064x}", number % 2, "shop" if number < 6 else "museum", "CC0-1.0") for number in range(10)]

    def manifest(chosen: list[tuple[str, int, str, str]], lineage: Lineage | None) -> Manifest:
        about = [
            {"id": name, "path": f"/p/{name[-4:]}.png", "label": label, "source": source, "license": licence,
             "split": "test" if int(name, 16) % 5 == 0 else "train", "group": name, "ood_set": "", "generator": "",
             "width": 8, "height": 8, "format": "PNG", "phash": 0, "flags": ""}
            for name, label, source, licence in chosen
        ]  # fmt: skip
        return Manifest(pd.DataFrame(about), ("generated", "real"), lineage=lineage)

    folder.mkdir(exist_ok=True)
    first = manifest(rows[:8], Lineage("", "assay train", "2026-01-01T00:00:00+00:00"))
    first.save(folder / "first.parquet")
    changed = [(rows[1][0], 0, *rows[1][2:]), *rows[2:]]
    second = manifest(changed, Lineage(first.digest, "assay audit apply", "2026-02-01T00:00:00+00:00"))
    second.save(folder / "second.parquet")
    return first, second


@pytest.mark.slow
def test_data_say_what_came_and_left_under_which_licence_and_which_labels_were_reviewed(log: Log, assay: Any) -> None:
    first, second = manifests()
    values = {"id": new_id(), "time": "2026-03-01T00:00:00.000Z", "name": "march", "split": "train",
              "folder": "f", "labels": 12, "digest": "e" * 64}  # fmt: skip
    with open_store(Path.cwd()) as store:
        store.write(lambda c: c.execute(LABEL_SETS.insert().values(**values)))
    made = report(assay, "data", "folder=data")
    rows = by_name(made, "versions")
    newest = rows[second.digest[:12]]
    assert list(rows) == [first.digest[:12], second.digest[:12]]
    assert [newest[name] for name in ("images", "added", "gone", "relabelled", "moved")] == [9, 2, 1, 1, 0]
    assert newest["parent"] == first.digest[:12]
    origins = by_name(made, "origins")
    assert {name: row["images"] for name, row in origins.items()} == {"shop, CC0-1.0": 5, "museum, CC0-1.0": 4}
    assert by_name(made, "labels")["march"]["labels"] == 12
    assert by_name(made, "classes")["real"][second.digest[:12]] == 4


@pytest.mark.slow
def test_without_answers_or_a_service_a_report_says_so(tmp_path: Path, assay: Any) -> None:
    code, _, err = assay("report", "inference")
    assert code == 1
    assert "no service has kept anything here yet" in err
    open_store(tmp_path).close()
    assert report(assay, "inference").summary == ("Nothing was answered in this window.",)
    assert report(assay, "performance").notes[0].startswith("No service has answered anything yet")
    assert report(assay, "data").summary == ("There is no saved manifest here.",)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("data", "window=7d"), "window: goes with performance and inference"),
        (("inference", "parts=3"), "parts: goes with performance"),
        (("parts=3",), "parts: goes with performance"),
        (("inference", "data"), "one report is shown at a time"),
        (("inference", "window=soon"), "a span is a number"),
    ],
)
def test_a_key_that_means_nothing_for_a_report_is_refused(words: tuple[str, ...], message: str, assay: Any) -> None:
    code, _, err = assay("report", *words)
    assert code == 2
    assert message in err
