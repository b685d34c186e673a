import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from assay.data.sampler.epoch_sampler import EpochSampler
from assay.data.sampler.shuffle import Shuffle
from assay.data.sampler.weighted import Weighted
from assay.errors import DataError

SAMPLERS = [Shuffle, Weighted]
GRADES = np.repeat([0, 1, 2, 3], [1508, 295, 106, 715])
label_lists = st.lists(st.integers(0, 4), min_size=1, max_size=60)


@pytest.mark.parametrize("kind", SAMPLERS)
def test_the_order_is_a_function_of_seed_and_epoch(kind: type[EpochSampler]) -> None:
    first, second = kind(GRADES, seed=3), kind(GRADES, seed=3)
    list(first)
    first.set_epoch(5)
    second.set_epoch(5)
    assert list(first) == list(first) == list(second)
    assert list(first) != list(kind(GRADES, seed=3))
    other = kind(GRADES, seed=4)
    other.set_epoch(5)
    assert list(other) != list(first)


@pytest.mark.parametrize("kind", SAMPLERS)
def test_the_global_random_state_is_neither_read_nor_moved(kind: type[EpochSampler]) -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    order = list(kind(GRADES))
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(1)
    assert list(kind(GRADES)) == order


@given(labels=label_lists, processes=st.integers(1, 5))
def test_shuffle_shows_every_row_once_and_shares_are_equally_long(labels: list[int], processes: int) -> None:
    sampler = Shuffle(labels)
    shares = [sampler.share(rank, processes) for rank in range(processes)]
    assert len({len(share) for share in shares}) == 1
    counts = np.bincount(np.concatenate(shares), minlength=len(labels))
    assert counts.min() >= 1
    assert counts.sum() - len(labels) < processes


@pytest.mark.parametrize("kind", SAMPLERS)
@pytest.mark.parametrize("processes", [2, 3, 4])
def test_processes_together_go_through_the_order_of_one(kind: type[EpochSampler], processes: int) -> None:
    sampler = kind(GRADES, seed=1)
    alone = list(sampler)
    shares = [sampler.share(rank, processes) for rank in range(processes)]
    together = np.stack(shares, axis=1).ravel()
    assert together[: len(alone)].tolist() == alone
    assert together[len(alone) :].tolist() == alone[: len(together) - len(alone)]


@pytest.mark.parametrize("kind", SAMPLERS)
def test_a_process_takes_its_share_where_torch_distributed_runs(
    kind: type[EpochSampler], monkeypatch: pytest.MonkeyPatch
) -> None:
    sampler = kind(GRADES)
    expected = sampler.share(1, 3)
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 1)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 3)
    assert list(sampler) == expected
    assert len(sampler) == len(expected)


@pytest.mark.parametrize("kind", SAMPLERS)
def test_the_length_is_the_number_of_draws(kind: type[EpochSampler]) -> None:
    assert len(kind(GRADES)) == len(list(kind(GRADES))) == len(GRADES)


def test_weighted_draws_every_class_equally_often_in_each_epoch() -> None:
    sampler = Weighted(GRADES)
    assert sampler.expected_counts() == pytest.approx([656] * 4)
    for epoch in range(5):
        sampler.set_epoch(epoch)
        counts = np.bincount(GRADES[list(sampler)])
        assert np.abs(counts - 656).max() < 1


def test_weighted_has_the_expected_counts_on_average_where_they_are_no_whole_numbers() -> None:
    labels = np.repeat([0, 1, 2], [17, 5, 3])
    sampler = Weighted(labels)
    counts = [np.bincount(labels[sampler.epoch_indices(np.random.default_rng(epoch))]) for epoch in range(600)]
    assert np.mean(counts, axis=0) == pytest.approx([25 / 3] * 3, abs=0.1)


def test_weighted_has_the_expectation_of_independent_draws_for_each_image() -> None:
    labels = np.repeat([0, 1, 2], [17, 5, 2])
    sampler = Weighted(labels)
    epochs = 4000
    drawn = np.concatenate([sampler.epoch_indices(np.random.default_rng(epoch)) for epoch in range(epochs)])
    counts = np.bincount(drawn, minlength=24)
    weights = 1 / np.bincount(labels)[labels]
    low, high = binom.interval(1 - 1e-4, epochs * 24, weights / weights.sum())
    assert (low <= counts).all()
    assert (counts <= high).all()


@given(labels=label_lists)
def test_weighted_draws_each_image_as_often_as_expected_give_or_take_one(labels: list[int]) -> None:
    counts = np.bincount(Weighted(labels).order(0), minlength=len(labels))
    per_class = np.bincount(labels)
    expected = len(labels) / np.count_nonzero(per_class) / per_class[labels]
    assert counts.sum() == len(labels)
    assert np.abs(counts - expected).max() < 1 + 1e-9


def test_weighted_order_does_not_go_class_by_class() -> None:
    drawn = GRADES[list(Weighted(GRADES))]
    blocks = np.array_split(drawn, 8)
    assert all(np.bincount(block, minlength=4).min() > len(block) / 8 for block in blocks)


def test_weighted_gives_nothing_to_a_class_without_images() -> None:
    assert Weighted([0, 0, 0, 3]).expected_counts().tolist() == [2, 0, 0, 2]


def test_a_row_drawn_again_knows_how_often_before_whichever_process_draws_it() -> None:
    sampler = Weighted([0] * 30 + [1, 1], seed=2)
    for processes in (1, 2, 5):
        together = [
            row
            for step in zip(*(sampler.share(rank, processes) for rank in range(processes)), strict=True)
            for row in step
        ]
        seen: dict[int, int] = {}
        for row in together:
            assert getattr(row, "repeat", 0) == seen.get(row, 0)
            seen[row] = seen.get(row, 0) + 1
        assert max(seen.values()) >= 8


def test_rows_index_tensors_and_arrays() -> None:
    rows = list(Weighted([0] * 30 + [1, 1]))
    assert torch.arange(32)[torch.as_tensor(rows)].tolist() == np.arange(32)[rows].tolist() == rows


@pytest.mark.parametrize("labels", [[], [[0, 1]], [0, -1]])
def test_labels_that_are_none_are_refused(labels: list) -> None:
    with pytest.raises(DataError, match="one class index per row"):
        Shuffle(labels)
