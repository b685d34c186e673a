"""The service's own secret is made once."""

from __future__ import annotations

from assay.store.service_secret import _make, service_secret
from assay.store.service_store import ServiceStore


def test_every_process_of_a_service_has_the_same_secret(store: ServiceStore, url: str) -> None:
    secret = service_secret(store, "pages")
    assert len(secret) == 32
    with ServiceStore(url) as other:
        assert service_secret(other, "pages") == secret
        assert service_secret(other, "other") != secret


def test_of_two_that_make_it_at_once_the_first_one_counts(store: ServiceStore) -> None:
    first = store.write(lambda connection: _make(connection, "pages"))
    assert store.write(lambda connection: _make(connection, "pages")) == first
