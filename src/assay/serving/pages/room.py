"""Room: what every page for people stands on: the service, its visitors, and how pages are made."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from assay.provenance.reader import ProvenanceReader
from assay.serving.engine import Engine
from assay.serving.identity import Identity
from assay.serving.pages.view import evidence_of
from assay.serving.pages.visitors import Visitors
from assay.serving.places import beside
from assay.serving.service import Service
from assay.store.erase import Folders
from assay.web.refusal import PageRefusal
from assay.web.site import Site

KEY_PAGE = "/key"


@dataclass(frozen=True)
class Room:
    """The pages for people.

    Attributes:
        service: that answers.
        visitors: who ask.
        site: makes pages.
        provenance: reads what files say about their origin.
    """

    service: Service
    visitors: Visitors
    site: Site
    provenance: ProvenanceReader

    async def identity(self, request: Request) -> Identity:
        """Who asks.

        Raises:
            PageRefusal: nobody that is known.
        """
        identity = await self.visitors.known(request)
        if identity is None:
            raise PageRefusal("signed-out" if self.visitors.mode == "key" else "not-found")
        return identity

    def needs_key(self, request: Request, identity: Identity | None) -> Response | None:
        """To the page where one's key is given, where one is needed."""
        if identity is None and self.visitors.mode == "key":
            return self.site.redirect(request, KEY_PAGE)
        return None

    def engine_of(self, bundle: str) -> Engine | None:
        """The engine of a bundle; None where it answers no longer."""
        arms = self.service.arms
        engines = [arms.champion.engine, *([arms.rival.engine] if arms.rival is not None else [])]
        return next((engine for engine in engines if engine.digest == bundle), None)

    @property
    def is_about_generated(self) -> bool:
        """Whether the model tells generated pictures from real ones: it was measured generator by generator."""
        evidence = evidence_of(self.service.holder.engine)
        return evidence is not None and evidence.generators is not None

    @property
    def folders(self) -> Folders:
        """Of the service's files."""
        service, url = self.service, self.service.store.url
        if service.upkeep.folders is not None:
            return service.upkeep.folders
        return Folders(service.keeping.pictures, beside(url, "exports"), beside(url, "erasures"), beside(url, "jobs"))
