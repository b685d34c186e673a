"""Generated training images through the real door: what is mixed in, left out, refused, logged and decided."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from assay.commands.study import COMMAND as STUDY
from assay.config.compose import compose
from assay.data.generated import generated_helpers
from assay.data.manifest import Manifest
from assay.errors import ConfigError, DataError
from assay.gate.case import Case
from assay.gate.checks.synthetic_reviewed import SyntheticReviewed
from assay.gate.measured_run import MeasuredRun
from assay.gate.verdict import CheckResult
from assay.review.samples.drawn import draw_sample
from assay.run.desk_review import trained_on
from assay.run.fidelity import generated_images as fidelity_images
from assay.run.images import load_real_manifest
from assay.run.recorded_run import RecordedRun
from assay.run.shared_objects import sharing
from assay.run.synthetic import generated_images
from assay.run.train import train
from assay.run.training_images import load_manifest, load_training_images
from assay.studies.study.study import run_or_plan, study
from assay.synthetic.training.decision import SyntheticDecision
from assay.synthetic.training.desk_review import helping_images
from assay.synthetic.training.generated_use import SyntheticUse
from assay.tracking.store import TrackingStore

COLOURS = {"amber": (200, 120, 40), "jade": (40, 160, 90)}
SMALL = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.image_size=48"]
SMALL += ["evaluation.figures=false"]
EASY = [
    "data.synthetic_limits.images=5",
    "data.synthetic_limits.kid=1000",
    "data.synthetic_limits.copies=0.5",
    "fidelity.resamples=100",
    "fidelity.size=48",
]


def words(photos: Path, root: Path, *more: str) -> list[str]:
    return [
        *SMALL,
        f"data.root={photos}",
        f"tracking.uri=sqlite:///{root}/mlflow.db",
        f"tracking.artifacts={root}/artifacts",
        f"tracking.work={root}/work",
        *more,
    ]


def picture(rng: np.random.Generator, colour: tuple[int, ...]) -> Image.Image:
    tint = np.array(colour) * 0.5 + rng.normal(60, 35, 3)
    return Image.fromarray(np.clip(tint + rng.normal(0, 40, (40, 48, 3)), 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, photos: Path) -> Path:
    """30 pictures of two of three classes by each of two generators; with a copy of a test image, one of those in other
    bytes, and a file that is none."""
    root = tmp_path_factory.mktemp("made")
    rng = np.random.default_rng(7)
    for generator in ("gan", "vae"):
        for name, colour in COLOURS.items():
            (root / generator / name).mkdir(parents=True)
            for index in range(30):
                picture(rng, colour).save(root / generator / name / f"{index:02}.png")
    real = load_real_manifest(compose([*SMALL, f"data.root={photos}"]))
    test = real.table[(real.table["split"] == "test") & (real.table["label"] == 1)]["path"]
    shutil.copy(test.iloc[0], root / "gan" / "jade" / "copied.png")
    Image.open(test.iloc[1]).save(root / "gan" / "jade" / "encoded.jpg", quality=95)
    (root / "vae" / "jade" / "broken.png").write_bytes(b"no picture")
    return root


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], Path]) -> Path:
    return store_in(tmp_path_factory.mktemp("trained"))


@pytest.fixture(scope="module")
def trained(photos: Path, made: Path, root: Path):
    outcome = train(compose(words(photos, root, *EASY, f"data.synthetic={made}", "data.synthetic_ratio=0.5")))
    return outcome, Manifest.load(outcome.folder / "manifest.parquet")


@pytest.fixture
def real(photos: Path) -> Manifest:
    return load_manifest(compose([*SMALL, f"data.root={photos}"]))


def run_of(root: Path, run_id: str):
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{root}/mlflow.db").get_run(run_id)


def test_real_images_and_their_splits_stay_as_they_are(trained, real: Manifest, root: Path) -> None:
    outcome, mixed = trained
    left = mixed.table[mixed.table["generator"] == ""].reset_index(drop=True)
    pd.testing.assert_frame_equal(left, real.table)
    tags = run_of(root, outcome.run_id).data.tags
    assert tags["test_digest"] == real.only("test").digest
    assert tags["dataset_digest"] == mixed.digest != real.digest


def test_each_class_gets_its_ratio_and_a_class_that_nobody_generated_none(trained, real: Manifest, root: Path) -> None:
    outcome, mixed = trained
    helpers = mixed.table[generated_helpers(mixed)]
    counts = real.counts()["train"]
    expected = {name: round(counts[name] / 2) for name in COLOURS}
    assert helpers["label"].map(dict(enumerate(mixed.class_names))).value_counts().to_dict() == expected
    metrics = run_of(root, outcome.run_id).data.metrics
    assert {name: metrics[f"synthetic/added/{name}"] for name in ("amber", "jade", "onyx")} == {**expected, "onyx": 0}


def test_images_near_a_test_image_and_broken_files_are_left_out_counted_and_named(trained, root: Path) -> None:
    outcome, mixed = trained
    reasons = dict(zip(mixed.excluded["path"].map(lambda path: Path(path).name), mixed.excluded["reason"], strict=True))
    assert "copied.png" in reasons
    assert "in test" in reasons["encoded.jpg"]
    assert "broken.png" in reasons
    used = {Path(path).name for path in mixed.table["path"][generated_helpers(mixed)]}
    assert used.isdisjoint({"copied.png", "encoded.jpg", "broken.png"})
    use = SyntheticUse.load(outcome.folder / "synthetic.json")
    assert use.too_near + use.same >= 2
    assert run_of(root, outcome.run_id).data.metrics["synthetic/excluded"] == use.too_near + use.same


def test_the_run_says_how_far_they_are_and_claims_no_review(trained, root: Path) -> None:
    outcome, _ = trained
    data = run_of(root, outcome.run_id).data
    assert {"synthetic/kid/amber", "synthetic/kid/jade", "synthetic/copies/jade"} <= set(data.metrics)
    assert "tf_efficientnet_lite0" in data.tags["assay.synthetic.extractor"]
    assert "taken: " in data.tags["assay.synthetic.screening"]
    assert "assay.synthetic.review" not in data.tags
    assert any("generated images" in note for note in outcome.evidence.notes)


def test_a_sample_of_what_was_given_stands_for_the_run_and_one_of_other_images_does_not(
    trained, photos: Path, made: Path, root: Path
) -> None:
    outcome, mixed = trained
    store = TrackingStore(f"sqlite:///{root}/mlflow.db", experiment=None, work=f"{root}/work")
    config = compose([*SMALL, f"data.root={photos}"])
    given = fidelity_images(config, str(made), load_real_manifest(config))
    sample = draw_sample(given, 5)
    digests = {digest for each in sample for digest in each.stratum.sets}
    assert outcome.run_id in [run.run_id for run in trained_on(store, digests)]
    used = RecordedRun(store.find(outcome.run_id)).used_images
    assert set(used) == {(each.stratum.generator, each.stratum.name) for each in sample if each.stratum.name != "onyx"}
    assert all(used[each.stratum.generator, each.stratum.name] & set(each.stratum.sets) for each in sample)
    shutil.copytree(made / "gan" / "jade", root / "fewer" / "gan" / "jade")
    fewer = draw_sample(fidelity_images(config, str(root / "fewer"), load_real_manifest(config)), 5)
    assert not used["gan", "jade"] & set(fewer[0].stratum.sets)
    assert not trained_on(store, fewer[0].stratum.sets)
    own = helping_images(mixed)
    assert own is not None
    assert used["gan", "jade"] & set(draw_sample(own, 5)[0].stratum.sets), "what it has drawn stands for it too"


def test_learned_by_heart_is_asked_of_photographs(trained, real: Manifest) -> None:
    outcome, mixed = trained
    assert [row.images for row in outcome.evidence.memorisation.classes] == real.counts()["train"].tolist()
    draws = pd.read_parquet(outcome.folder / "draws.parquet")
    assert len(draws) == len(mixed.only("train"))
    assert (draws["draws"] > 0).all()


def test_what_was_measured_once_is_not_measured_again(trained, photos: Path, made: Path, monkeypatch) -> None:
    import assay.synthetic.fidelity.measure

    def again(*_: object, **__: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(assay.synthetic.fidelity.measure, "measure_fidelity", again)
    words_ = [*SMALL, *EASY, f"data.root={photos}", f"data.synthetic={made}", "data.synthetic_generators=[gan]"]
    mixed, use = load_training_images(compose([*words_, "seed=5"]))
    assert set(mixed.table["generator"]) == {"", "gan"}
    assert use is not None
    assert use.evidence.generators == ("gan",)
    assert use.flat()["synthetic/kid/jade"] == use.evidence.row("jade").value("kid")


def test_trainings_of_one_process_share_no_measurement_that_was_made_otherwise(
    trained, photos: Path, made: Path
) -> None:
    words_ = [*SMALL, *EASY, f"data.root={photos}", f"data.synthetic={made}"]
    with sharing():
        shares = [load_training_images(compose([*words_, f"fidelity.near={near}"]))[1] for near in (0.01, 0.1)]
    assert [use.evidence.cutoffs.share for use in shares if use] == [0.01, 0.1]


def test_an_image_that_is_listed_for_test_is_refused(photos: Path, made: Path, tmp_path: Path) -> None:
    table = tmp_path / "made.csv"
    rows = [
        f"{path},jade,{'test' if index == 3 else 'train'}" for index, path in enumerate(made.glob("gan/jade/0*.png"))
    ]
    table.write_text("\n".join(["path,label,split", *rows]))
    with pytest.raises(DataError, match="another split than train"):
        load_manifest(compose([*SMALL, f"data.root={photos}", f"data.synthetic={table}"]))
    shutil.copytree(made / "gan", tmp_path / "folders" / "test")
    with pytest.raises(DataError, match="the folder test is called like a split"):
        load_manifest(compose([*SMALL, f"data.root={photos}", f"data.synthetic={tmp_path / 'folders'}"]))


def test_places_are_those_of_the_dataset_also_where_a_class_is_held_out(
    photos: Path, made: Path, tmp_path: Path
) -> None:
    for place, name in enumerate(COLOURS):
        shutil.copytree(made / "gan" / name, tmp_path / "gan" / str(place))
    config = compose([*SMALL, f"data.root={photos}", "data.holdout_class=amber", f"data.synthetic={tmp_path}"])
    found = generated_images(config, load_real_manifest(config).class_names)
    assert {Path(path).parent.name for path in found.table["path"][found.labels == 0]} == {"1"}, "jade, not amber"
    assert len(found) == 32


@pytest.mark.parametrize("screen", ["true", "false"])
def test_generated_images_that_are_all_real_ones_are_refused(photos: Path, tmp_path: Path, screen: str) -> None:
    shutil.copytree(photos / "jade", tmp_path / "gan" / "jade")
    words = [*SMALL, *EASY, f"data.root={photos}", f"data.synthetic={tmp_path}", f"data.synthetic_screen={screen}"]
    with pytest.raises(DataError, match="nothing is left to train on: 40 are images of the dataset itself, and 0 are"):
        load_manifest(compose(words))


def test_what_does_not_pass_is_left_out_and_nothing_at_all_is_an_error(trained, photos: Path, made: Path) -> None:
    base = [*SMALL, *EASY, f"data.root={photos}", f"data.synthetic={made}"]
    with pytest.raises(DataError, match="no generated images pass") as caught:
        load_manifest(compose([*base, "data.synthetic_limits.copies=0"]))
    assert "synthetic_screen=false" in str(caught.value)
    (decides,) = re.findall(r"let assay study (study=\w+) decide", str(caught.value))
    assert run_or_plan(*STUDY.parse([decides, "plan=true", *base]))
    mixed = load_manifest(compose([*base, "data.synthetic_limits.copies=0", "data.synthetic_screen=false"]))
    assert generated_helpers(mixed).any()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("data.synthetic=nowhere", "no such file or folder"),
        ("data.synthetic=", "a value is needed"),
        ("data.synthetic_ratio=-1", "must be from 0 to 100, got -1"),
        ("data.repeat_ratio=nan", "must be from 0 to 100, got nan"),
        ("data.synthetic_classes=minorities", "did you mean minority"),
        ("data.synthetic_limits.kid=near", "between_classes"),
        ("data.synthetic_generators=[]", "names none"),
    ],
)
def test_options_that_cannot_be_are_refused_before_a_picture_is_read(word: str, said: str) -> None:
    from assay.config.check import check

    with pytest.raises(ConfigError, match=said):
        check(compose([word]))


RECIPE = """question: Do they help?
baseline: real
seeds: [0, 1]
resamples: 100
common: [data.synthetic_screen=false]
variants:
  real: [data.synthetic=null]
  repeats: [data.synthetic=null, data.repeat_ratio=0.5]
  generated: {each_generator: true, overrides: [data.synthetic_ratio=0.5]}
