"""The report of an experiment: numbers that others come to as well, alike on page, terminal and in tables."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, ttest_ind
from statsmodels.stats.proportion import proportion_confint

from assay.comparison.always_valid import always_valid_interval
from assay.review.item import ReviewItem
from assay.review.review import Review
from assay.review.rows import add_items, add_review
from assay.serving.arms import Experiment, Rival
from assay.serving.engine import Engine
from assay.serving.experiment import begin_experiment
from assay.serving.experiment_report.record import ExperimentReport
from assay.serving.experiment_report.state import NOTHING_BEGUN
from assay.serving.origin import Origin
from assay.store.experiment_counts import Bundles, note_failure
from assay.store.experiments import STARTED, note_experiment
from assay.store.ids import new_id, now
from assay.store.keys import create_key, rotate_key
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.review_tables import REVIEWERS
from assay.store.subjects import add_subject
from assay.store.trail import trail_findings
from service_database import open_store
from serving_world import World

CHAMPION, RIVAL = "c" * 64, "d" * 64
CLASSES = ("jade", "opal")


class Log:
    """A service's database with an experiment in it, and the labels of what was reviewed."""

    def __init__(self, folder: Path, arm: str) -> None:
        self.folder, self.arm = folder, arm
        self.store = open_store(folder)
        self.labels: list[tuple[str, str]] = []
        self._records: list[PredictionRecord] = []
        content = {"arm": arm, "share": 0.5, "champion": CHAMPION, "rival": RIVAL}
        self.store.write(lambda c: note_experiment(c, STARTED, "trial", content))
        self.subject = self.store.write(lambda c: add_subject(c, "ada")).id

    def answer(self, arm: str, label: str, key: str = "k", pair: str = "", **more: Any) -> str:
        chance = 0.8 if label == "jade" else 0.3
        values: dict[str, Any] = {
            "request": new_id(),
            "picture": new_id(),
            "for_a_person": False,
            "engine_ms": 10.0,
            "model": "stones",
            "version": "3" if arm == "champion" else "4",
            "bundle": CHAMPION if arm == "champion" else RIVAL,
        }
        record = PredictionRecord(
            id=new_id(),
            time=now(),
            subject=self.subject,
            key=key,
            arm=arm,
            label=label,
            confidence=max(chance, 1 - chance),
            answer={"probabilities": {"jade": chance, "opal": 1 - chance}},
            statistics={},
            domain="in-domain",
            total_ms=12.0,
            experiment="trial",
            pair=pair,
            **{**values, **more},
        )
        self._records.append(record)
        return record.id

    def both(self, ours: str, theirs: str, true: str = "", **more: Any) -> str:
        picture = more.pop("picture", new_id())
        given = self.answer("champion", ours, picture=picture, **more)
        self.answer("shadow", theirs, pair=given, picture=picture, **more)
        if true:
            self.labels.append((given, true))
        return given

    def write(self) -> Path:
        self.store.write(lambda c: log_predictions(c, self._records))
        self._records = []
        path = self.folder / "labels.csv"
        path.write_text("prediction,label\n" + "".join(f"{name},{label}\n" for name, label in self.labels))
        return path


@pytest.fixture
def log(tmp_path):
    made: list[Log] = []

    def make(arm: str) -> Log:
        made.append(Log(tmp_path, arm))
        return made[-1]

    yield make
    for each in made:
        each.store.close()


def report(assay: Any, *words: str) -> tuple[dict[str, Any], ExperimentReport]:
    code, out, err = assay("experiment", "report", *words, "store=service.db", "output=pages", "format=json")
    assert code == 0, err
    return json.loads(out)["report"], ExperimentReport.load(Path("pages/experiment.json"))


def test_a_shadow_that_is_right_more_often_is_called_better_with_numbers_that_others_come_to(log, assay):
    made = log("shadow")
    for number in range(300):
        true = CLASSES[number % 2]
        ours = true if number % 10 < 7 else CLASSES[1 - number % 2]
        theirs = true if number % 20 else CLASSES[1 - number % 2]
        made.both(ours, theirs, true, engine_ms=5.0 + number % 7)
    made.write()
    shown, kept = report(assay, "labels=labels.csv")
    finding = shown["finding"]
    differences = [(number % 20 != 0) * 1.0 - (number % 10 < 7) * 1.0 for number in range(300)]
    assert (finding["champion"], finding["rival"]) == pytest.approx((0.7, 0.95))
    assert finding["always"]["value"] == pytest.approx(np.mean(differences))
    assert (finding["always"]["low"], finding["always"]["high"]) == always_valid_interval(differences, -1, 1)
    assert finding["outcome"] == "better"
    assert finding["words"].startswith("The rival is right more often than the champion: by +0.250 (+0.")
    assert finding["needed_to_settle"] is None
    assert finding["needed_for_width"] > 300
    accuracy = next(each for each in kept.comparison.variants[0].claims if each.metric == "accuracy")
    assert finding["once"]["low"] == accuracy.difference.low > 0
    assert [each.metric for each in kept.comparison.variants[0].claims] == ["accuracy", "macro_f1", "nll"]
    same = sum((number % 20 != 0) == (number % 10 < 7) for number in range(300))
    wilson = proportion_confint(same, 300, method="wilson")
    assert (shown["agreement"]["same"]["low"], shown["agreement"]["same"]["high"]) == pytest.approx(wilson)


