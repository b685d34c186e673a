"""What was measured before is taken from the cache: as it was computed, and for the same predictions only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from omegaconf import OmegaConf

from assay.config.changed import changed
from assay.config.compose import compose
from assay.evaluation.evidence import Evidence
from assay.postprocess.ood.detector import LinearMap
from assay.predictions import Predictions
from assay.run import kept_measurement as kept_module
from assay.run.kept_measurement import KEPT, KeptMeasurement, kept_measurement

SMALL = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.image_size=32", "model=baseline_cnn"]
SMALL += ["evaluation.figures=false", "finetune.epochs=2"]
RNG = np.random.default_rng(0)


def _split(simulate: Callable[..., Predictions], name: str) -> Predictions:
    predicted = simulate(12, 2, split=name)
    return replace(predicted, embeddings=RNG.normal(size=(12, 3)).astype(np.float32))


@pytest.fixture
def asked(simulate: Callable[..., Predictions], tmp_path: Path) -> dict[str, Any]:
    """What `kept_measurement` is asked with."""
    splits = {name: _split(simulate, name) for name in ("train", "val", "calib", "test")}
    return {
        "config": compose([*SMALL, f"data.root={tmp_path}", f"cache={tmp_path}"]),
        "predictions": splits,
        "sets": {"digits": _split(simulate, "test")},
        "photographs": splits["train"],
        "head": LinearMap(np.ones((2, 3), np.float32), np.zeros(2, np.float32)),
        "draws": np.arange(12),
        "epochs": 2,
        "environment": {"lock_digest": "0" * 64, "cpu": "one", "git_dirty": "false"},
    }


def _place(asked: dict[str, Any], **other: Any) -> Path | None:
    words = {**asked, **other}
    return kept_measurement(words.pop("config"), words.pop("predictions"), words.pop("sets"), **words).folder


def test_the_same_has_the_same_place_wherever_its_runs_are_recorded(asked: dict[str, Any]) -> None:
    place = _place(asked)

    assert place is not None
    assert place == _place(asked, config=changed(asked["config"], {"tracking.uri": "sqlite:///elsewhere.db"}))
    assert place == _place(asked, environment={**asked["environment"], "git_dirty": "true"})


@pytest.mark.parametrize("field", ["ids", "groups", "labels", "logits", "embeddings"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_another_value_in_any_split_has_another_place(asked: dict[str, Any], split: str, field: str) -> None:
    splits = asked["predictions"]
    values = getattr(splits[split], field).copy()
    values[3] = values[3] + values.dtype.type(1) if values.dtype.kind in "fi" else "another"
    values[3] = values[3] % 2 if field == "labels" else values[3]

    other = {**splits, split: replace(splits[split], **{field: values})}

    assert _place(asked, predictions=other) != _place(asked)


@pytest.mark.parametrize(
    "other",
    [
        {"draws": np.arange(12)[::-1]},
        {"draws": None},
        {"epochs": 3},
        {"head": None},
        {"head": LinearMap(np.ones((2, 3), np.float32), np.ones(2, np.float32))},
        {"environment": {"lock_digest": "1" * 64, "cpu": "one"}},
        {"environment": {"lock_digest": "0" * 64, "cpu": "two"}},
        {"sets": {}},
    ],
)
def test_other_training_packages_or_processor_have_another_place(asked: dict[str, Any], other: dict[str, Any]) -> None:
    assert _place(asked, **other) != _place(asked)


@pytest.mark.parametrize("key", ["seed", "evaluation.resamples", "evaluation.confidence", "ood.out_rate"])
def test_another_setting_has_another_place(asked: dict[str, Any], key: str) -> None:
    value = {"seed": 7, "evaluation.resamples": 55, "evaluation.confidence": 0.8, "ood.out_rate": 0.02}[key]

    assert _place(asked, config=changed(asked["config"], {key: value})) != _place(asked)


def test_other_code_has_another_place(asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    place = _place(asked)
    monkeypatch.setattr(kept_module, "digest_of_sources", lambda _: "another digest")

    assert _place(asked) != place


def test_the_code_that_measures_is_in_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = Path(kept_module.__file__).parents[1]
    assert all((package / name).exists() for name in kept_module.SOURCES)
    for name in kept_module.SOURCES:
        file = tmp_path / (name if name.endswith(".py") else f"{name}/metric.py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("value = 1\n")
    monkeypatch.setattr(kept_module, "__file__", str(tmp_path / "run" / "kept_measurement.py"))
    before = kept_module.digest_of_sources.__wrapped__(kept_module.SOURCES)
    (tmp_path / "evaluation" / "metric.py").write_text("value = 2\n")

    assert kept_module.digest_of_sources.__wrapped__(kept_module.SOURCES) != before


def test_a_class_of_ones_own_is_not_kept(asked: dict[str, Any]) -> None:
    own = changed(asked["config"], {"calibration._target_": "mine.Calibrator"})

    assert _place(asked, config=own) is None


def test_a_calibration_that_asks_the_network_about_delivered_pictures_is_not_kept(asked: dict[str, Any]) -> None:
    config = asked["config"].copy()
    delivered = compose(["data=exposr", "data.root=x", "calibration=false_alarms_delivered"])
    OmegaConf.update(config, "calibration", delivered.calibration, merge=False)

    assert _place(asked) is not None
    assert _place(asked, config=config) is None


def test_what_is_damaged_is_measured_again(asked: dict[str, Any]) -> None:
    place = _place(asked)
    assert place is not None
    place.mkdir(parents=True)
    (place / "evidence.json").write_text("{}")

    assert KeptMeasurement(place).load() is None


def test_rules_that_somebody_changed_in_the_folder_of_the_run_are_not_taken(
    kept_run: tuple[KeptMeasurement, Path],
) -> None:
    kept, model = kept_run
    loaded = kept.load()
    (model / "predictor.json").write_text(
        (model / "predictor.json").read_text().replace('"ordered": false', '"ordered": true')
    )

    assert loaded is not None
    assert kept.load() is None


def test_a_second_training_takes_what_the_first_has_measured(
    photos: Path, tmp_path: Path, store_in: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.run import measure
    from assay.run.train import train

    store = store_in(tmp_path / "store")
    monkeypatch.chdir(store)
    where = [f"data.root={photos}", f"cache={tmp_path}/cache", f"tracking.uri=sqlite:///{store}/mlflow.db"]
    config = compose([*SMALL, *where, f"tracking.artifacts={store}/artifacts"])
    computed = train(config)
    with monkeypatch.context() as forbidding:
        for name in ("fit_ood", "measure_predictions"):
            forbidding.setattr(measure, name, lambda *_: pytest.fail("measured again"))
        reused = train(config)

    assert [path.name for path in (tmp_path / "cache" / KEPT).glob("*/*.json")].count("evidence.json") == 1
    assert computed.evidence is not None
    assert reused.evidence is not None
    first, second = (replace(found, cost=None, environment={}) for found in (computed.evidence, reused.evidence))
    assert first == second
    assert _on_disk(computed.folder) == _on_disk(reused.folder)
    for name in ("predictor.json", "ood.safetensors"):
        assert (computed.folder / "model" / name).read_bytes() == (reused.folder / "model" / name).read_bytes()
    answers = [run.predictor.answers(_pictures(photos)[:4]) for run in (computed, reused)]
    assert [str(answer) for answer in answers[0]] == [str(answer) for answer in answers[1]]


@pytest.fixture
def kept_run(simulate: Callable[..., Predictions], tmp_path: Path) -> tuple[KeptMeasurement, Path]:
    """A measurement that is kept, and the folder of the predictor whose rules it has."""
    from assay.evaluation.evaluate import evaluate
    from assay.postprocess.calibration import NoCalibration
    from assay.postprocess.reject import NoReject
    from assay.predictor.rules import save_rules

    test = simulate(30, 2)
    rules = SimpleNamespace(preprocessing=None, class_names=test.class_names, ordered=False, ood=None)
    rules.calibrator, rules.reject = NoCalibration().fit(test), NoReject()
    (tmp_path / "model").mkdir()
    save_rules(rules, tmp_path / "model")  # type: ignore[arg-type]
    kept = KeptMeasurement(tmp_path / "kept")
    kept.save(tmp_path / "model", evaluate({"test": test}, rules.calibrator, resamples=0))
    return kept, tmp_path / "model"


def _on_disk(folder: Path) -> Evidence:
    return replace(Evidence.load(folder / "evidence.json"), cost=None, environment={})


def _pictures(photos: Path) -> list[Path]:
    return sorted(photos.rglob("*.png")) or sorted(photos.rglob("*.jpg"))
