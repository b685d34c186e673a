"""Flickr, by its REST interface; what forbids derivatives is not asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from assay.collection.client import Client
from assay.collection.licences import NO, licence_of_url
from assay.collection.limits import HostLimits
from assay.collection.source_record import FoundPicture, Skipped
from assay.collection.sources.source import Found, Query, Source, list_at, number_at, text_at, with_parameters
from assay.errors import DataError

PAGE = 250
SIZES = ("m", "z", "c", "l", "h", "k", "o")
"""Suffixes of Flickr's sizes, the smallest first; o is the original."""


class Flickr(Source):
    """Photos of Flickr under a licence that Flickr names by its address.

    Source: https://www.flickr.com/services/api/flickr.photos.search.html and flickr.photos.licenses.getInfo.html.
    """

    name: ClassVar[str] = "flickr"
    endpoint: ClassVar[str] = "https://www.flickr.com/services/rest/"
    terms: ClassVar[str] = (
        "https://www.flickr.com/help/terms/api: photos belong to their owners, and may be used as the licence of each "
        "says"
    )
    key_variable: ClassVar[str] = "ASSAY_FLICKR_KEY"
    needs_key: ClassVar[bool] = True

    def limits(self, *, key: bool) -> HostLimits:
        """What may be asked with a key."""
        return HostLimits(
            ((3600, 3600.0), (60, 60.0)), 1, "https://www.flickr.com/services/developer/api: 3,600 an hour with a key"
        )

    def candidates(self, client: Client, query: Query) -> Iterator[Found]:
        """What fits the query, page by page as it is taken."""
        licences = self._licences(client, query)
        wanted = [number for number, url in licences.items() if licence_of_url(url).training != NO]
        page = 1
        while True:
            answer = self._asked(
                client,
                query,
                "flickr.photos.search",
                text=query.text,
                license=",".join(wanted),
                extras=",".join(("license", "owner_name", *(f"url_{size}" for size in SIZES))),
                media="photos",
                content_types=0,
                safe_search=1,
                per_page=PAGE,
                page=page,
            )
            photos = list_at(answer, "photos", "photo")
            for photo in photos:
                yield self._candidate(photo, licences, query)
            if not photos or page >= number_at(answer, "photos", "pages"):
                return
            page += 1

    def _licences(self, client: Client, query: Query) -> dict[str, str]:
        """Flickr's numbers of licences, and the addresses of their texts."""
        answer = self._asked(client, query, "flickr.photos.licenses.getInfo")
        listed = list_at(answer, "licenses", "license")
        return {text_at(each, "id"): text_at(each, "url") for each in listed if text_at(each, "id")}

    def _asked(self, client: Client, query: Query, method: str, **parameters: Any) -> Any:
        endpoint = query.endpoint or self.endpoint
        fixed = {"method": method, "api_key": query.key, "format": "json", "nojsoncallback": 1}
        answer = client.document(with_parameters(endpoint, **fixed, **parameters))
        if text_at(answer, "stat") != "ok":
            raise DataError(f"{endpoint}: {method}: {text_at(answer, 'message')[:200] or 'no answer that is known'}")
        return answer

    def _candidate(self, photo: Any, licences: dict[str, str], query: Query) -> Found:
        number, owner, size = text_at(photo, "id"), text_at(photo, "owner"), _size(photo, query.width)
        if not number or not size:
            return Skipped(number or "an entry", "has no address")
        url = licences.get(text_at(photo, "license"), "")
        page = f"https://www.flickr.com/photos/{owner}/{number}" if owner else ""
        record = self.record(
            address=text_at(photo, f"url_{size}"),
            page=page,
            licence=licence_of_url(url).id,
            licence_url=url,
            author=text_at(photo, "ownername"),
            title=text_at(photo, "title"),
            seen=query.seen,
            evidence=f"license: {text_at(photo, 'license')}, which is {url}" if url else "",
            evidence_at=page,
        )
        return FoundPicture(record, number_at(photo, f"width_{size}"), number_at(photo, f"height_{size}"))


def _size(photo: Any, width: int) -> str:
    """The smallest size that is wide enough, or else the largest; the original where that is wanted."""
    offered = [size for size in SIZES if text_at(photo, f"url_{size}")]
    if width:
        enough = [size for size in offered if number_at(photo, f"width_{size}") >= width]
        return next(iter(enough or offered[-1:]), "")
    return offered[-1] if offered else ""