def test_equal_models_stay_open_and_it_is_said_how_many_reviews_would_settle_it(log, assay):
    made = log("shadow")
    for number in range(40):
        made.both("jade", "jade" if number % 8 else "opal", "jade")
    made.write()
    shown, _ = report(assay, "labels=labels.csv", "width=0.1")
    finding = shown["finding"]
    assert finding["outcome"] == "open"
    assert "it may be none" in finding["words"]
    needed = finding["needed_to_settle"]
    differences = [0.0] * 35 + [-1.0] * 5
    assert always_valid_interval(differences, -1, 1, n=needed)[1] < 0 < always_valid_interval(differences, -1, 1)[1]
    low, high = always_valid_interval(differences, -1, 1, n=finding["needed_for_width"])
    assert high - low <= 0.1
    assert finding["needed_for_power"] > 40


def test_a_picture_that_is_sent_again_counts_once_and_keys_count_where_they_are_asked_for(log, assay):
    made = log("shadow")
    for key in range(6):
        for number in range(10):
            made.both("jade", "opal" if number % 2 else "jade", "opal", key=f"k{key}", picture=f"{key}-{number}")
            made.both("jade", "opal" if number % 2 else "jade", "opal", key=f"k{key}", picture=f"{key}-{number}")
    made.write()
    shown, _ = report(assay, "labels=labels.csv")
    assert (shown["reviewed"], shown["finding"]["always"]["n"]) == (60, 60)
    assert any("about the 6 keys that sent them" in note for note in shown["notes"])
    shown, kept = report(assay, "labels=labels.csv", "unit=keys")
    assert (shown["reviewed"], shown["finding"]["always"]["n"], kept.comparison.unit_word) == (60, 6, "groups")
    assert shown["finding"]["always"]["value"] == pytest.approx(0.4), "the first five of each key: two of them gained"


def test_a_challenger_is_compared_over_keys_and_a_rotated_key_is_the_same_one(log, assay):
    made = log("challenger")
    rng = np.random.default_rng(1)
    shares: dict[str, list[float]] = {"champion": [], "challenger": []}
    for number in range(24):
        arm = "challenger" if number % 2 else "champion"
        key, _ = made.store.write(lambda c: create_key(c, made.subject, "phone", ["classify"], actor="test"))
        newer, _ = made.store.write(lambda c, k=key: rotate_key(c, k.id, actor="test"))
        rights = rng.random(12) < (0.9 if number % 2 else 0.6)
        for place, right in enumerate(rights):
            used = key.id if place < 6 else newer.id
            made.labels.append((made.answer(arm, "jade", key=used), "jade" if right else "opal"))
        shares[arm].append(float(rights.mean()))
    made.write()
    shown, _ = report(assay, "labels=labels.csv")
    finding = shown["finding"]
    welch = ttest_ind(shares["challenger"], shares["champion"], equal_var=False)
    low, high = welch.confidence_interval(0.95)
    assert (finding["champion"], finding["rival"]) == pytest.approx([np.mean(each) for each in shares.values()])
    assert (finding["once"]["low"], finding["once"]["high"]) == pytest.approx((low, high))
    assert finding["p"] == pytest.approx(welch.pvalue)
    assert (finding["unit"], finding["always"]["n"]) == ("keys", 24)
    assert finding["always"]["low"] < low < high < finding["always"]["high"], "what holds at every look is wider"
    assert shown["agreement"] is shown["comparison"] is None
    assert (shown["champion"]["keys"], shown["rival"]["keys"]) == (12, 12)


