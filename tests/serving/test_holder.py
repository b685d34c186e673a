"""Another model takes over whole, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from assay.errors import BundleError, TrackingError
from assay.serving.holder import Holder, Poller


@dataclass(frozen=True)
class Named:
    """Stands for an engine, of which the holder looks at the digest alone."""

    digest: str


class Registry:
    """What a poller asks, and what it is told."""

    def __init__(self) -> None:
        self.digest, self.error = "one", None
        self.loads, self.told = 0, []

    def wanted(self) -> tuple[str, str]:
        if isinstance(self.error, TrackingError):
            raise self.error
        return "models:/x@champion", self.digest

    def load(self) -> Any:
        self.loads += 1
        if self.error:
            raise self.error
        return Named(self.digest)


@pytest.fixture
def polled():
    registry, holder = Registry(), Holder(Named("one"))
    poller = Poller(holder, registry.wanted, registry.load, 3600.0, registry.told.append)
    yield registry, holder, poller
    poller.close()


def test_nothing_is_loaded_while_the_same_model_is_wanted(polled):
    registry, holder, poller = polled
    poller.look()
    assert (registry.loads, registry.told, holder.engine.digest) == (0, [], "one")


def test_another_model_takes_over_and_it_is_told(polled):
    registry, holder, poller = polled
    registry.digest = "two"
    poller.look()
    poller.look()
    assert (registry.loads, holder.engine.digest) == (1, "two")
    assert [(attempt.bundle, attempt.error) for attempt in registry.told] == [("two", "")]
    assert holder.attempts == registry.told


def test_one_that_cannot_be_loaded_leaves_the_old_one_and_is_tried_once(polled):
    registry, holder, poller = polled
    registry.digest, registry.error = "two", BundleError("a file is missing")
    for _ in range(3):
        poller.look()
    assert (registry.loads, holder.engine.digest) == (1, "one")
    assert [(attempt.bundle, attempt.error) for attempt in registry.told] == [("two", "a file is missing")]
    registry.digest, registry.error = "three", None
    poller.look()
    assert holder.engine.digest == "three"


def test_a_registry_that_does_not_answer_is_asked_again(polled):
    registry, holder, poller = polled
    registry.error = TrackingError("no answer")
    poller.look()
    registry.error, registry.digest = None, "two"
    poller.look()
    assert holder.engine.digest == "two"


def test_whatever_goes_wrong_is_told_once_and_the_next_look_comes(polled):
    registry, holder, poller = polled
    registry.digest, registry.error = "two", ZeroDivisionError("a fault of ours")
    poller.look()
    registry.digest, registry.error = "one", TrackingError("no answer")
    for _ in range(5):
        poller.look()
    assert [attempt.error for attempt in registry.told] == ["a fault of ours", "no answer"]
    assert holder.engine.digest == "one"
