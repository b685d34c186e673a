"""What `resume=` refuses before an epoch is trained, and that what it says to do lets it go on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from assay.config.compose import compose
from assay.data.manifest import Manifest
from assay.errors import AssayError
from assay.run.resume import InterruptedRun, interrupted_run, remove_leftovers
from assay.run.workspace import open_store
from finished import Finished

Resume = Callable[[], InterruptedRun]


@pytest.fixture
def killed(finished_run: Finished, photos: Path, tmp_path: Path) -> Finished:
    """A run on photos of its own that says that it was killed."""
    run = finished_run.copied(tmp_path)
    shutil.copytree(photos, tmp_path / "photos")
    manifest = Manifest.load(run.folder / "manifest.parquet")
    paths = manifest.table["path"].str.replace(f"{photos}/", f"{tmp_path}/photos/", regex=False)
    replace(manifest, table=manifest.table.assign(path=paths)).save(run.folder / "manifest.parquet")
    open_store(compose([*run.store])).client.set_terminated(run.run_id, "KILLED")
    return run


@pytest.fixture
def resume(killed: Finished) -> Resume:
    def through() -> InterruptedRun:
        config = compose([f"resume={killed.run_id}", *killed.store])
        return interrupted_run(config, open_store(config))

    return through


def test_a_run_whose_files_stayed_as_they_were_goes_on(killed: Finished, resume: Resume) -> None:
    interrupted = resume()
    assert interrupted.record.run_id == killed.run_id
    assert interrupted.config.seed == 0
    assert all(path.is_file() for path in interrupted.manifest.paths)


def test_pictures_that_changed_are_refused_until_they_are_put_back(killed: Finished, resume: Resume) -> None:
    amber, onyx = (killed.root / "photos" / name / "00.png" for name in ("amber", "onyx"))
    was = amber.read_bytes()
    amber.write_bytes(onyx.read_bytes())
    onyx.unlink()
    with pytest.raises(AssayError, match=r"2 of 120 pictures are not what they were") as refused:
        resume()
    assert f"{amber} is now the picture that was ../onyx/00.png" in str(refused.value)
    assert f"{onyx} is gone" in str(refused.value)
    assert "Put these files back" in str(refused.value)
    onyx.write_bytes(amber.read_bytes())
    amber.write_bytes(was)
    assert resume().manifest.digest == Manifest.load(killed.folder / "manifest.parquet").digest


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("seed", 7, "seed is 7 and was 0"), ("finetune.epochs", 60, "finetune.epochs is 60 and was 6")],
)
def test_an_edited_config_is_refused_until_it_is_put_back(
    killed: Finished, resume: Resume, key: str, value: int, said: str
) -> None:
    file = killed.folder / "config.yaml"
    was = file.read_text(encoding="utf-8")
    config = OmegaConf.load(file)
    OmegaConf.update(config, key, value)
    OmegaConf.save(config, file)
    with pytest.raises(AssayError, match="not the config that the run began with") as refused:
        resume()
    assert said in str(refused.value)
    file.write_text(was, encoding="utf-8")
    assert resume().record.run_id == killed.run_id


def test_without_the_digest_of_its_config_a_run_is_held_against_its_params(killed: Finished, resume: Resume) -> None:
    open_store(compose([*killed.store])).client.delete_tag(killed.run_id, "config_digest")
    assert resume().record.run_id == killed.run_id
    file = killed.folder / "config.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("seed: 0", "seed: 1", 1), encoding="utf-8")
    with pytest.raises(AssayError, match="seed is 1 and was 0"):
        resume()


def test_a_manifest_of_another_run_is_refused(killed: Finished, resume: Resume) -> None:
    file = killed.folder / "manifest.parquet"
    manifest = Manifest.load(file)
    labels = manifest.table["label"].where(manifest.table["label"] != 0, 1)
    replace(manifest, table=manifest.table.assign(label=labels)).save(file)
    with pytest.raises(AssayError, match="not the manifest that the run began with"):
        resume()


@pytest.mark.parametrize("content", ["", "a: [", "- a\n- b\n", "{}"], ids=["empty", "cut off", "a list", "no keys"])
def test_a_config_that_cannot_be_read_is_said(killed: Finished, resume: Resume, content: str) -> None:
    (killed.folder / "config.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(AssayError, match=r"config\.yaml"):
        resume()


def test_cached_pictures_that_were_cleaned_away_are_made_again(
    finished_run: Finished, photos: Path, tmp_path: Path
) -> None:
    from assay.run.recorded_run import RecordedRun
    from assay.run.resume import refuse_changed_pictures
    from assay.run.training_images import load_manifest

    run = finished_run.copied(tmp_path)
    file = run.folder / "config.yaml"
    config = OmegaConf.load(file)
    assert isinstance(config, DictConfig)
    config.cache, config.data.ood = str(tmp_path / "cache"), ["digits"]
    OmegaConf.save(config, file)
    load_manifest(config).save(run.folder / "manifest.parquet")
    shutil.rmtree(tmp_path / "cache" / "scans" / "ood")
    recorded = RecordedRun(open_store(compose([*run.store])).find(run.run_id))
    refuse_changed_pictures(recorded)
    assert all(path.is_file() for path in recorded.manifest.paths)


def test_what_a_killed_write_has_left_goes_and_all_else_stays(killed: Finished) -> None:
    before = {path: path.stat().st_size for path in killed.folder.rglob("*")}
    for name in (".figures.12.0a1b2c3d.tmp/a.png", "model/.model.safetensors.4711.0a1b2c3d.tmp"):
        (killed.folder / name).parent.mkdir(exist_ok=True)
        (killed.folder / name).write_bytes(b"half")
    remove_leftovers(killed.folder)
    assert {path: path.stat().st_size for path in killed.folder.rglob("*")} == before
