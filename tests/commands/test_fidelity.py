"""`assay fidelity` on small pictures, through the real door and a real MLflow store."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.cli import main
from assay.commands.fidelity import COMMAND as FIDELITY
from assay.errors import ConfigError, DataError
from assay.run.fidelity import generated_images, measured
from assay.run.fidelity_run import KEY, MeasuredFidelity, fidelity
from assay.run.images import load_real_manifest
from assay.run.training_images import load_manifest
from assay.run.workspace import cache_folder
from assay.synthetic.fidelity.record import FidelityEvidence

TINY = ["fidelity.extractor=baseline_cnn", "fidelity.weights=none", "fidelity.size=32"]
QUICK = ["fidelity.resamples=40", "fidelity.splits=2", "fidelity.minimum=16", "fidelity.components=4"]


@dataclass(frozen=True)
class Ran:
    found: MeasuredFidelity
    words: list[str]
    made: Path


@pytest.fixture(scope="module")
def ran(photos: Path, tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], Path]) -> Ran:
    """40 pictures a class, of which amber was generated, a copy among them, one jade picture, and a broken file."""
    root = store_in(tmp_path_factory.mktemp("fidelity"))
    made = root / "made"
    rng = np.random.default_rng(5)
    for name, count in (("amber", 25), ("jade", 1)):
        (made / "gan" / name).mkdir(parents=True)
        for index in range(count):
            pixels = rng.integers(0, 200, (40, 48, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(made / "gan" / name / f"{index}.png")
    shutil.copy(photos / "amber" / "03.png", made / "gan" / "amber" / "copy.png")
    (made / "gan" / "amber" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    words = [
        "data=folder", f"data.root={photos}", f"synthetic={made}", *TINY, *QUICK, f"cache={root / 'cache'}",
        f"tracking.uri=sqlite:///{root}/mlflow.db", f"tracking.artifacts={root}/artifacts",
        f"tracking.work={root}/mlruns/work",
    ]  # fmt: skip
    return Ran(fidelity(*FIDELITY.parse(words)), words, made)


def test_page_tables_and_pictures_are_written_and_recorded_as_a_run_of_their_own(ran: Ran) -> None:
    from mlflow import MlflowClient

    folder = ran.found.folder
    names = {"fidelity.html", "fidelity.json", "fidelity.csv", "pairs.csv"}
    names |= {"scores.png", "sheet.png", "generated.png", "pairs.png", "generated.parquet"}
    assert {path.name for path in folder.iterdir()} == names
    assert FidelityEvidence.load(folder / "fidelity.json") == ran.found.evidence
    client = MlflowClient(next(word for word in ran.words if "tracking.uri" in word).partition("=")[2])
    run = client.get_run(ran.found.run)
    assert run.info.status == "FINISHED"
    assert {entry.path for entry in client.list_artifacts(ran.found.run)} == names
    assert run.data.metrics["synthetic/kid/amber"] == ran.found.evidence.row("amber").value("kid")
    assert run.data.tags["assay.synthetic.extractor"] == ran.found.evidence.extractor
    assert run.data.tags["assay.synthetic.extractor"].startswith("baseline_cnn:none@32")


def test_the_copy_the_broken_file_and_the_missing_class_are_said(ran: Ran) -> None:
    evidence = ran.found.evidence
    copied = [pair.generated_path for pair in (*evidence.pairs, *evidence.exclude) if pair.kind == "copy"]
    assert [Path(path).name for path in copied] == ["copy.png"]
    assert [Path(path).name for path, _ in evidence.excluded] == ["broken.png"]
    page = (ran.found.folder / "fidelity.html").read_text("utf-8")
    assert [pair.kind for pair in evidence.closest].count("copy") == len([pair for pair in evidence.pairs if pair.kind == "copy"])  # fmt: skip # noqa: E501
    assert "held-out real" in page
    for said in ("broken.png", "copy.png", "No KID: no generated images", "No KID: 1 generated image"):
        assert said in page
    assert evidence.row("onyx").generated == 0


def test_the_same_again_measures_writes_and_records_nothing(ran: Ran) -> None:
    page = ran.found.folder / "fidelity.html"
    written = page.stat().st_mtime_ns
    again = fidelity(*FIDELITY.parse(ran.words))
    assert (again.run, again.before, again.folder) == (ran.found.run, True, ran.found.folder)
    assert again.evidence == ran.found.evidence
    assert page.stat().st_mtime_ns == written


def test_what_a_training_would_add_is_no_part_of_the_real_images(ran: Ran) -> None:
    again = fidelity(*FIDELITY.parse([*ran.words, f"data.synthetic={ran.made}", "data.synthetic_screen=false"]))
    assert again.evidence == ran.found.evidence
    assert fidelity(*FIDELITY.parse([*ran.words, "data.repeat_ratio=1"])).evidence == ran.found.evidence


def test_a_measurement_that_cannot_be_kept_is_given_all_the_same(
    ran: Ran, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for part in ("embeddings", "scans"):
        (tmp_path / part).symlink_to(Path(next(word for word in ran.words if word.startswith("cache="))[6:]) / part)
    (tmp_path / "fidelity").write_text("a file where the folder should be")
    asked, config = FIDELITY.parse([*ran.words, f"cache={tmp_path}"])
    real = load_real_manifest(config)
    assert measured(config, real, generated_images(config, asked.synthetic, real)) == ran.found.evidence
    assert "cannot be written" in caplog.text


def test_the_same_again_does_not_wait_for_mlflow_and_torch(ran: Ran) -> None:
    code = (
        "import sys; from assay.cli import main; main(sys.argv[1:]); "
        "print([name for name in ('torch', 'mlflow', 'sqlalchemy', 'matplotlib') if name in sys.modules])"
    )
    again = subprocess.run([sys.executable, "-c", code, "fidelity", *ran.words], capture_output=True, text=True)
    assert f"run {ran.found.run}, recorded before" in again.stdout
    assert again.stdout.splitlines()[-1] == "[]"


def test_a_run_that_was_deleted_is_recorded_anew(ran: Ran) -> None:
    from assay.tracking.sqlite_lookup import finished_run
    from assay.tracking.store import TrackingStore

    uri, artifacts, work = (word.partition("=")[2] for word in ran.words[-3:])
    store = TrackingStore(uri, artifacts, None, work)
    key = store.client.get_run(ran.found.run).data.tags[KEY]
    assert finished_run(store, KEY, key) == ran.found.run
    assert finished_run(store, KEY, "another") is None
    assert finished_run(TrackingStore(uri, experiment="another"), KEY, key) is None
    assert finished_run(TrackingStore(f"sqlite:///{Path(__file__)}"), KEY, key) is None
    assert finished_run(TrackingStore(f"{uri}.missing"), KEY, key) is None
    store.client.delete_run(ran.found.run)
    try:
        assert finished_run(store, KEY, key) is None
    finally:
        store.client.restore_run(ran.found.run)


def test_a_page_that_is_gone_is_written_again(ran: Ran, tmp_path: Path) -> None:
    again = fidelity(*FIDELITY.parse([*ran.words, f"output={tmp_path / 'mine'}"]))
    assert (tmp_path / "mine" / "fidelity.html").exists()
    assert again.before


def test_one_more_image_costs_one_embedding(ran: Ran, capsys: pytest.CaptureFixture[str], photos: Path) -> None:
    from assay.config.compose import compose
    from assay.run.fidelity import extractor_of
    from assay.synthetic.fidelity.extractor import build_embedder

    config = compose([word for word in ran.words if not word.startswith("synthetic")])
    Image.fromarray(np.full((40, 48, 3), 77, np.uint8)).save(ran.made / "gan" / "jade" / "new.png")
    try:
        real = load_manifest(config)
        embedder = build_embedder(extractor_of(config), cache_folder(config))
        embedder(real)
        embedder(generated_images(config, str(ran.made), real))
        assert embedder.computed == 1
    finally:
        (ran.made / "gan" / "jade" / "new.png").unlink()


def test_the_command_prints_the_table_and_where_things_are(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    main(["fidelity", *ran.words])
    shown = capsys.readouterr().out
    assert "kid[baseline_cnn:none@32]" in shown
    assert "recorded before" in shown
    assert "1 generated file left out" in shown


def test_a_sample_of_what_was_measured_is_queued_as_the_command_says(
    ran: Ran, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    main(["fidelity", *ran.words])
    asked = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("review"))
    _, program, *typed = shlex.split(asked)
    store = [f"store={tmp_path}/service.db", *(word for word in ran.words if word.startswith("tracking."))]
    main(["review", "reviewers", "create", "kim", *store])
    capsys.readouterr()
    main([*typed, "batch=folder", *store])
    queued = capsys.readouterr().out
    assert program == "assay"
    assert "gan/amber               26 of 26 images, drawn at random" in queued, "the broken file is none"
    main(["review", "sample", f"run={ran.found.run}", "batch=run", "count=10", *store])
    assert "gan/amber               10 of 26 images" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["data=elpv"], "synthetic: a value is needed"),
        (["synthetic=x", "model=resnet50"], "nothing is trained here"),
        (["synthetic=x", "synthetic.layuot=class"], "did you mean synthetic.layout?"),
        (["synthetic=x", "synthetic.layout=clas"], "did you mean class?"),
        (["synthetic=x", "fidelity.near=0.5"], "fidelity.near: must be from 0 to 0.2, got 0.5"),
        (["synthetic=x", "fidelity.minimum=10"], "at least twice fidelity.components=32"),
        (["synthetic=x", "fidelity.extracter=a"], "did you mean extractor?"),
    ],
)
def test_what_cannot_be_is_refused(words: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        FIDELITY.parse(words)
    assert said in str(caught.value)


def test_generated_images_that_are_not_there_are_missed_before_the_real_ones_are_listed(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["data=folder", f"data.root={photos}", "synthetic=nowhere", f"cache={tmp_path / 'cache'}"]
    with pytest.raises(DataError, match="synthetic=nowhere: no such file or folder"):
        fidelity(*FIDELITY.parse(words))
    assert not (tmp_path / "cache").exists()
