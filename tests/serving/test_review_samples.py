"""Generated images go to the desk as a sample, and what reviewers say of it comes back to the gate, as it is typed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from mlflow import MlflowClient
from scipy.stats import binomtest
from sqlalchemy import select

from assay.data.manifest import Manifest
from assay.gate.case import Case
from assay.gate.check import CheckResult
from assay.gate.checks.synthetic_reviewed import SyntheticReviewed
from assay.gate.measured_run import MeasuredRun
from assay.review.acting import choose
from assay.review.policy import QueuePolicy
from assay.review.queue import next_assignment
from assay.review.reviewers import find_reviewer
from assay.review.samples.judged import judge_sample
from assay.store.service_store import ServiceStore
from assay.store.tables import TRAIL, TRAIL_PERSONAL
from assay.tracking.store import TrackingStore
from finished import Finished
from service_database import open_store

POLICY = QueuePolicy(known_share=0.0, random_share=0.0)
TAG = "assay.synthetic.review"


class Trained:
    """A finished run whose training pictures of jade were made by a generator, and the desk where they are reviewed."""

    def __init__(self, finished: Finished, assay) -> None:
        self.finished, self._assay = finished, assay
        self.images = self.jade_made_by("gan")
        self.client = MlflowClient(f"sqlite:///{finished.root}/mlflow.db")
        self.client.log_metric(finished.run_id, "synthetic/kid/jade", 0.02)
        for name in ("kim", "lou"):
            assert self.assay("review", "reviewers", "create", name)[0] == 0

    def jade_made_by(self, generator: str, *, rows: slice = slice(None)) -> int:
        """Say so in the manifest of the run, of these rows; gives how many."""
        file = self.finished.folder / "manifest.parquet"
        manifest = Manifest.load(file)
        table = manifest.table
        table["generator"] = ""
        jade = table.index[(table["split"] == "train") & (table["label"] == 1)][rows]
        table.loc[jade, "generator"] = generator
        manifest.save(file)
        return len(jade)

    def assay(self, *words: str) -> tuple[int, str, str]:
        return self._assay(*words, *self.finished.store)

    def json(self, *words: str) -> dict:
        code, out, err = self.assay(*words, "format=json")
        assert code == 0, err
        return json.loads(out)

    @property
    def tags(self) -> dict[str, str]:
        return self.client.get_run(self.finished.run_id).data.tags

    def gate(self, **asked: float) -> CheckResult:
        store = TrackingStore(f"sqlite:///{self.finished.root}/mlflow.db", work=f"{self.finished.root}/work")
        return SyntheticReviewed(**asked)(Case("cells", MeasuredRun(store.find(self.finished.run_id)), None))

    def service(self) -> ServiceStore:
        return open_store(self.finished.root)

    def say(self, choice_of) -> None:
        """Both look at everything that comes, and choose by the name of the file."""
        with self.service() as store:
            for name in ("kim", "lou"):
                with store.reading() as connection:
                    reviewer = find_reviewer(connection, name)
                while given := store.write(lambda c, r=reviewer: next_assignment(c, r, "plausibility", POLICY)):
                    choice = choice_of(Path(given.item.shows["picture"]).name)
                    store.write(lambda c, r=reviewer, g=given, x=choice: choose(c, r, g.item.id, x, POLICY))


@pytest.fixture
def trained(finished_run: Finished, tmp_path: Path, assay) -> Trained:
    return Trained(finished_run.copied(tmp_path / "store"), assay)


def test_a_sample_is_reviewed_and_the_gate_reads_the_verdict_with_its_interval(trained):
    run, short = trained.finished.run_id, trained.finished.run_id[:8]
    assert "nobody has reviewed them" in trained.gate().found
    typed = re.search(r"assay (review sample run=\w+)", trained.gate().found)[1].split()
    assert typed[-1] == f"run={short}"
    sample = trained.json(*typed, "batch=jade", "count=20")
    assert sample == {
        **sample,
        "batch": "jade",
        "added": 20,
        "strata": {"gan/jade": {"drawn": 20, "images": trained.images}},
    }
    early = trained.json("review", "verdict", "batch=jade")
    assert early["runs"][0]["word"] == "undecided"
    assert "20 of 20 are not decided yet" in trained.gate().found
    trained.say(lambda file: "plausible")
    code, out, err = trained.assay("review", "verdict", "batch=jade")
    assert code == 0, err
    text = trained.tags[TAG]
    # 20 of 20: Wilson's lower limit is 20 / (20 + 1.96^2) = 0.839.
    assert re.fullmatch(
        r"keep, 2 reviewers at the desk: gan/jade 20 of 20 plausible, 1\.000 \(0\.839 to 1\.000\), against 0\.8; "
        r"40 reviews, alpha undefined; batch jade, set [0-9a-f]{12}, line \d+ of the audit trail",
        text,
    )
    assert text in out
    result = trained.gate()
    assert result.passed
    assert text in result.found
    assert (result.bound, [(part.of, part.measured.n) for part in result.parts]) == (0.8, [("gan/jade", 20)])
    with trained.service() as store, store.reading() as connection:
        number = int(re.search(r"line (\d+)", text)[1])
        line = connection.execute(select(TRAIL).where(TRAIL.c.number == number)).one()
        personal = connection.execute(select(TRAIL_PERSONAL).where(TRAIL_PERSONAL.c.number == number)).one()
    content = json.loads(line.content)
    assert (line.kind, content["run"], content["word"]) == ("generated images reviewed", run, "keep")
    assert content["of"]["gan/jade"][:3] == [20, 20, 20]
    assert "actor" in personal.content
    record = json.loads((trained.finished.folder / "synthetic_review.json").read_text())
    assert (record["current"]["line"], record["current"]["seal"]) == (number, line.hash)
    head = f"{number}:{line.hash}"
    assert trained.assay("audit-trail", "verify", f"head={head}")[0] == 0, "the seal can be looked for in the trail"


def test_a_verdict_that_stands_is_overruled_by_a_reason_alone_and_stays_in_the_record(trained):
    trained.client.set_tag(trained.finished.run_id, TAG, "keep, Ada Lovelace: 40 of 40 look right")
    assert trained.gate().passed, "what a person wrote goes on counting"
    trained.json("review", "sample", f"run={trained.finished.run_id}", "batch=jade", "count=20")
    trained.say(lambda file: "not")
    code, out, err = trained.assay("review", "verdict", "batch=jade")
    assert code != 0
    assert "is reviewed already" in out + err
    assert trained.tags[TAG].startswith("keep, Ada"), "nothing was written"
    verdict = trained.json("review", "verdict", "batch=jade", "reason=Ada saw thumbnails", "by=Grace")
    assert verdict["runs"][0]["overruled"].startswith("keep, Ada")
    assert trained.tags[TAG].startswith("discard, 2 reviewers at the desk: gan/jade 0 of 20 plausible")
    assert not trained.gate().passed
    assert "train without them" in trained.gate().found
    again = trained.json("review", "verdict", "batch=jade")
    assert (again["runs"][0]["stood"], again["runs"][0]["overruled"]) == (True, ""), "said once"
    trained.json("review", "verdict", "batch=jade", "bound=0.9", "reason=the bound is higher")
    record = json.loads((trained.finished.folder / "synthetic_review.json").read_text())
    assert [(each["review"][:12], each["reason"]) for each in record["overruled"]] == [
        ("keep, Ada Lo", "Ada saw thumbnails"),
        ("discard, 2 r", "the bound is higher"),
    ]
    assert record["overruled"][0]["by"] == "Grace"


def test_the_gate_counts_anew_whatever_limit_and_level_a_verdict_was_given_with(trained):
    trained.json("review", "sample", f"run={trained.finished.run_id}", "batch=jade", "count=20")
    trained.say(lambda file: "not" if file < "06" else "plausible")
    with trained.service() as store, store.reading() as connection:
        row = judge_sample(connection, "jade").rows[0]
    assert 0 < row.accepted < 20
    assert trained.json("review", "verdict", "batch=jade", "bound=0.1")["runs"][0]["word"] == "keep"
    result = trained.gate()
    assert not result.passed
    assert "this gate asks that surely 0.8 are plausible, which is not shown of gan/jade" in result.found
    low = binomtest(row.accepted, 20).proportion_ci(method="wilson").low
    assert result.parts[0].shortfall == pytest.approx(0.8 - low, abs=1e-9)
    assert trained.gate(plausible=0.3).passed, "a gate may ask for less, which takes a person and a reason"
    trained.json("review", "verdict", "batch=jade", "bound=0.1", "confidence=0.5", "reason=a lower level")
    assert trained.gate().parts[0].shortfall == pytest.approx(0.8 - low, abs=1e-9)


def test_a_verdict_about_other_images_does_not_count(trained):
    trained.json("review", "sample", f"run={trained.finished.run_id}", "batch=jade", "count=20")
    trained.say(lambda file: "plausible")
    trained.json("review", "verdict", "batch=jade")
    assert trained.gate().passed
    trained.jade_made_by("gan", rows=slice(1, None))
    result = trained.gate()
    assert not result.passed
    assert "the review at the desk is not about these images of gan/jade" in result.found
    trained.jade_made_by("vae")
    assert "is not about these images of vae/jade" in trained.gate().found
    code, out, err = trained.assay("review", "verdict", "batch=jade", f"run={trained.finished.run_id}")
    assert code != 0
    assert "stands for none of the generated images of the run (vae/jade)" in out + err


def test_a_tag_that_was_typed_or_a_record_that_was_changed_lets_nothing_through(trained):
    trained.json("review", "sample", f"run={trained.finished.run_id}", "batch=jade", "count=20")
    trained.say(lambda file: "not" if file < "10" else "plausible")
    trained.json("review", "verdict", "batch=jade")
    text = trained.tags[TAG]
    assert not trained.gate().passed
    typed = re.sub("^[a-z]+", "keep", text)
    trained.client.set_tag(trained.finished.run_id, TAG, typed)
    assert not trained.gate().passed
    assert "the record of the run says" in trained.gate().found
    trained.client.set_tag(trained.finished.run_id, TAG, typed[:90])
    assert "is not what the desk writes" in trained.gate().found
    file = trained.finished.folder / "synthetic_review.json"
    file.write_text(file.read_text().replace('"word": "discard"', '"word": "keep"').replace("undecided", "keep"))
    store = TrackingStore(f"sqlite:///{trained.finished.root}/mlflow.db", work=f"{trained.finished.root}/work")
    assert "synthetic_review.json" in MeasuredRun(store.find(trained.finished.run_id)).broken_seals
    file.unlink()
    trained.client.set_tag(trained.finished.run_id, TAG, typed)
    assert "the record of the run says" in trained.gate().found, "the artifact is as it was"
    for artifact in trained.finished.root.rglob("synthetic_review.json"):
        artifact.unlink()
    assert "the run holds no record of that" in trained.gate().found


def test_a_sample_of_a_measurement_finds_the_runs_that_were_trained_on_it(trained, tmp_path):
    from generated_sets import generated_set

    made = generated_set(tmp_path / "made", {("gan", "jade"): 30})
    (tmp_path / "measured").mkdir()
    made.save(tmp_path / "measured" / "generated.parquet")
    sample = trained.json("review", "sample", f"synthetic={tmp_path / 'measured'}", "count=18")
    assert sample["batch"] == f"generated-{made.digest[:8]}"
    trained.say(lambda file: "plausible")
    nobody = trained.json("review", "verdict", f"batch={sample['batch']}")
    assert (nobody["judged"]["rows"][0]["word"], nobody["runs"]) == ("keep", [])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sample",), "name one source"),
        (("sample", "synthetic=made", "run=1f2e"), "name one source"),
        (("sample", "synthetic=."), "holds neither generated.parquet"),
        (("sample", "run=1f2e", "bound=0.9"), "goes with verdict"),
        (("verdict",), "batch=NAME"),
        (("verdict", "batch=nothing"), "is no sample of generated images; none was drawn yet"),
        (("verdict", "batch=nothing", "count=5"), "goes with queue and sample"),
    ],
)
def test_what_does_not_fit_is_refused(assay, words, message):
    assert assay("review", "reviewers", "create", "kim")[0] == 0
    code, out, err = assay("review", *words)
    assert code != 0
    assert message in out + err