"""


@pytest.mark.slow
def test_a_study_decides_and_what_it_kept_is_trained_on(photos: Path, made: Path, root: Path) -> None:
    (root / "ab.yaml").write_text(RECIPE)
    asked = words(photos, root, *EASY, f"data.synthetic={made}", f"study={root}/ab.yaml", "name=ab")
    studied = study(*STUDY.parse(asked))
    assert [one.name for one in studied.result.variants] == ["real", "repeats", "generated_gan", "generated_vae"]
    assert studied.comparison is not None
    decision = SyntheticDecision.load(studied.folder / "synthetic.json")
    rows = {(row.generator, row.name): row for row in decision.rows}
    assert {rows["gan", "onyx"].decision, rows["vae", "onyx"].decision} == {"undecided"}, "there are none"
    for (generator, name), row in rows.items():
        claims = next(one for one in studied.comparison.variants if one.side.name == f"generated_{generator}").claims
        claim = next(one for one in claims if (one.metric, one.class_name) == ("f1", name))
        if name != "onyx":
            assert row.decision == ("discard" if claim.verdict == "worse" else "keep")
    assert any("More steps alone (repeats" in note for note in decision.notes)
    parent = run_of(root, studied.parent)
    assert parent.data.tags["assay.synthetic.decision"] == decision.words
    (dataset,) = parent.inputs.dataset_inputs
    assert {tag.key: tag.value for tag in dataset.tags}["assay.synthetic.decision"] == decision.words

    kept = Manifest.load(studied.folder / "kept.parquet")
    assert {Path(path).name for path in kept.table["path"]}.isdisjoint({"copied.png", "encoded.jpg"})
    outcome = train(compose(words(photos, root, f"data.synthetic={studied.folder}/kept.parquet")))
    tags, metrics = run_of(root, outcome.run_id).data.tags, run_of(root, outcome.run_id).data.metrics
    assert tags["assay.synthetic.review"] == decision.review
    assert "assay.sha256.synthetic.json" in tags
    assert tags["assay.synthetic.review"].startswith("keep gan/amber")
    assert {"synthetic/kid/amber", "synthetic/copies/amber"} <= set(metrics)
    assert asked_by_gate(root, outcome.run_id).passed

    elsewhere = [*EASY, "data.split_seed=3", f"data.synthetic={studied.folder}/kept.parquet"]
    _, use = load_training_images(compose(words(photos, root, *elsewhere)))
    assert use.review.endswith("on other real images or splits")


def asked_by_gate(root: Path, run_id: str) -> CheckResult:
    """What the gate says about the generated images of a run."""
    store = TrackingStore(f"sqlite:///{root}/mlflow.db", work=f"{root}/work")
    return SyntheticReviewed()(Case("cells", MeasuredRun(store.find(run_id)), None))


def test_the_gate_refuses_a_run_whose_images_nobody_reviewed(trained, root: Path) -> None:
    outcome, _ = trained
    result = asked_by_gate(root, outcome.run_id)
    assert not result.passed
    assert "nobody has reviewed them" in result.found


def test_a_study_with_arms_for_each_generator_needs_generated_images(photos: Path, made: Path, tmp_path: Path) -> None:
    (tmp_path / "ab.yaml").write_text(RECIPE)
    with pytest.raises(ConfigError, match=r"data\.synthetic=DIR"):
        study(*STUDY.parse(words(photos, tmp_path, f"study={tmp_path}/ab.yaml")))
    shutil.copytree(made, tmp_path / "DIR")
    typed = words(photos, tmp_path, f"study={tmp_path}/ab.yaml", f"data.synthetic={tmp_path}/DIR", "plan=true")
    assert run_or_plan(*STUDY.parse(typed))
