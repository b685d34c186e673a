"""Wikimedia Commons, by the Action API of MediaWiki."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from assay.collection.client import Client
from assay.collection.licences import licence_of
from assay.collection.limits import HostLimits
from assay.collection.outcome import FetchFailed
from assay.collection.source_record import FoundPicture, Skipped
from assay.collection.sources.source import (
    Found,
    Query,
    Source,
    at,
    list_at,
    number_at,
    text_at,
    with_parameters,
    without_markup,
)
from assay.errors import ConfigError, DataError

WIDTHS = (20, 40, 60, 120, 250, 330, 500, 960, 1280, 1920, 3840)
"""Widths of thumbnails that Wikimedia serves; others are answered with 429."""
PAGE = 50
BUSY = ("maxlag", "ratelimited", "readonly")
"""Codes of errors that pass."""
LICENCE_KEYS = ("LicenseShortName", "LicenseUrl", "UsageTerms")


class Wikimedia(Source):
    """Media of Commons, in thumbnails of a listed width or as the original.

    Source: https://www.mediawiki.org/wiki/API:Search, https://www.mediawiki.org/wiki/API:Imageinfo and
    https://www.mediawiki.org/wiki/Extension:CommonsMetadata.
    """

    name: ClassVar[str] = "wikimedia"
    endpoint: ClassVar[str] = "https://commons.wikimedia.org/w/api.php"
    terms: ClassVar[str] = (
        "https://commons.wikimedia.org/wiki/Commons:Reusing_content_outside_Wikimedia: each file may be reused as its "
        "own licence says"
    )

    def limits(self, *, key: bool) -> HostLimits:
        """What may be asked of the Action API."""
        return HostLimits(((60, 60.0),), 1, "https://www.mediawiki.org/wiki/API:Etiquette: one request after the other")

    def candidates(self, client: Client, query: Query) -> Iterator[Found]:
        """What fits the query, page by page as it is taken."""
        if query.width not in (0, *WIDTHS):
            widths = ", ".join(map(str, WIDTHS))
            raise ConfigError(f"width={query.width}: Wikimedia has thumbnails of {widths} pixels; 0 is the original")
        endpoint = query.endpoint or self.endpoint
        going_on: dict[str, str] = {}
        while True:
            answer = client.document(
                with_parameters(
                    endpoint,
                    action="query",
                    format="json",
                    formatversion=2,
                    maxlag=5,
                    generator="search",
                    gsrsearch=f"{query.text} filetype:bitmap",
                    gsrnamespace=6,
                    gsrlimit=PAGE,
                    prop="imageinfo",
                    iiprop="url|size|mime|extmetadata",
                    iiurlwidth=query.width or None,
                    **going_on,
                )
            )
            if (error := text_at(answer, "error", "code")) in BUSY:
                raise FetchFailed("429", f"{endpoint}: {error}")
            if error:
                raise DataError(f"{endpoint}: {error}: {text_at(answer, 'error', 'info')[:200]}")
            pages = list_at(answer, "query", "pages")
            for page in sorted(pages, key=lambda page: number_at(page, "index")):
                yield self._candidate(page, endpoint, query)
            more = at(answer, "continue")
            if not isinstance(more, dict) or not pages:
                return
            going_on = {str(name): str(value) for name, value in more.items()}

    def _candidate(self, page: Any, endpoint: str, query: Query) -> Found:
        title, info = text_at(page, "title"), at(page, "imageinfo", 0)
        address = text_at(info, "url")
        if not title or not address:
            return Skipped(title or text_at(page, "pageid") or "an entry", "has no address")
        width, height = number_at(info, "width"), number_at(info, "height")
        if query.width and number_at(info, "thumbwidth") == query.width and (thumbnail := text_at(info, "thumburl")):
            address, width, height = thumbnail, query.width, number_at(info, "thumbheight")
        stated = {name: text_at(info, "extmetadata", name, "value") for name in LICENCE_KEYS}
        licence = licence_of(url=stated["LicenseUrl"], name=stated["LicenseShortName"])
        asked = with_parameters(endpoint, action="query", prop="imageinfo", iiprop="extmetadata", titles=title)
        record = self.record(
            address=address,
            page=text_at(info, "descriptionurl"),
            licence=licence.id,
            licence_url=stated["LicenseUrl"] or licence.url,
            author=without_markup(text_at(info, "extmetadata", "Artist", "value")),
            title=without_markup(text_at(info, "extmetadata", "ObjectName", "value")) or title.removeprefix("File:"),
            seen=query.seen,
            evidence="; ".join(f"{name}: {without_markup(value)}" for name, value in stated.items() if value),
            evidence_at=asked,
        )
        return FoundPicture(record, width, height)
