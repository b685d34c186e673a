"""What a confidence means, held against the test pictures themselves."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from assay.evaluation.evidence import ReliabilityBin
from assay.serving.pages.meaning import meaning_of


def evidence(*bins: ReliabilityBin):
    return SimpleNamespace(calibration=SimpleNamespace(after=SimpleNamespace(bins_equal_mass=bins)), confidence=0.95)


def test_it_is_the_share_of_test_pictures_of_like_confidence_that_were_right():
    from assay.evaluation.intervals import wilson_interval

    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.3, 1.0, 200)
    right = rng.random(200) < confidence
    edges = [0.3, 0.6, 0.8, 1.0]
    bins = []
    for low, high in pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        n, hits = int(inside.sum()), int(right[inside].sum())
        bins.append(ReliabilityBin(low, high, n, 0.0, hits / n, *wilson_interval(hits, n)))
    for stated in (0.31, 0.6, 0.61, 0.79, 0.95):
        meaning = meaning_of(evidence(*bins), stated)
        place = int(np.searchsorted(edges, stated, side="left")) - 1
        inside = (confidence > edges[place]) & (confidence <= edges[place + 1])
        assert meaning is not None
        assert meaning.right == round(100 * right[inside].mean())
        assert meaning.n == inside.sum()
        assert meaning.low <= meaning.right <= meaning.high


def test_what_is_surer_than_any_test_picture_belongs_to_the_surest_and_what_is_less_sure_to_none():
    only = ReliabilityBin(0.5, 0.9, 50, 0.7, 0.8, 0.67, 0.89)
    assert meaning_of(evidence(only), 0.99).right == 80
    assert meaning_of(evidence(only), 0.5).right == 80
    assert meaning_of(evidence(only), 0.49) is None


@pytest.mark.parametrize("n", [0, 1, 9])
def test_too_few_pictures_mean_nothing(n):
    few = ReliabilityBin(0.5, 1.0, n, 0.7, 1.0 if n else None, 0.5 if n else None, 1.0 if n else None)
    assert meaning_of(evidence(few), 0.8) is None
    assert meaning_of(evidence(), 0.8) is None


def test_each_limit_of_a_model_is_said_in_every_language_with_its_values():
    from assay.serving.model_card import LIMITS
    from assay.web.languages import LANGUAGES, phrases

    values = {"count": "4", "names": "a, b", "n": "656", "few": "30", "share": "45%", "name": "misframed"}
    values |= {"side": "48"}
    for language in LANGUAGES:
        words = phrases(language, "assay.serving.pages")
        for name, sentence in LIMITS.items():
            shown = words(f"limit.{name}", **values)
            assert all(values[key] in shown for key in values if f"{{{key}}}" in sentence)
