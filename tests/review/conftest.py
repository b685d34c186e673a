"""A service's database with reviewers and things to review, in SQLite and, where installed, in PostgreSQL."""

from __future__ import annotations

import pytest
from tests.store.conftest import record as record  # a fixture
from tests.store.conftest import url as url

from assay.review.item import ReviewItem
from assay.review.policy import QueuePolicy
from assay.review.reviewers import create_reviewer
from assay.review.rows import add_items, item_of, items
from assay.store.service_store import ServiceStore

PLAIN = QueuePolicy(known_share=0.0, random_share=0.0)


class Desk:
    """A store with kim and lou, who review, and max, who decides between them."""

    def __init__(self, store: ServiceStore) -> None:
        self.store = store
        roles = {"kim": ["reviewer"], "lou": ["reviewer"], "max": ["arbiter"]}
        for name, has in roles.items():
            made = store.write(lambda c, name=name, has=has: create_reviewer(c, name, has, actor="test"))
            setattr(self, name, made)

    def do(self, work, *arguments, **words):
        """A function of a connection, in a transaction."""
        return self.store.write(lambda connection: work(connection, *arguments, **words))

    def look(self, work, *arguments):
        with self.store.reading() as connection:
            return work(connection, *arguments)

    def add(self, count: int = 1, **about: object) -> list[ReviewItem]:
        """Items of the form label, about answers "jade" of a model that knows jade and onyx."""
        before = len(self.look(items))
        common = {"classes": ("jade", "onyx"), "hidden": {"label": "jade", "confidence": 0.6}}
        form, source = str(about.pop("form", "label")), str(about.pop("source", "low_confidence"))
        wanted = [ReviewItem(form, source, **{"prediction": f"p{before + n}", **common, **about}) for n in range(count)]
        return self.do(add_items, wanted)

    def item(self, item: ReviewItem) -> ReviewItem:
        found = self.look(item_of, item.id)
        assert found is not None
        return found


@pytest.fixture
def store(url):
    with ServiceStore(url) as opened:
        yield opened


@pytest.fixture
def desk(store) -> Desk:
    return Desk(store)
