"""Openverse, and of it what is in the public domain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from assay.collection.client import Client
from assay.collection.licences import licence_of
from assay.collection.limits import HostLimits
from assay.collection.source_record import FoundPicture, Skipped
from assay.collection.sources.source import Found, Query, Source, list_at, number_at, text_at, with_parameters

DEEPEST = 20
"""Pages that Openverse gives of a query."""
_DECLARED = "https://api.openverse.org/v1/#section/Register-and-Authenticate"


class Openverse(Source):
    """Pictures that Openverse has indexed elsewhere; it states their licence without guarantee.

    Source: https://api.openverse.org/v1/, GET /v1/images/.
    """

    name: ClassVar[str] = "openverse"
    endpoint: ClassVar[str] = "https://api.openverse.org/v1/images/"
    terms: ClassVar[str] = (
        "https://docs.openverse.org/terms_of_service.html: each work may be used as its own licence says; Openverse "
        "does not verify it, so its page has the last word"
    )
    key_variable: ClassVar[str] = "ASSAY_OPENVERSE_KEY"
    licences: ClassVar[str] = "cc0,pdm,by,by-sa,by-nc,by-nc-sa"

    def limits(self, *, key: bool) -> HostLimits:
        """What may be asked with a token and without."""
        if key:
            return HostLimits(((100, 60.0), (10_000, 86_400.0)), 1, f"{_DECLARED}: 100 a minute, 10,000 a day")
        return HostLimits(((20, 60.0), (200, 86_400.0)), 1, f"{_DECLARED}: 20 a minute, 200 a day without a key")

    def candidates(self, client: Client, query: Query) -> Iterator[Found]:
        """What fits the query, page by page as it is taken."""
        endpoint = query.endpoint or self.endpoint
        headers = {"Authorization": f"Bearer {query.key}"} if query.key else {}
        for page in range(1, DEEPEST + 1):
            asked = with_parameters(
                endpoint,
                q=query.text,
                license=self.licences,
                page=page,
                page_size=500 if query.key else 20,
            )
            answer = client.document(asked, headers)
            results = list_at(answer, "results")
            for result in results:
                yield self._candidate(result, endpoint, query)
            if not results or page >= number_at(answer, "page_count"):
                return

    def _candidate(self, result: Any, endpoint: str, query: Query) -> Found:
        address, number = text_at(result, "url"), text_at(result, "id")
        if not address:
            return Skipped(number or "an entry", "has no address")
        kind, version, url = (text_at(result, name) for name in ("license", "license_version", "license_url"))
        named = kind if kind.lower() in ("cc0", "pdm") else f"{kind} {version}"
        licence = licence_of(url=url, name=named)
        provider = text_at(result, "provider")
        record = self.record(
            address=address,
            page=text_at(result, "foreign_landing_url"),
            licence=licence.id,
            licence_url=url or licence.url,
            author=text_at(result, "creator"),
            title=text_at(result, "title"),
            seen=query.seen,
            evidence=f"license: {kind}; license_version: {version}; license_url: {url}; provider: {provider}"
            if kind
            else "",
            evidence_at=f"{endpoint.rstrip('/')}/{number}/" if number else "",
        )
        return FoundPicture(record, number_at(result, "width"), number_at(result, "height"))


class PublicDomain(Openverse):
    """What Openverse holds for CC0 or for marked as public domain."""

    name: ClassVar[str] = "public_domain"
    licences: ClassVar[str] = "cc0,pdm"