def test_a_challengers_interval_misleads_who_looks_after_each_key_as_seldom_as_it_says(monkeypatch):
    from assay.serving.experiment_report.finding import Reviewed, two_sample_finding

    # How many more it takes is no part of the outcome, and nine tenths of the time.
    monkeypatch.setattr("assay.serving.experiment_report.finding.values_needed", lambda settled, n: None)

    class Said:
        def __init__(self, key: str, label: str) -> None:
            self.key, self.label = key, label

    misled = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        arms: list[list[Any]] = [[], []]
        for number in range(48):
            share = rng.beta(0.5, 0.5)
            for right in rng.random(5) < share:
                said: Any = Said(str(number), "jade")
                arms[number % 2].append(Reviewed(said, "jade" if right else "opal"))
            if number % 6 == 5 and two_sample_finding(*arms, width=2, confidence=0.95).outcome != "open":
                misled += 1
                break
    assert misled <= binom.ppf(0.999, 60, 0.05)


def test_without_labels_it_says_what_each_arm_has_done_and_where_they_agree(log, assay):
    made = log("shadow")
    for number in range(20):
        made.both("jade", "jade" if number else "opal", for_a_person=number < 5)
    made.write()
    bundles = Bundles("trial", "shadow", CHAMPION, RIVAL)
    made.store.write(lambda c: note_failure(c, bundles, rival=True))
    shown, _ = report(assay)
    assert shown["finding"]["outcome"] == "unknown"
    assert (shown["rival"]["requests"], shown["rival"]["failing"]["value"]) == (21, pytest.approx(1 / 21))
    assert shown["champion"]["failing"]["value"] == 0
    wilson = proportion_confint(5, 20, method="wilson")
    assert (shown["champion"]["to_a_person"]["low"], shown["champion"]["to_a_person"]["high"]) == pytest.approx(wilson)
    assert shown["agreement"]["labels"] == [["jade", "jade", 19], ["jade", "opal", 1]]
    code, out, _ = assay("experiment", "store=service.db", "output=pages")
    assert code == 0
    assert "most often apart: the champion says jade, the shadow opal (1)" in out
    assert "labels=FILE.csv takes more" in out


def test_what_the_queue_of_reviews_has_settled_counts_but_not_what_was_chosen_for_its_doubt(log, assay):
    made = log("shadow")
    given = [made.both("jade", "jade" if number % 2 else "opal") for number in range(12)]
    made.write()
    row = {"id": "kim", "name": "kim", "password": "", "roles": "reviewer", "created": "2026", "disabled": ""}
    row |= {"link": "", "link_expires": "", "epoch": 0}
    made.store.write(lambda c: c.execute(REVIEWERS.insert().values(**row)))
    wanted = [
        ReviewItem("label", "random" if n < 8 else "low_confidence", random_slice=n < 8, prediction=given[n])
        for n in range(12)
    ]
    queued = made.store.write(lambda c: add_items(c, wanted))
    for number, item in enumerate(queued[:11]):
        final = "(cannot tell)" if number == 7 else "jade"
        review = Review(item.id, "kim", "label", final=final)
        made.store.write(lambda c, r=review: add_review(c, r, actor="kim"))
    shown, _ = report(assay)
    assert (shown["reviewed"], shown["finding"]["champion"], shown["finding"]["rival"]) == (
        7,
        1.0,
        pytest.approx(3 / 7),
    )
    assert shown["notes"][0].startswith("3 reviewed pictures do not count")


def test_page_terminal_json_and_csv_agree(log, assay):
    made = log("shadow")
    for number in range(60):
        made.both("jade" if number % 3 else "opal", "jade", "jade")
    made.write()
    words = ("experiment", "report", "trial", "labels=labels.csv", "store=service.db", "output=pages")
    code, out, _ = assay(*words)
    assert code == 0
    _, kept = report(assay, "trial", "labels=labels.csv")
    page = Path("pages/index.html").read_text()
    value = f"{kept.finding.always.value:+.3f}"
    for text in (out, page):
        assert kept.finding.words in text.replace("&#43;", "+")
        assert value in text
        assert f"{kept.rival.median_ms.value:.1f}" in text
    saved = list(csv.DictReader(io.StringIO(Path("pages/experiment.csv").read_text("utf-8-sig"))))
    code, table, _ = assay(*words, "format=csv")
    assert [row["value"] for row in csv.DictReader(io.StringIO(table))] == [row["value"] for row in saved]
    assert float(saved[0]["value"]) == kept.finding.always.value
    assert float(saved[0]["low"]) == kept.finding.always.low


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("picture,label\na,b\n", "the first line has to name the columns prediction (or request) and label"),
        ("", "it says nothing"),
        ("prediction,label\nx,\n", "line 2 has no label"),
        ("prediction,label\n,jade\n", "line 2 has no prediction"),
        ("request,label\nr,jade\n", "request r: had 2 pictures"),
        ("prediction,label\nID,jade\nID,opal\n", "is labelled jade and opal"),
    ],
)
def test_labels_that_mean_nothing_are_refused_with_the_line(log, assay, text, said):
    made = log("shadow")
    first = made.both("jade", "jade", request="r")
    made.both("jade", "jade", request="r")
    made.write()
    Path("odd.csv").write_text(text.replace("ID", first))
    code, _, err = assay("experiment", "report", "labels=odd.csv", "store=service.db")
    assert code == 1
    assert said in err


