"""measure_fidelity on classes of every size, on one side only, with copies, and as a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skimage.data
from PIL import Image

from assay.data.copies.between import copies_between
from assay.data.manifest import Manifest
from assay.errors import DataError
from assay.synthetic.fidelity.measure import measure_fidelity
from assay.synthetic.fidelity.record import FidelityEvidence
from assay.synthetic.fidelity.settings import FidelitySettings
from assay.synthetic.report.nearness_plot import nearness_plot
from assay.synthetic.report.plot import scores_plot
from assay.synthetic.report.table import write_pairs, write_rows
from assay.synthetic.report.words import findings, undefined_scores, unmeasured

QUICK = FidelitySettings(resamples=60, splits=3, minimum=20, components=4)


@pytest.fixture
def measured(feature, look) -> Callable[..., FidelityEvidence]:
    def run(real: Manifest, generated: Manifest, settings: FidelitySettings = QUICK) -> FidelityEvidence:
        return measure_fidelity(
            real, generated, extractor="tiny@48", features=feature, appearances=look, settings=settings
        )

    return run


@pytest.fixture
def real(write_pictures, manifest_of) -> Manifest:
    return manifest_of(
        (write_pictures("r", 70, seed=1), "round", "train", ""),
        (write_pictures("rv", 30, seed=2), "round", "val", ""),
        (write_pictures("rt", 30, seed=3), "round", "test", ""),
        (write_pictures("s", 50, seed=4), "square", "train", ""),
    )


@pytest.mark.parametrize(("images", "kid", "fid"), [(0, False, False), (5, True, False), (50, True, True)])
def test_none_five_and_fifty_images_in_a_class(
    real: Manifest, measured, write_pictures, manifest_of, images: int, kid: bool, fid: bool
) -> None:
    parts = [(write_pictures("g", 40, seed=5), "round", "train", "gan")]
    if images:
        parts.append((write_pictures("h", images, seed=6), "square", "train", "gan"))
    found = measured(real, manifest_of(*parts))
    row = found.row("square")
    assert (row.real, row.generated) == (50, images)
    assert (row.value("kid") is not None, row.value("fid") is not None) == (kid, fid)
    assert (row.value("precision") is not None) == (images >= 6)
    if not fid:
        said = f"{images} generated images, at least 20 are needed" if images else "no generated images"
        assert f"no FID: {said}" in row.statements
    assert (row.copies is None) == (images == 0)
    assert ("synthetic/fid/square" in found.flat()) == fid
    assert ("synthetic/kid/square" in found.flat()) == kid
    assert found.flat()["synthetic/kid/round"] == found.row("round").value("kid")
    assert findings(found)
    scores_plot(found)


def test_a_reason_that_holds_for_several_rows_is_told_once_with_the_rows(
    real: Manifest, measured, write_pictures, manifest_of
) -> None:
    counts = {("gan", "round"): 5, ("gan", "square"): 3, ("vae", "round"): 1}
    parts = [
        (write_pictures(f"{maker}{name}", count, seed=seed), name, "train", maker)
        for seed, ((maker, name), count) in enumerate(counts.items(), start=10)
    ]
    found = measured(real, manifest_of(*parts))
    told = dict(undefined_scores(found))
    assert told["no FID: 1 to 9 generated images, at least 20 are needed"] == (
        "all generators: all classes, round, square; gan: all classes, round, square; vae: all classes, round"
    )
    assert told["no KID: 1 generated image, at least 2 are needed"] == "vae: all classes, round"
    assert told["no KID: no generated images"] == "vae: square"
    assert len(told) < sum(len(unmeasured(row)) for row in found.rows)


def test_a_class_without_real_images_is_said(measured, write_pictures, manifest_of) -> None:
    real = manifest_of((write_pictures("r", 40), "round", "train", ""))
    generated = manifest_of((write_pictures("g", 30, seed=1), "square", "train", "gan"))
    found = measured(real, generated)
    assert found.row("square").value("kid") is None
    assert "no KID: no real images" in found.row("square").statements
    assert "no class has enough images on both sides" in " ".join(findings(found))


def test_fewer_images_than_features_give_no_fid_of_all_features(real: Manifest, measured, write_pictures, manifest_of) -> None:  # fmt: skip # noqa: E501
    wide = measure_fidelity(
        real,
        manifest_of((write_pictures("g", 40, seed=5), "round", "train", "gan")),
        extractor="wide@48",
        features=lambda manifest: np.random.default_rng(0).normal(size=(len(manifest), 300)),
        appearances=lambda manifest: np.random.default_rng(1).normal(size=(len(manifest), 256)).astype(np.float32),
        settings=QUICK,
    )
    row = wide.row("round")
    assert row.scores["fid_full"].statement == (
        "no FID of all features: a covariance of 300 features from 100 real images has no full rank"
    )
    assert row.scores["fid"].name == wide.fid_kind == "fid[wide@48,pca4]"
    assert row.value("fid") is not None
    assert wide.tags() == {"assay.synthetic.extractor": "wide@48", "assay.synthetic.fid": "fid[wide@48,pca4]"}


def test_enough_images_in_every_class_give_fid_of_all_features(real: Manifest, measured, write_pictures, manifest_of) -> None:  # fmt: skip # noqa: E501
    found = measured(real, manifest_of((write_pictures("g", 40, seed=5), "round", "train", "gan")))
    assert found.fid_kind == "fid[tiny@48]"
    score = found.row("round").scores["fid"]
    assert score.same_sizes.n == 40
    assert score.value > 0


def test_distances_are_to_no_test_image(real: Manifest, measured, write_pictures, manifest_of) -> None:
    generated = manifest_of((write_pictures("g", 40, seed=5), "round", "train", "gan"))
    found = measured(real, generated)
    without = measured(replace(real, table=real.table[real.table["split"] != "test"]), generated)
    assert found.row("round").real == 100
    assert found.flat() == without.flat()


def test_copies_of_train_are_counted_and_those_of_test_are_to_be_excluded(real: Manifest, measured, write_pictures, manifest_of) -> None:  # fmt: skip # noqa: E501
    train, test = real.only("train").paths[:3], real.only("test").paths[:2]
    generated = manifest_of(
        (write_pictures("g", 20, seed=5), "round", "train", "gan"),
        (train, "round", "train", "gan"),
        (test, "round", "train", "vae"),
    )
    found = measured(real, generated)
    assert {pair.real_path for pair in found.pairs if pair.kind == "copy"} == set(map(str, train))
    assert {pair.real_path for pair in found.exclude if pair.kind == "copy"} == set(map(str, test))
    row = found.row("round")
    assert row.copies.copies == 3
    assert row.copies.near_test == len(found.exclude) >= 2
    assert row.copies.share.n == 25
    assert found.row("round", "vae").copies.copies == 0
    assert found.flat()["synthetic/excluded"] == len(found.exclude)
    assert found.flat()["synthetic/copies/gan/round"] >= 3 / 23


def test_what_was_cut_and_mirrored_is_the_same_picture_as_for_the_splits(write_pictures, manifest_of, feature, look, tmp_path: Path) -> None:  # fmt: skip # noqa: E501
    quarters = []
    for name in ("astronaut", "chelsea", "coffee", "rocket", "camera", "coins", "page", "brick"):
        photo = np.asarray(Image.fromarray(getattr(skimage.data, name)()).convert("RGB").resize((256, 256)))
        quarters += [photo[y : y + 128, x : x + 128] for y in (0, 128) for x in (0, 128)]
    paths = [tmp_path / f"{place:02}.png" for place in range(len(quarters))]
    for path, picture in zip(paths, quarters, strict=True):
        Image.fromarray(picture).save(path)
    train, test = paths[::2], paths[1::2]
    copied = [tmp_path / f"copy-{path.name}" for path in (*train[:3], *test[:2])]
    for path, copy in zip((*train[:3], *test[:2]), copied, strict=True):
        picture = Image.open(path).crop((5, 5, 123, 123)).resize((128, 128)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        picture.save(copy)
    real = manifest_of((train, "round", "train", ""), (test, "round", "test", ""))
    generated = manifest_of(
        (write_pictures("g", 20, seed=5), "round", "train", "gan"), (copied, "round", "train", "gan")
    )
    found = measure_fidelity(
        real,
        generated,
        extractor="tiny@48",
        features=feature,
        appearances=look,
        same=lambda first, second: copies_between(first, second, tmp_path / "scans"),
        settings=QUICK,
    )
    assert {pair.real_path for pair in found.pairs if pair.kind == "copy"} == set(map(str, train[:3]))
    assert {pair.real_path for pair in found.exclude if pair.kind == "copy"} == set(map(str, test[:2]))
    mirrored = {pair.orientation for pair in (*found.pairs, *found.exclude) if pair.kind == "copy"}
    assert mirrored == {"mirrored left to right"}
    assert found.row("round").copies.copies == 3


def test_the_nearest_pairs_are_listed_whether_they_are_copies_or_not(real: Manifest, measured, write_pictures, manifest_of) -> None:  # fmt: skip # noqa: E501
    copied = real.only("train").paths[:3]
    generated = manifest_of(
        (write_pictures("g", 20, seed=5), "round", "train", "gan"), (copied, "round", "train", "vae")
    )
    found = measured(real, generated)
    by = {name: [pair for pair in found.closest if pair.generator == name] for name in ("", "gan", "vae")}
    assert {pair.kind for pair in by[""]} == {"nearest"}
    assert {pair.generated_path for pair in by[""]} <= set(map(str, real.only("val").paths))
    assert [pair.generated_path == pair.real_path for pair in by["vae"]] == [True] * 3
    assert {pair.kind for pair in by["vae"]} == {"copy"}
    assert 4 <= len(by["gan"]) <= 8
    assert by["gan"][0].pixels == min(pair.pixels for pair in by["gan"])
    near = {one.generator: one for one in found.nearness}
    assert {name: one.n for name, one in near.items()} == {"": 30, "gan": 20, "vae": 3}
    assert max(near["vae"].pixels) == pytest.approx(0, abs=1e-5)
    assert near["gan"].pixels[0] == pytest.approx(by["gan"][0].pixels, abs=1e-5)
    assert nearness_plot(found)


def test_images_that_are_all_alike_get_a_statement_instead_of_a_fid(real: Manifest, measured, write_pictures, manifest_of, feature, look) -> None:  # fmt: skip # noqa: E501
    generated = manifest_of((write_pictures("g", 40, seed=5), "round", "train", "gan"))
    found = measure_fidelity(
        real,
        generated,
        extractor="tiny@48",
        features=lambda manifest: feature(manifest) * (manifest is not generated),
        appearances=look,
        settings=QUICK,
    )
    row = found.row("round")
    assert found.fid_kind == "fid[tiny@48,pca4]"
    assert row.value("fid") is row.value("fid_full") is None
    said = "no FID: 40 generated images differ in 0 of the 4 directions in which both sides do"
    assert f"{said}, so their covariance has no full rank" in row.statements
    assert row.value("kid") is not None


def test_it_is_a_file_and_the_same_again(real: Manifest, measured, write_pictures, manifest_of, tmp_path: Path) -> None:
    generated = manifest_of((write_pictures("g", 25, seed=5), "round", "train", "gan"))
    found = measured(real, generated)
    found.save(tmp_path / "found.json")
    assert FidelityEvidence.load(tmp_path / "found.json") == found == measured(real, generated)
    write_rows(tmp_path / "rows.csv", found)
    write_pairs(tmp_path / "pairs.csv", found)
    lines = (tmp_path / "rows.csv").read_text("utf-8-sig").splitlines()
    assert any(line.startswith("gan,round,kid,kid[tiny@48],") for line in lines)


def test_classes_that_differ_are_counted_beside_what_chance_gives(real: Manifest, measured, write_pictures, manifest_of) -> None:  # fmt: skip # noqa: E501
    parts = [
        (write_pictures(name, 20, seed=5 + place), name, "train", "gan") for place, name in enumerate(real.class_names)
    ]
    found = measured(real, manifest_of(*parts))
    p = {"all": 0.01, "round": 0.01, "square": 0.3}
    rows = [replace(row, scores={**row.scores, "kid": replace(row.scores["kid"], p=p[row.name])}) for row in found.rows]
    said = findings(replace(found, rows=tuple(rows)))[0]
    assert "1 of 2 classes differ significantly from the real images, each by itself (p below 0.05; 0.1 would" in said


def test_what_is_generated_in_the_dataset_is_not_real(real: Manifest, measured, write_pictures, manifest_of) -> None:
    generated = manifest_of((write_pictures("g", 40, seed=5), "round", "train", "gan"))
    helped = replace(real, table=pd.concat([real.table, generated.table]))
    found = measured(helped, generated)
    assert found.flat() == measured(real, generated).flat()
    assert found.real_digest == helped.digest


def test_names_that_stand_for_all_together_are_refused(real: Manifest, measured) -> None:
    made = replace(real, table=real.table.assign(generator="all"))
    with pytest.raises(DataError, match="a generator is called all, as all of them together are"):
        measured(real, made)
    both = [replace(one, class_names=("all", "square")) for one in (real, made)]
    with pytest.raises(DataError, match="a class is called all"):
        measured(*both)


def test_other_classes_are_refused(real: Manifest, measured) -> None:
    with pytest.raises(DataError, match="generated images have the classes a, b, the dataset has round, square"):
        measured(real, replace(real, class_names=("a", "b")))
