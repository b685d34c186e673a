"""An ensemble of detectors, and the choice of a detector by classes that are left out."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError, DataError
from assay.postprocess.ood.detector import Detector, LinearMap
from assay.postprocess.ood.ensemble import Ensemble
from assay.postprocess.ood.files import load_rule, save_rule
from assay.postprocess.ood.gen import Gen
from assay.postprocess.ood.left_out_classes import choose_by_classes, classes_to_leave_out
from assay.postprocess.ood.mahalanobis import Mahalanobis
from assay.postprocess.ood.methods import fit_panel, panel
from assay.postprocess.ood.two_stage import TwoStage
from assay.postprocess.softmax import softmax
from assay.predictions import Predictions

Make = Callable[..., Predictions]


def test_it_is_the_mean_of_its_members_on_the_scale_of_images_that_they_were_not_fitted_on(
    drawn: Make, head: LinearMap
) -> None:
    train, new = drawn("train"), drawn("ood", shift=0.7)
    ensemble = Ensemble(("mahalanobis", "gen"), folds=len(train)).fit(train, head=head)
    expected = np.zeros(len(new))
    for kind in (Mahalanobis, Gen):
        others = ~np.eye(len(train), dtype=bool)
        unseen = [kind().fit(train.rows(rest)).score_of(train.rows(~rest))[0] for rest in others]
        middle, high = np.quantile(unseen, [0.5, 0.95])
        expected += (kind().fit(train).score_of(new) - middle) / (high - middle) / 2
    np.testing.assert_allclose(ensemble.score_of(new), expected, rtol=1e-9)


def test_it_is_saved_with_all_that_its_members_have_learned(drawn: Make, head: LinearMap, tmp_path: Path) -> None:
    rule = TwoStage(Ensemble(("vim", "knn", "energy"))).fit(drawn("train"), drawn("calib"), head=head)
    save_rule(rule, tmp_path / "ood.safetensors")
    read, test = load_rule(tmp_path / "ood.safetensors"), drawn("test")
    np.testing.assert_array_equal(read.judge(test).score, rule.judge(test).score)
    assert (read.cut_offs_, read.detector.members) == (rule.cut_offs_, ("vim", "knn", "energy"))


def test_a_member_whose_scores_do_not_differ_says_nothing(drawn: Make) -> None:
    train = drawn("train")
    blank = replace(train, logits=np.zeros_like(train.logits))
    both, alone = (Ensemble(names, folds=3).fit(blank) for names in (("mahalanobis", "msp"), ("mahalanobis", "knn")))
    mahalanobis = alone.members_["mahalanobis"]
    new = drawn("test")
    scaled = (mahalanobis.score_of(new) - both.middles_[0]) / both.spreads_[0]
    np.testing.assert_allclose(both.score_of(new), scaled / 2)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (["vim"], "needs two detectors or more, each once, got [vim]"),
        (["vim", "vim"], "each once"),
        (["vim", "gem"], "'gem' is no detector; did you mean gen?"),
        (["vim", "ensemble"], "'ensemble' is no detector"),
    ],
)
def test_members_that_make_no_ensemble_are_refused(members: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Ensemble(members)
    assert said in str(caught.value)


def test_the_detector_that_tells_left_out_classes_best_is_chosen(drawn: Make) -> None:
    best, means, left_out = choose_by_classes(
        lambda train, layer: fit_panel(train, Ensemble(), head=layer), drawn("train"), drawn("val")
    )
    assert left_out == ("a", "b", "c")
    assert set(means) == {*panel(), "ensemble"}
    assert means[best] == max(means.values())


def test_a_class_that_is_left_out_is_unknown_to_the_detector_and_to_the_classifier(drawn: Make) -> None:
    fitted: list[tuple[Predictions, LinearMap]] = []

    def fit(train: Predictions, layer: LinearMap) -> dict[str, Detector]:
        fitted.append((train, layer))
        return {"mahalanobis": Mahalanobis().fit(train)}

    train, val = drawn("train"), drawn("val")
    _, means, _ = choose_by_classes(fit, train, val)
    areas = []
    for label, (known, layer) in enumerate(fitted):
        others = [k for k in range(3) if k != label]
        rows = train.rows(train.labels != label)
        assert known.class_names == tuple(train.class_names[k] for k in others)
        np.testing.assert_array_equal(known.ids, rows.ids)
        assert [others[new] for new in known.labels] == rows.labels.tolist()
        scaled = StandardScaler().fit(rows.embeddings.astype(np.float64))
        referee = LogisticRegression(C=1 / (0.03 * len(rows)), tol=1e-8, max_iter=5000)
        referee.fit(scaled.transform(rows.embeddings), rows.labels)
        expected = referee.predict_proba(scaled.transform(rows.embeddings))
        np.testing.assert_allclose(softmax(known.logits), expected, atol=2e-3)
        np.testing.assert_allclose(known.logits, known.embeddings @ layer.weight.T + layer.bias, atol=1e-5)
        scores = Mahalanobis().fit(known).score(val.embeddings, np.zeros((len(val), 2)))
        inside, outside = scores[val.labels != label], scores[val.labels == label]
        areas.append(np.mean(outside[:, None] > inside[None, :]))
    assert means["mahalanobis"] == pytest.approx(np.mean(areas))


def test_of_many_classes_ten_are_left_out_over_the_whole_range() -> None:
    labels = np.repeat(np.arange(40), 6)
    left_out = classes_to_leave_out(labels, labels)
    assert (len(left_out), left_out[0], left_out[-1]) == (10, 0, 39)
    assert max(np.diff(left_out)) <= 5


def test_two_classes_are_too_few_to_leave_one_out_and_what_the_error_names_is_an_option(drawn: Make) -> None:
    two = np.repeat([0, 1], 20)
    with pytest.raises(DataError, match=r"takes 3 classes with 5 images in val; 2 have them") as caught:
        classes_to_leave_out(two, two)
    check(compose([word for word in str(caught.value).split() if word.startswith("ood/detector=maha")]))
    check(compose([str(caught.value).partition("choose on in ")[2].partition(",")[0], "ood/detector=auto"]))


def test_detectors_are_chosen_on_train_and_val_alone(drawn: Make) -> None:
    with pytest.raises(DataError, match="train and val; got the splits 'train' and 'test'"):
        choose_by_classes(lambda train, _: {}, drawn("train"), drawn("test"))
