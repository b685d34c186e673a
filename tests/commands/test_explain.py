"""`assay explain` on small runs, through the real door and a real MLflow store."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from assay.cli import main
from assay.commands.explain import COMMAND as EXPLAIN
from assay.evaluation.evidence import Evidence
from assay.predictions import Predictions
from assay.run.explain import explain
from finished import Finished


class Run(Finished):
    def explained(self, *words: str):
        return explain(*EXPLAIN.parse([f"run={self.run_id[:8]}", "count=6", *self.store, *words]))


@pytest.fixture(scope="module")
def finished(finished_run: Finished, tmp_path_factory: pytest.TempPathFactory) -> Run:
    own = finished_run.copied(tmp_path_factory.mktemp("explained"))
    return Run(own.root, own.run_id)


@pytest.fixture(scope="module")
def explained(finished: Run):
    return finished.explained("explain.layer=blocks.1")


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "review.csv").open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_pages_sheets_and_overlays_are_written_and_recorded(finished: Run, explained) -> None:
    from mlflow import MlflowClient

    folder = explained.folder
    assert folder == finished.folder / "explain" / "gradcam"
    rows = rows_of(folder)
    assert [row["sheet"] for row in rows[:6]] == ["random"] * 6
    assert {row["sheet"] for row in rows[6:]} <= {"errors"}
    overlays = {path.stem for path in (folder / "overlays").glob("*.png")}
    assert {row["image_id"][:16] for row in rows} == {name.partition("-")[0] for name in overlays}
    with Image.open(folder / "random.png") as sheet:
        assert sheet.width > 800
    client = MlflowClient(finished.store[0].removeprefix("tracking.uri="))
    recorded = {entry.path for entry in client.list_artifacts(finished.run_id, "explain/gradcam")}
    assert {"explain/gradcam/index.html", "explain/gradcam/review.csv", "explain/gradcam/overlays"} <= recorded
    run = client.get_run(finished.run_id)
    assert run.info.status == "FINISHED"
    assert {"explain/deletion_gain", "explain/insertion_gain"} <= set(run.data.metrics)


def test_the_checks_are_in_the_evidence_of_the_run(finished: Run, explained) -> None:
    evidence = Evidence.load(finished.folder / "evidence.json")
    assert evidence.explanation == explained.evidence
    assert evidence.explanation is not None
    assert (evidence.explanation.method, evidence.explanation.layer) == ("gradcam", "blocks.1")
    assert evidence.explanation.n == 6
    assert evidence.flat()["explain/deletion_gain"] == explained.evidence.measured()["explain/deletion_gain"]


def test_a_second_call_computes_nothing_and_keeps_the_experts_words(finished: Run, explained) -> None:
    form = explained.folder / "review.csv"
    text = form.read_text(encoding="utf-8-sig").splitlines()
    text[1] = text[1].removesuffix(",,") + ",yes,the crack"
    form.write_text("\n".join(text) + "\n", encoding="utf-8-sig")
    again = finished.explained("explain.layer=blocks.1", "sanity=false")
    assert again.computed == 0
    assert again.evidence is None
    assert rows_of(again.folder)[0]["comment"] == "the crack"
    assert "the crack" in (again.folder / "index.html").read_text()
    assert Evidence.load(finished.folder / "evidence.json").explanation is not None


@pytest.mark.parametrize("method", ["gradcam_pp", "saliency", "integrated_gradients"])
def test_every_method_explains(finished: Run, method: str) -> None:
    words = [f"explain={method}", "images=random", "sanity=false"]
    found = finished.explained(*words, *(["explain.steps=2"] if method == "integrated_gradients" else []))
    assert found.folder.name == f"{method}-random"
    assert len(rows_of(found.folder)) == 6


def test_a_file_a_folder_and_ids_can_be_explained_for_any_class(finished: Run, photos: Path, tmp_path: Path) -> None:
    pixels = Image.new("RGB", (60, 30), "orange")
    pixels.save(tmp_path / "new.png")
    Image.new("RGB", (30, 60), "black").save(tmp_path / "other.jpg")
    (row,) = rows_of(finished.explained(f"images={tmp_path / 'new.png'}", "target=onyx").folder)
    assert (row["file"], row["explained_class"], row["true_class"]) == ("new.png", "onyx", "")
    assert {row["file"] for row in rows_of(finished.explained(f"images={tmp_path}").folder)} == {"new.png", "other.jpg"}
    test = Predictions.load(finished.folder / "predictions" / "test.parquet")
    wanted = [str(found) for found in test.ids[:2]]
    rows = rows_of(finished.explained(f"images={wanted[0][:12]},{wanted[1]}", "target=true").folder)
    assert [row["image_id"] for row in rows] == wanted
    assert [row["explained_class"] for row in rows] == [test.class_names[label] for label in test.labels[:2]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["images=nowhere"], "images=nowhere: no such file or folder"),
        (["images=ffffffffffff"], "no image of the run has an id"),
        (["target=amberr"], "did you mean amber?"),
        (["explain=gradcan"], "did you mean gradcam?"),
        (["explain.layer=blocks.9"], "did you mean blocks."),
        (["explain.batch_size=0"], "must be at least 1"),
        (["count=none"], "count: must be a whole number"),
        (["model=resnet50"], "the run is explained as it was trained"),
    ],
)
def test_what_cannot_be_explained_is_said_in_one_line(
    finished: Run, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["explain", f"run={finished.run_id}", *finished.store, *words])
    assert left.value.code in (1, 2)
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert said in line


def test_an_unreadable_picture_and_an_unknown_run_are_named(
    finished: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    for words, said in (
        ([f"run={finished.run_id}", f"images={tmp_path}"], "broken.png: not a picture"),
        (["run=0123abcd"], "run 0123abcd: no such run"),
        ([], "run: a value is needed"),
    ):
        with pytest.raises(SystemExit):
            main(["explain", *words, *finished.store])
        assert said in capsys.readouterr().err


def test_help_needs_nothing_heavy() -> None:
    code = "import sys; from assay.cli import main; main(['explain', '--help']); print('torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "False"
    assert "integrated_gradients" in shown


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's package chromium")
def test_the_page_counts_judgements_in_a_browser(tmp_path: Path, explained) -> None:
    page = (explained.folder / "index.html").read_text()
    assert "http://" not in page.replace("http://www.w3.org", "")
    click = "<script>document.querySelector('input[value=no]').click()</script></body>"
    (tmp_path / "page.html").write_text(page.replace("</body>", click))
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    command = ["chromium", *flags.split(), f"--user-data-dir={tmp_path}/profile", "--dump-dom"]
    shown = subprocess.run([*command, (tmp_path / "page.html").as_uri()], capture_output=True, text=True, timeout=120)
    assert "no 1</span>" in shown.stdout
