from pathlib import Path

import cv2
import numpy as np
import pytest
from omegaconf import open_dict

from assay.config.check import check
from assay.config.compose import compose
from assay.config.targets import build
from assay.data.image import read_image
from assay.errors import ConfigError, DataError
from assay.run.config_digest import config_digest
from assay.run.delivery import chains_of
from assay.run.images import load_real_manifest
from assay.run.training_images import load_manifest


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("pseudo"), np.random.default_rng(0)
    for name, blur in (("real", 0.6), ("generated/smooth", 2.0)):
        (folder / name).mkdir(parents=True)
        for number in range(30):
            noise = rng.integers(0, 256, (24, 28, 3), dtype=np.uint8)
            cv2.imwrite(str(folder / name / f"{number}.png"), cv2.GaussianBlur(noise, (0, 0), blur))
    return folder


def config(root: Path, cache: Path, *words: str):
    usual = ["experiment=exposr", f"data.root={root}", "data.image_size=24", f"cache={cache}"]
    return compose([*usual, *words])


def test_pictures_join_train_alone_as_generated_ones_each_a_group_of_its_own(root, tmp_path) -> None:
    asked = config(root, tmp_path, "data.pseudo_generators=[blend,pca]", "data.pseudo_ratio=0.5")
    real, manifest = load_real_manifest(asked), load_manifest(asked)
    added = manifest.table[manifest.table["generator"].str.startswith("pseudo-")]
    count = round(0.5 * int((real.only("train").table["generator"] == "").sum()))
    assert added["generator"].value_counts().to_dict() == {"pseudo-blend": count, "pseudo-pca": count}
    assert set(added["split"]) == {"train"}
    assert {manifest.class_names[label] for label in added["label"]} == {"generated"}
    assert added["group"].is_unique
    assert not set(added["group"]) & set(real.table["group"])
    for split in ("val", "calib", "test"):
        assert manifest.only(split).ids.tolist() == real.only(split).ids.tolist()
    assert load_manifest(asked).digest == manifest.digest


def test_nothing_but_real_training_pictures_is_learned_from(root, tmp_path, monkeypatch) -> None:
    from assay.run import pseudo_generators

    read = []
    monkeypatch.setattr(pseudo_generators, "read_image", lambda path, *more: read.append(path) or read_image(path))
    asked = config(root, tmp_path, "data.pseudo_generators=[spectra]")
    load_manifest(asked)
    train = load_real_manifest(asked).only("train").table
    assert sorted(map(str, read)) == sorted(train["path"][train["generator"] == ""])


def test_lost_pictures_are_made_again_the_same(root, tmp_path) -> None:
    asked = config(root, tmp_path, "data.pseudo_generators=[upsampling]")
    first = load_manifest(asked)
    (lost, *_) = sorted((tmp_path / "pseudo").rglob("*.png"))
    lost.unlink()
    assert load_manifest(asked).digest == first.digest


@pytest.mark.parametrize(
    ("words", "kind", "message"),
    [
        (["data.pseudo_generators=[blemd]"], ConfigError, "did you mean blend"),
        (["data.pseudo_generators=[blend]", "data.synthetic=folder"], ConfigError, "data.synthetic=null"),
    ],
)
def test_what_cannot_be_made_is_refused(root, tmp_path, words, kind, message) -> None:
    with pytest.raises(kind, match=message):
        load_manifest(config(root, tmp_path, *words))


def test_data_without_generators_is_refused(photos, tmp_path) -> None:
    asked = compose(["data=folder", f"data.root={photos}", f"cache={tmp_path}", "data.pseudo_generators=[blend]"])
    with pytest.raises(DataError, match="no training image names its generator"):
        load_manifest(asked)


def test_configs_of_before_keep_their_digest(root, tmp_path) -> None:
    asked = config(root, tmp_path, "data.pseudo_generators=[]")
    digest = config_digest(asked)
    with open_dict(asked):
        for key in ("pseudo_generators", "pseudo_ratio"):
            del asked.data[key]
    assert config_digest(asked) == digest
    assert config_digest(config(root, tmp_path, "data.pseudo_generators=[pca]")) != digest


def test_deliveries_that_cannot_be_measured_are_refused_before_training(root, photos, tmp_path) -> None:
    asked = config(root, tmp_path, "evaluation=delivery", "+evaluation.delivery.chains.mine=[{jepg: 75}]")
    manifest = load_real_manifest(asked)
    with pytest.raises(ConfigError, match=r"chains\.mine: jepg: no such step; did you mean jpeg"):
        chains_of(build(asked.evaluation).delivery, manifest)
    zero = config(root, tmp_path, "evaluation=delivery", "evaluation.delivery.sides=[0]")
    with pytest.raises(ConfigError, match="at least 1 pixel"):
        chains_of(build(zero.evaluation).delivery, manifest)
    plain = compose(["data=folder", f"data.root={photos}", f"cache={tmp_path}", "evaluation=delivery"])
    with pytest.raises(DataError, match="no test image names its generator"):
        chains_of(build(plain.evaluation).delivery, load_real_manifest(plain))


def test_what_the_messages_ask_for_is_taken(root, tmp_path) -> None:
    words = ["data=exposr", f"data.root={root}", "data.image_size=24", "data.resize=native", "aug=delivery"]
    words += ["data.pseudo_generators=[blend]", "data.synthetic=null", "evaluation=delivery", f"cache={tmp_path}"]
    asked = compose(words)
    check(asked)
    manifest = load_manifest(asked)
    assert (manifest.table["generator"] == "pseudo-blend").any()
    assert len(chains_of(build(asked.evaluation).delivery, manifest)) == len(asked.evaluation.delivery.chains)


def test_a_policy_that_scales_windows_is_still_refused_with_native_pictures(root) -> None:
    with pytest.raises(ConfigError, match="take aug=delivery"):
        check(compose(["data=exposr", f"data.root={root}", "data.resize=native", "aug=standard"]))
