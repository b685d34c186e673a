import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.data.sampler.semantic_volume import FEWEST, class_volumes, semantic_volume
from assay.data.sampler.variance_aware import VarianceAware
from assay.errors import DataError

LABELS = np.repeat([0, 1, 2], [300, 30, 30])


def features(sizes, spreads, dimensions: int = 64, seed: int = 0) -> np.ndarray:
    """Normal clouds of these sizes and spreads around means of their own, float32."""
    rng = np.random.default_rng(seed)
    clouds = [
        rng.normal(size=(1, dimensions)) * 5 + rng.normal(size=(n, dimensions)) * s
        for n, s in zip(sizes, spreads, strict=True)
    ]
    return np.concatenate(clouds).astype(np.float32)


@pytest.mark.parametrize(("m", "d"), [(7, 40), (40, 7), (12, 12), (1, 5)])
@pytest.mark.parametrize("shrinkage", [0.0, 0.1, 1.0])
def test_the_volume_is_the_determinant_of_the_whole_shrunk_covariance(m, d, shrinkage) -> None:
    rng = np.random.default_rng(m * d)
    z = rng.normal(size=(m, d)) * rng.uniform(0.1, 3, d) + 7
    covariance = np.atleast_2d(np.cov(z.T, bias=True)) if m > 1 else np.zeros((d, d))
    shrunk = (1 - shrinkage) * covariance + shrinkage * np.trace(covariance) / d * np.eye(d)
    expected = 0.5 * np.log2(np.linalg.det(np.eye(d) + d * shrunk))
    assert semantic_volume(z, shrinkage=shrinkage) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 20), st.integers(2, 20), st.integers(0, 1000))
def test_the_volume_ignores_turns_and_shifts_and_grows_with_spread(m, d, seed) -> None:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(m, d))
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    assert semantic_volume(z @ turn + 3) == pytest.approx(semantic_volume(z), rel=1e-6)
    assert semantic_volume(1.5 * z) > semantic_volume(z)


def test_volumes_of_classes_of_one_spread_are_equal_whatever_their_size() -> None:
    sizes = (1500, 300, 60, 40)
    embeddings = features(sizes, (1, 1, 1, 1), dimensions=256)
    labels = np.repeat(range(4), sizes)
    volumes = class_volumes(embeddings, labels)
    assert volumes == pytest.approx([volumes.mean()] * 4, rel=0.03)
    naive = [semantic_volume(embeddings[labels == label]) for label in range(4)]
    assert naive[0] > 1.3 * naive[3], "measured on all of their images, they would say who is larger"


def test_a_rare_and_varied_class_is_drawn_more_than_a_rare_and_uniform_one() -> None:
    sampler = VarianceAware(LABELS, embeddings=features((300, 30, 30), (1, 1.5, 0.3)))
    counts = sampler.expected_counts()
    assert counts[1] > 1.5 * counts[2]
    assert counts.sum() == pytest.approx(360)
    turned = VarianceAware(LABELS, embeddings=features((300, 30, 30), (1, 0.3, 1.5))).expected_counts()
    assert turned[2] > 1.5 * turned[1]


def test_what_is_drawn_follows_the_formula_where_nothing_is_cut() -> None:
    embeddings = features((300, 30, 30), (1, 1.2, 0.8))
    sampler = VarianceAware(LABELS, 0.5, 2.0, embeddings=embeddings)
    volumes = class_volumes(embeddings, LABELS)
    weights = np.array([300, 30, 30.0]) ** 0.5 * (volumes / volumes.mean()) ** 2
    assert sampler.expected_counts() == pytest.approx(360 * weights / weights.sum(), rel=1e-6)


def test_without_variety_it_is_the_square_root_and_without_frequency_the_data_as_they_are() -> None:
    embeddings = features((300, 30, 30), (1, 2, 0.5))
    root = np.sqrt([300, 30, 30])
    flat = VarianceAware(LABELS, 0.5, 0.0, embeddings=embeddings).expected_counts()
    assert flat == pytest.approx(360 * root / root.sum(), rel=1e-6)
    plain = VarianceAware(LABELS, 0.0, 0.0, embeddings=embeddings).expected_counts()
    assert plain == pytest.approx([300, 30, 30], rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 200), min_size=2, max_size=6), st.floats(1, 12), st.floats(0, 1), st.integers(0, 99))
def test_no_image_is_drawn_more_or_less_often_than_the_cap(sizes, most, gamma, seed) -> None:
    labels = np.repeat(range(len(sizes)), sizes)
    embeddings = features(sizes, np.random.default_rng(seed).uniform(0.01, 3, len(sizes)), dimensions=8)
    sampler = VarianceAware(labels, gamma, 3.0, most, embeddings=embeddings)
    repeats = sampler.expected_counts() / sizes
    assert sampler.expected_counts().sum() == pytest.approx(sum(sizes))
    assert repeats.max() <= most * (1 + 1e-6)
    assert repeats.min() >= 1 / most * (1 - 1e-6)


def test_a_class_too_small_to_be_measured_counts_as_averagely_varied() -> None:
    sizes = (100, 50, FEWEST - 1)
    sampler = VarianceAware(np.repeat(range(3), sizes), 0.0, embeddings=features(sizes, (1, 1, 9)))
    assert np.isnan(sampler.volumes[2])
    assert sampler.expected_counts() == pytest.approx(sizes, rel=0.05)


@pytest.mark.parametrize("sizes", [(50, 10), (3, 2), (1,)])
def test_constant_embeddings_leave_frequency_alone(sizes) -> None:
    labels = np.repeat(range(len(sizes)), sizes)
    sampler = VarianceAware(labels, 0.5, embeddings=np.ones((len(labels), 4), np.float32))
    root = np.sqrt(sizes)
    assert sampler.expected_counts() == pytest.approx(len(labels) * root / root.sum(), rel=1e-6)


def test_one_class_of_identical_images_is_drawn_as_rarely_as_the_cap_allows() -> None:
    embeddings = features((300, 30, 30), (1, 0, 1))
    assert VarianceAware(LABELS, embeddings=embeddings).expected_counts()[1] == pytest.approx(3, rel=0.02)


def test_embeddings_that_do_not_fit_are_refused() -> None:
    for wrong in (np.zeros((5, 3)), np.zeros(360), np.full((360, 3), np.nan)):
        with pytest.raises(DataError, match="one finite embedding for each of 360 images"):
            VarianceAware(LABELS, embeddings=wrong)


def test_the_work_on_long_embeddings_grows_with_images_and_not_with_dimensions(monkeypatch) -> None:
    shapes, slogdet = [], np.linalg.slogdet
    monkeypatch.setattr(np.linalg, "slogdet", lambda matrix: shapes.append(matrix.shape) or slogdet(matrix))
    sizes = (900, 300, 200, 100)
    embeddings = features(sizes, (1, 1, 1, 1), dimensions=1280)
    class_volumes(embeddings, np.repeat(range(4), sizes))
    assert shapes == [(100, 100)] * (8 + 3 + 2 + 1)
