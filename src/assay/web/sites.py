"""Sites: which room's pages an address belongs to, so that an error there is a page of theirs."""

from __future__ import annotations

from collections.abc import Collection

from starlette.requests import Request

from assay.web.site import Site


class Sites:
    """The sites of a service.

    Args:
        programs: beginnings of addresses that programs ask, whose errors are no pages.
    """

    def __init__(self, programs: Collection[str]) -> None:
        self._programs = tuple(programs)
        self._sites: dict[str, Site] = {}

    def add(self, prefix: str, site: Site) -> None:
        """Let addresses with this beginning belong to a site, unless a longer one is another's."""
        self._sites[prefix] = site

    def of(self, request: Request) -> Site | None:
        """Whose page an error of this request is; None where a program asks."""
        path, accepts = request.url.path, request.headers.get("accept", "")
        if path.startswith(self._programs) or "text/html" not in accepts:
            return None
        matching = [prefix for prefix in self._sites if path.startswith(prefix)]
        return self._sites[max(matching, key=len)] if matching else None
