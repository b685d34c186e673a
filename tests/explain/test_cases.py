from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assay.errors import ConfigError, DataError
from assay.explain.cases import cases_of, ids_like, pictures_in, random_rows, with_target, worst_rows
from assay.explain.review import COLUMNS, MapJudgement, form_rows, read_form, write_form
from assay.predictions import Predictions

CLASSES = ("amber", "jade", "onyx")


def predicted(n: int = 40) -> tuple[Predictions, np.ndarray]:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (n, 3)).astype(np.float32)
    ids = np.array([f"{index:064x}" for index in range(1000, 1000 + n)])
    labels = np.where(rng.random(n) < 0.6, logits.argmax(1), rng.integers(0, 3, n))
    exponential = np.exp(logits)
    return Predictions(ids, ids, "test", labels, CLASSES, logits), exponential / exponential.sum(1, keepdims=True)


def cases(rows: list[int], sheet: str = "random"):
    predictions, probabilities = predicted()
    files = {str(found): Path(f"/photos/{found[-4:]}.png") for found in predictions.ids}
    return cases_of(predictions, probabilities, rows, files, sheet)


def test_random_images_are_the_same_for_a_seed_and_differ_between_seeds() -> None:
    predictions, _ = predicted()
    drawn = random_rows(predictions, 10, seed=0)
    assert len(set(drawn)) == 10
    assert drawn == random_rows(predictions, 10, seed=0) != random_rows(predictions, 10, seed=1)
    assert len(random_rows(predictions, 1000, seed=0)) == 40


def test_the_draw_does_not_depend_on_the_order_of_the_images() -> None:
    predictions, _ = predicted()
    order = np.random.default_rng(1).permutation(40)
    turned = Predictions(
        predictions.ids[order],
        predictions.ids[order],
        "test",
        predictions.labels[order],
        CLASSES,
        predictions.logits[order],
    )
    drawn = [predictions.ids[row] for row in random_rows(predictions, 10, seed=0)]
    assert drawn == [turned.ids[row] for row in random_rows(turned, 10, seed=0)]


def test_worst_errors_are_wrong_and_the_most_confident_come_first() -> None:
    predictions, probabilities = predicted()
    rows = worst_rows(predictions, probabilities, 100)
    wrong = {row for row in range(40) if probabilities[row].argmax() != predictions.labels[row]}
    assert set(rows) == wrong
    assert [probabilities[row].max() for row in rows] == sorted(
        (probabilities[row].max() for row in rows), reverse=True
    )
    assert worst_rows(predictions, probabilities, 3) == rows[:3]


def test_any_class_can_be_explained() -> None:
    some = cases(list(range(10)))
    assert [case.target for case in with_target(some, "predicted", CLASSES)] == [case.predicted for case in some]
    assert [case.target for case in with_target(some, "true", CLASSES)] == [case.true for case in some]
    assert {case.target for case in with_target(some, "onyx", CLASSES)} == {2}


def test_a_class_that_is_not_there_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"target=jde: no such class; did you mean jade\?"):
        with_target(cases([0]), "jde", CLASSES)


def test_the_true_class_of_an_unknown_picture_cannot_be_explained() -> None:
    from dataclasses import replace

    with pytest.raises(DataError, match=r"target=true: the true class of .* is not known"):
        with_target([replace(cases([0])[0], true=None)], "true", CLASSES)


def test_ids_may_be_shortened_as_long_as_they_are_unambiguous() -> None:
    known = ["aabb11", "aabb22", "ccdd33"]
    assert ids_like(["ccdd", "aabb1"], known) == ["ccdd33", "aabb11"]
    with pytest.raises(DataError, match="images=aabb: 2 images of the run have an id"):
        ids_like(["aabb"], known)
    with pytest.raises(DataError, match="images=ee: no image of the run has an id"):
        ids_like(["ee"], known)


def test_a_folder_without_images_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(DataError, match="no images in this folder"):
        pictures_in(tmp_path)


def test_a_form_keeps_what_an_expert_has_filled_in(tmp_path: Path) -> None:
    some = cases([0, 1, 2])
    rows = form_rows(some, [True, False, True], CLASSES, {})
    assert tuple(rows[0]) == COLUMNS
    rows[1] |= {"heat_on_right_place": "partly", "comment": 'left, not "right"\nat all'}
    write_form(rows, tmp_path / "review.csv")
    said = read_form(tmp_path / "review.csv")
    assert said == {
        (some[1].picture.id, rows[1]["explained_class"]): MapJudgement("partly", 'left, not "right"\nat all')
    }
    again = form_rows(some[::-1], [True] * 3, CLASSES, said)
    assert [row["heat_on_right_place"] for row in again] == ["", "partly", ""]


def test_a_form_with_another_word_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    rows = form_rows(cases([0]), [True], CLASSES, {})
    rows[0]["heat_on_right_place"] = "maybe"
    write_form(rows, tmp_path / "review.csv")
    with pytest.raises(DataError, match="row 1: 'maybe' is none of yes, partly, no"):
        read_form(tmp_path / "review.csv")
    (tmp_path / "review.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="cannot be read as a form"):
        read_form(tmp_path / "review.csv")
    assert read_form(tmp_path / "none.csv") == {}
