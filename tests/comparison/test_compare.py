"""Whole comparisons: right intervals, no false claims, true differences found, and never a NaN."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.special import log_softmax
from sklearn.metrics import f1_score, log_loss

from assay.comparison import Comparison, Side, compare, on_common_images
from assay.comparison.comparison import Claim
from assay.errors import DataError
from assay.evaluation.measure import Units


def claim(found: Comparison, metric: str, class_name: str | None = None, variant: int = 0) -> Claim:
    return next(one for one in found.variants[variant].claims if (one.metric, one.class_name) == (metric, class_name))


def refused_numbers(found: Comparison) -> str:
    """The comparison as JSON, which refuses NaN and infinity."""
    from dataclasses import asdict

    return json.dumps(asdict(found), allow_nan=False)


def test_values_are_those_of_scikit_learn(sides) -> None:
    first, second = sides("a", 1.0), sides("b", 2.0)
    found = compare(first, [second], resamples=100)
    labels = first.trainings[0].labels
    for side, which in ((first, "baseline"), (second, "variant")):
        logits = side.trainings[0].logits
        said = logits.argmax(axis=1)
        assert getattr(claim(found, "macro_f1"), which) == pytest.approx(f1_score(labels, said, average="macro"))
        each = f1_score(labels, said, average=None)
        assert getattr(claim(found, "f1", "class 1"), which) == pytest.approx(each[1])
        expected = log_loss(labels, np.exp(log_softmax(logits.astype(float), axis=1)))
        assert getattr(claim(found, "nll"), which) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("metric", ["nll", "macro_f1"])
def test_intervals_agree_with_scipys_paired_bca_bootstrap(sides, metric) -> None:
    first, second = sides("a", 1.0, n=150), sides("b", 1.6, n=150)
    labels = first.trainings[0].labels
    logs = [log_softmax(side.trainings[0].logits.astype(float), axis=1) for side in (first, second)]

    def difference(rows):
        if metric == "nll":
            return np.diff([-log[rows, labels[rows]].mean() for log in logs])[0]
        said = [log.argmax(axis=1)[rows] for log in logs]
        return np.diff([f1_score(labels[rows], one, average="macro") for one in said])[0]

    reference = stats.bootstrap(
        (np.arange(150),), difference, vectorized=False, n_resamples=600, rng=np.random.default_rng(1)
    )
    found = claim(compare(first, [second], metrics=[metric], resamples=4000), metric)
    assert found.difference.method.startswith("BCa")
    width = reference.confidence_interval.high - reference.confidence_interval.low
    assert found.difference.low == pytest.approx(reference.confidence_interval.low, abs=0.12 * width)
    assert found.difference.high == pytest.approx(reference.confidence_interval.high, abs=0.12 * width)
    assert found.standard_error == pytest.approx(reference.standard_error, rel=0.1)


def test_swapping_answers_is_mcnemars_test_where_both_can_be_had(sides) -> None:
    from assay.comparison.mcnemar import mcnemar
    from assay.comparison.resampling import replicates
    from assay.evaluation.metrics import Sample, families

    first, second = (sides(name, skill, n=80).trainings[0] for name, skill in (("a", 1.0), ("b", 1.5)))
    samples = [Sample.from_logits(one.labels, one.logits) for one in (first, second)]
    key = ("accuracy", None)
    drawn = replicates([(samples[0], samples[1])], Units.of(first.groups), families, [key], resamples=0, swaps=20_000)
    extreme = np.abs(drawn.swapped[key]) >= abs(drawn.observed[key]) - 1e-9
    exact = mcnemar(samples[0].correct, samples[1].correct).p_exact
    assert 0.001 < exact < 0.9
    assert extreme.mean() == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 20_000))


def test_swapping_loss_is_the_sign_flip_test_of_scipy(sides) -> None:
    first, second = sides("a", 1.0, n=60), sides("b", 1.2, n=60)
    labels = first.trainings[0].labels
    losses = [
        -log_softmax(side.trainings[0].logits.astype(float), axis=1)[range(60), labels] for side in (first, second)
    ]
    reference = stats.permutation_test(
        losses, lambda a, b, axis: (b - a).mean(axis=axis), permutation_type="samples", vectorized=True,
        n_resamples=9999, rng=np.random.default_rng(0),
    )  # fmt: skip
    found = claim(compare(first, [second], metrics=["nll"], resamples=9999), "nll")
    assert found.p == pytest.approx(reference.pvalue, abs=0.02)


def test_a_large_difference_is_established_and_its_direction_is_right(sides) -> None:
    weak, strong = sides("weak", 0.5, n=400), sides("strong", 2.5, n=400)
    found = compare(weak, [strong], resamples=300)
    assert {claim(found, name).verdict for name in ("accuracy", "macro_f1", "nll", "brier", "aurc")} == {"better"}
    back = compare(strong, [weak], resamples=300)
    assert {claim(back, name).verdict for name in ("accuracy", "macro_f1", "nll", "brier", "aurc")} == {"worse"}
    assert claim(found, "nll").words == "significantly better"
    assert claim(found, "nll").difference.value == pytest.approx(-claim(back, "nll").difference.value)


def test_a_small_difference_says_how_many_more_images_it_would_need(sides) -> None:
    found = claim(compare(sides("a", 1.0), [sides("b", 1.05)], metrics=["accuracy"], resamples=500), "accuracy")
    assert found.verdict == "not established"
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    expected = 200 * (found.standard_error * z / found.difference.value) ** 2 - 200
    assert found.more_images == pytest.approx(expected, abs=1.5)
    assert found.words.startswith("inconclusive; about ")


def test_identical_predictions_differ_by_exactly_nothing(sides) -> None:
    one = sides("a", 1.0)
    found = compare(one, [replace(one, name="again")], resamples=100)
    for each in found.variants[0].claims:
        assert (each.difference.value, each.difference.low, each.difference.high, each.p) == (0, 0, 0, 1)
        assert each.words == "no difference at all"
    assert (found.variants[0].gained, found.variants[0].lost) == (0, 0)


def test_the_order_of_the_images_changes_nothing(sides) -> None:
    first, second = sides("a", 1.0), sides("b", 1.5)
    mixed = np.random.default_rng(5).permutation(200)
    shuffled = second.trainings[0].rows(mixed)
    straight = compare(first, [second], resamples=100)
    assert compare(first, [replace(second, trainings=(shuffled,))], resamples=100) == straight


def test_variants_share_one_family_and_dilute_each_other(sides) -> None:
    first, second = sides("a", 1.0), sides("b", 1.6)
    alone = compare(first, [second], metrics=["accuracy"], resamples=100)
    three = compare(first, [second, sides("c", 1.0), sides("d", 1.0)], metrics=["accuracy"], resamples=100)
    assert (alone.family, three.family) == (1, 3)
    assert claim(alone, "accuracy").p == claim(three, "accuracy").p
    assert claim(three, "accuracy").p_holm == pytest.approx(min(1, 3 * claim(alone, "accuracy").p))


def test_variants_of_equal_predictions_are_one_hypothesis_in_holms_family(sides) -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    first, second, third = sides("a", 1.0), sides("b", 1.3), sides("c", 1.1)
    twin = replace(second, name="b by another name")
    once = compare(first, [second, third], metrics=["accuracy", "nll"], resamples=400)
    found = compare(first, [second, third, twin], metrics=["accuracy", "nll"], resamples=400)
    assert found.family == 4
    counted = [each for variant in found.variants[:2] for each in variant.claims]
    reference = multitest.multipletests([each.p for each in counted], method="holm")[1]
    assert [each.p_holm for each in counted] == pytest.approx(reference.tolist())
    assert found.variants[:2] == once.variants
    assert found.variants[2].claims == found.variants[0].claims
    assert found.notes[0] == (
        "b and b by another name predict exactly the same, image by image: Holm's correction counts their hypotheses "
        "once."
    )


def test_predictions_that_are_the_baselines_make_no_claim_and_cost_the_others_nothing(sides) -> None:
    first, second = sides("a", 1.0), sides("b", 1.3)
    found = compare(first, [replace(first, name="again"), second], metrics=["accuracy"], resamples=100)
    assert found.family == 1
    assert claim(found, "accuracy", variant=1) == claim(
        compare(first, [second], metrics=["accuracy"], resamples=100), "accuracy"
    )
    assert claim(found, "accuracy").verdict == "no difference"
    assert "no hypothesis is counted" in found.notes[0]


def test_equal_predictions_of_one_seed_alone_are_two_hypotheses(sides) -> None:
    first, second, third = (sides(name, skill, seeds=(1, 2)) for name, skill in (("a", 1.0), ("b", 1.3), ("c", 1.1)))
    half = replace(third, trainings=(second.trainings[0], third.trainings[1]))
    assert compare(first, [second, half], metrics=["accuracy"], resamples=100).family == 2


def test_images_of_one_group_are_resampled_together(sides) -> None:
    each = np.arange(50)
    groups = np.array([f"g{k}" for k in np.repeat(each, 4)])
    small = [sides(name, skill, n=50) for name, skill in (("a", 1.0), ("b", 1.3))]
    four = []
    for side in small:
        ids = np.array([f"{k:04}" for k in range(200)])
        repeated = replace(side.trainings[0].rows(np.repeat(each, 4)), ids=ids, groups=groups)
        four.append(replace(side, trainings=(repeated,)))
    once = claim(compare(small[0], [small[1]], metrics=["brier"], resamples=500), "brier")
    copied = compare(four[0], [four[1]], metrics=["brier"], resamples=500)
    assert copied.unit_word == "groups"
    assert copied.variants[0].mcnemar is None
    assert claim(copied, "brier").standard_error == pytest.approx(once.standard_error, rel=0.15)
    assert any("groups" in note for note in copied.notes)


def test_seeds_that_disagree_keep_a_difference_from_being_established(sides) -> None:
    first = sides("a", 1.0, n=500, seeds=(0, 1, 2))
    better, worse = sides("b", 1.9, n=500).trainings[0], sides("c", 0.7, n=500).trainings[0]
    steady = Side("steady", (better,) * 3, (0, 1, 2))
    erratic = Side("erratic", (better, better, worse), (0, 1, 2))
    found = compare(first, [steady, erratic], metrics=["nll"], resamples=300)
    assert claim(found, "nll").verdict == "better"
    shaky = claim(found, "nll", variant=1)
    assert shaky.seeds is not None
    assert shaky.seeds.deviation > 3 * claim(found, "nll").seeds.deviation
    assert shaky.verdict == "not established"
    assert "seed" in shaky.words
    assert shaky.test == "t over images and seeds"
    assert shaky.p == shaky.seeds.p > 0.05
    mean = np.mean(shaky.seeds.differences)
    assert shaky.difference.value == pytest.approx(mean)


def test_the_mean_over_seeds_is_that_of_the_single_comparisons(sides) -> None:
    seeds = (3, 4)
    first, second = sides("a", 1.0, seeds=seeds), sides("b", 1.5, seeds=seeds)
    both = claim(compare(first, [second], metrics=["ece"], resamples=100), "ece")
    for place in range(2):
        alone = [replace(side, trainings=side.trainings[place : place + 1], seeds=(0,)) for side in (first, second)]
        single = claim(compare(alone[0], [alone[1]], metrics=["ece"], resamples=100), "ece")
        assert both.seeds.differences[place] == pytest.approx(single.difference.value)


def test_other_test_sets_are_refused_with_counts_and_compared_where_asked(sides) -> None:
    first, second = sides("a", 1.0), sides("b", 1.5)
    kept = second.trainings[0]
    cut = replace(second, trainings=(kept.rows(np.arange(30, len(kept))),))
    with pytest.raises(DataError, match="170 images are in both, 30 only in that of a, 0 only in that of b"):
        compare(first, [cut])
    assert compare(*_one_and_rest(on_common_images([first, cut])), resamples=100).n == 170
    foreign = replace(second, trainings=(replace(kept, ids=np.char.add(kept.ids, "x")),))
    with pytest.raises(DataError, match="no image"):
        on_common_images([first, foreign])


def _one_and_rest(sides):
    return sides[0], sides[1:]


def test_other_classes_labels_metrics_and_numbers_of_trainings_are_refused(sides) -> None:
    first, second = sides("a", 1.0), sides("b", 1.5)
    kept = second.trainings[0]
    with pytest.raises(DataError, match="b knows the classes x, y, z"):
        compare(first, [replace(second, trainings=(replace(kept, class_names=("x", "y", "z")),))])
    with pytest.raises(DataError, match="200 of 200 test images have another label in b"):
        compare(first, [replace(second, trainings=(replace(kept, labels=(kept.labels + 1) % 3),))])
    with pytest.raises(DataError, match=r"macro_f2: no such metric.*did you mean macro_f1"):
        compare(first, [second], metrics=["macro_f2"])
    with pytest.raises(DataError, match="2 trainings, a has 1"):
        compare(first, [sides("b", 1.5, seeds=(0, 1))])
    with pytest.raises(DataError, match="at least one variant"):
        compare(first, [])


@pytest.mark.parametrize(
    ("labels", "first", "second"),
    [
        ([1], [[0, 1]], [[1, 0]]),
        ([0, 0, 0], [[3, 0]] * 3, [[4, 0]] * 3),
        ([0, 0, 0], [[3, 0]] * 3, [[0, 3]] * 3),
        ([0, 1], [[1, 0], [0, 1]], [[1, 0], [0, 1]]),
        ([0, 1, 0, 1], [[1, 0], [0, 1], [1, 0], [1, 0]], [[1, 0], [0, 1], [0, 1], [0, 1]]),
        ([0, 1, 0], [[-np.inf, 0], [0, 1], [1, 0]], [[1, 0], [0, 1], [1, 0]]),
    ],
)
@pytest.mark.filterwarnings("error")
def test_degenerate_samples_give_none_and_never_nan(predict, labels, first, second) -> None:
    given = zip("ab", (first, second), strict=True)
    sides = [Side(name, (predict(labels, np.array(logits, dtype=float)),)) for name, logits in given]
    found = compare(sides[0], [sides[1]], resamples=100)
    refused_numbers(found)
    assert all(not one.established for one in found.variants[0].claims)


def test_a_class_without_images_is_undefined_and_said(sides) -> None:
    first = sides("a", 1.0, shares=[0.5, 0.5, 0.0])
    found = compare(first, [sides("b", 2.0, shares=[0.5, 0.5, 0.0])], resamples=100)
    refused_numbers(found)
    assert claim(found, "f1", "class 2").verdict == "undefined"
    assert claim(found, "f1", "class 2").p_holm is None
    assert "No test image of class 2." in found.notes


@pytest.mark.slow
def test_without_a_difference_hardly_any_study_claims_one(predict) -> None:
    """Simulated studies of two equal models and a third: family-wise false claims stay within the level."""
    studies, false = 150, 0
    for number in range(studies):
        rng = np.random.default_rng([7, number])
        labels = rng.choice(3, size=100, p=[0.7, 0.2, 0.1])
        shared = np.eye(3)[labels] * 1.5 + rng.normal(size=(100, 3))
        sides = [Side(name, (predict(labels, shared + rng.normal(size=(100, 3))),)) for name in "abc"]
        found = compare(sides[0], sides[1:], metrics=["accuracy", "macro_f1", "nll"], resamples=300)
        false += any(one.established for variant in found.variants for one in variant.claims)
    # Not more than a level of 0.05 gives by chance in 99 of 100 simulations.
    assert false <= stats.binom.ppf(0.99, studies, 0.05)


@pytest.mark.slow
def test_true_differences_are_found_about_as_often_as_the_number_of_images_promises(predict) -> None:
    """The advice is followed: so many images as one study asks for establish the difference in about 80 % of others."""

    def study(n, seed):
        rng = np.random.default_rng([11, seed])
        labels = rng.integers(2, size=n)
        sides = []
        for name, accuracy in (("a", 0.70), ("b", 0.80)):
            right = rng.random(n) < accuracy
            sides.append(Side(name, (predict(labels, np.eye(2)[np.where(right, labels, 1 - labels)]),)))
        return claim(compare(sides[0], [sides[1]], metrics=["accuracy"], resamples=300), "accuracy")

    # Variance of a difference of independent answers: 0.7 * 0.3 + 0.8 * 0.2.
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    n = math.ceil(0.37 * (z / 0.1) ** 2)
    found = np.mean([study(n, seed).verdict == "better" for seed in range(60)])
    assert 0.65 <= found <= 0.93