def test_labels_are_read_by_request_or_by_the_shadows_answer_and_what_does_not_count_is_said(log, assay):
    made = log("shadow")
    given = made.both("jade", "opal", request="r1")
    made.both("jade", "jade", request="r2")
    other = made.both("jade", "jade", "moon")
    made.write()
    Path("by_request.csv").write_text("label,request\njade,r1\nopal,r2\njade,elsewhere\n")
    shown, _ = report(assay, "labels=by_request.csv")
    assert shown["reviewed"] == 2
    assert shown["notes"][0] == "1 labels are about answers that are none of this comparison."
    with made.store.reading() as connection:
        from assay.store.tables import PREDICTIONS

        theirs = connection.execute(PREDICTIONS.select().where(PREDICTIONS.c.pair == given)).one().id
    Path("by_shadow.csv").write_text(f"prediction,label\n{theirs},jade\n{other},moon\n")
    shown, _ = report(assay, "labels=by_shadow.csv")
    assert (shown["reviewed"], shown["finding"]["champion"], shown["finding"]["rival"]) == (1, 1.0, 0.0)
    assert shown["notes"][0] == "1 labels name no class of the models, and do not count: moon."


def test_answers_of_bundles_that_were_swapped_away_are_left_out_and_counted(log, assay):
    made = log("shadow")
    made.both("jade", "opal", bundle="e" * 64)
    made.both("jade", "jade")
    made.write()
    shown, _ = report(assay)
    assert shown["rival"]["pictures"] == 1
    assert shown["notes"] == ["2 answers of other bundles are left out: one of the arms was swapped meanwhile."]


def test_where_none_was_begun_it_is_said_how_one_is(tmp_path, assay):
    open_store(tmp_path).close()
    code, out, _ = assay("experiment", "list", "store=service.db")
    assert (code, out) == (0, f"{NOTHING_BEGUN}\n")
    code, _, err = assay("experiment", "report", "store=service.db")
    assert code == 1
    assert NOTHING_BEGUN in err


def test_a_running_service_heeds_a_stop_that_was_typed(tmp_path, engine, tiny_bundle, assay):
    other = Engine.start(tiny_bundle(seed=5), Origin("tiny", "tiny", "4"))
    world = World(tmp_path, engine, Rival(other, Experiment("trial", "shadow")))
    try:
        begin_experiment(world.store, world.service.arms)
        assert assay("experiment", "stop", "trial", "reason=enough", "store=service.db")[0] == 0
        end = time.monotonic() + 30
        while not world.service.arms.stopped:
            assert time.monotonic() < end
            time.sleep(0.01)
        assert world.service.arms.stopped == "enough"
        with world.store.reading() as connection:
            assert trail_findings(connection) == []
    finally:
        world.close()


def test_an_experiment_is_listed_and_stopped_for_good_with_who_and_why(log, assay):
    log("shadow")
    assert assay("experiment", "list", "store=service.db")[1].startswith("trial  shadow, all pictures; since 2")
    code, _, err = assay("experiment", "stop", "trail", "reason=enough", "store=service.db")
    assert code == 1
    assert "trail: there is no such experiment; did you mean trial" in err
    code, out, _ = assay("experiment", "stop", "trial", "reason=enough", "by=Ada", "store=service.db")
    assert code == 0
    assert out.rstrip().endswith("stopped enough")
    assert assay("experiment", "stop", "trial", "reason=again", "store=service.db")[1] == out
    code, shown, _ = assay("experiment", "list", "store=service.db", "format=json")
    (line,) = json.loads(shown)["experiments"]
    assert (line["state"], line["why"]) == ("stopped", "enough")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("reprot",), "did you mean report"),
        (("stop",), "takes the name of an experiment"),
        (("stop", "trial"), "a reason is needed"),
        (("list", "trial"), "takes no name"),
        (("list", "labels=x.csv"), "goes with report"),
        (("report", "reason=x"), "goes with stop"),
        (("report",), "no service has kept anything here yet"),
    ],
)
def test_what_cannot_be_done_is_said(assay, words, said):
    code, _, err = assay("experiment", *words)
    assert code in (1, 2)
    assert said in err
