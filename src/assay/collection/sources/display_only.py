"""Unsplash and Pexels: their terms forbid training, so what comes from there is looked at and never learned from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from assay.collection.client import Client
from assay.collection.licences import NO
from assay.collection.limits import HostLimits
from assay.collection.source_record import FoundPicture, Skipped
from assay.collection.sources.source import Found, Query, Source, list_at, number_at, text_at, with_parameters


class Unsplash(Source):
    """Photos of Unsplash.

    Source: https://unsplash.com/documentation#search-photos.
    """

    name: ClassVar[str] = "unsplash"
    endpoint: ClassVar[str] = "https://api.unsplash.com/search/photos"
    training_permitted: ClassVar[str] = NO
    terms: ClassVar[str] = (
        "https://help.unsplash.com/en/articles/2511256-guideline-high-quality-authentic-experiences: the interface is "
        "not for training AI models, and https://unsplash.com/license restricts machine learning"
    )
    key_variable: ClassVar[str] = "ASSAY_UNSPLASH_KEY"
    needs_key: ClassVar[bool] = True

    def limits(self, *, key: bool) -> HostLimits:
        """What may be asked with a key."""
        return HostLimits(
            ((50, 3600.0),), 1, "https://unsplash.com/documentation#rate-limiting: 50 an hour for a demo key"
        )

    def candidates(self, client: Client, query: Query) -> Iterator[Found]:
        """What fits the query, page by page as it is taken."""
        endpoint, page = query.endpoint or self.endpoint, 1
        while True:
            asked = with_parameters(endpoint, query=query.text, page=page, per_page=30)
            answer = client.document(asked, {"Authorization": f"Client-ID {query.key}", "Accept-Version": "v1"})
            results = list_at(answer, "results")
            for photo in results:
                yield self._candidate(photo, query)
            if not results or page >= number_at(answer, "total_pages"):
                return
            page += 1

    def _candidate(self, photo: Any, query: Query) -> Found:
        number, address, page = text_at(photo, "id"), text_at(photo, "urls", "regular"), text_at(photo, "links", "html")
        if not address or not page:
            return Skipped(number or "an entry", "has no address or no page")
        record = self.record(
            address=address,
            page=page,
            licence="",
            licence_url="https://unsplash.com/license",
            author=text_at(photo, "user", "name"),
            title=text_at(photo, "description") or text_at(photo, "alt_description"),
            seen=query.seen,
            evidence="Unsplash License",
            evidence_at=page,
        )
        return FoundPicture(record)


class Pexels(Source):
    """Photos of Pexels.

    Source: https://www.pexels.com/api/documentation/#photos-search.
    """

    name: ClassVar[str] = "pexels"
    endpoint: ClassVar[str] = "https://api.pexels.com/v1/search"
    training_permitted: ClassVar[str] = NO
    terms: ClassVar[str] = (
        "https://help.pexels.com/hc/en-us/articles/900005880463-What-are-the-Terms-and-Conditions: the interface may "
        "not be used to build datasets or to train models without explicit permission"
    )
    key_variable: ClassVar[str] = "ASSAY_PEXELS_KEY"
    needs_key: ClassVar[bool] = True

    def limits(self, *, key: bool) -> HostLimits:
        """What may be asked with a key."""
        return HostLimits(
            ((200, 3600.0), (20_000, 2_592_000.0)), 1, "https://help.pexels.com: 200 an hour, 20,000 a month"
        )

    def candidates(self, client: Client, query: Query) -> Iterator[Found]:
        """What fits the query, page by page as it is taken."""
        endpoint, page = query.endpoint or self.endpoint, 1
        while True:
            asked = with_parameters(endpoint, query=query.text, page=page, per_page=80)
            answer = client.document(asked, {"Authorization": query.key})
            photos = list_at(answer, "photos")
            for photo in photos:
                yield self._candidate(photo, query)
            if not photos or not text_at(answer, "next_page"):
                return
            page += 1

    def _candidate(self, photo: Any, query: Query) -> Found:
        number, address, page = text_at(photo, "id"), text_at(photo, "src", "large"), text_at(photo, "url")
        if not address or not page:
            return Skipped(number or "an entry", "has no address or no page")
        record = self.record(
            address=address,
            page=page,
            licence="",
            licence_url="https://www.pexels.com/license/",
            author=text_at(photo, "photographer"),
            title=text_at(photo, "alt"),
            seen=query.seen,
            evidence="Pexels License",
            evidence_at=page,
        )
        return FoundPicture(record)
