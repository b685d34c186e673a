"""Maps are kept for minutes, by picture and bundle, and no more of them than may."""

from __future__ import annotations

from assay.serving.answer_cache import CacheKey
from assay.serving.explanation import Explanation
from assay.serving.map_cache import MOST, SECONDS, MapCache

MAP = Explanation("a", "Grad-CAM", b"png", "", (), b"view")


def test_a_map_is_of_one_picture_and_one_bundle_and_for_minutes_alone():
    moment = [0.0]
    cache = MapCache(clock=lambda: moment[0])
    cache.put(CacheKey("p", "b"), MAP)
    assert cache.get(CacheKey("p", "b")) is MAP
    assert cache.get(CacheKey("p", "c")) is cache.get(CacheKey("q", "b")) is None
    moment[0] = SECONDS + 1
    assert cache.get(CacheKey("p", "b")) is None
    cache.put(CacheKey("p", "b"), MAP)
    cache.clear()
    assert cache.get(CacheKey("p", "b")) is None


def test_the_least_used_map_goes_first():
    cache = MapCache(clock=lambda: 0.0)
    for number in range(MOST):
        cache.put(CacheKey(str(number), "b"), MAP)
    cache.get(CacheKey("0", "b"))
    cache.put(CacheKey("new", "b"), MAP)
    assert cache.get(CacheKey("0", "b")) is MAP
    assert cache.get(CacheKey("1", "b")) is None
