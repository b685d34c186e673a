"""The page where one asks about pictures, and what it answers: one path, the service's own, as for every client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from assay.internet.web_address import LONGEST
from assay.serving.answer_cache import CacheKey
from assay.serving.classified import answer_document
from assay.serving.disclaimer import DISCLAIMER
from assay.serving.engine import Engine
from assay.serving.explanation import Explanation
from assay.serving.further import WantedParts
from assay.serving.identity import Identity
from assay.serving.model_card import limits_of
from assay.serving.pages.picture import shown
from assay.serving.pages.room import Room
from assay.serving.pages.view import AnswerView, evidence_of, view_of_answer, view_of_refusal
from assay.serving.refusal import Refusal
from assay.serving.result import Result
from assay.serving.settings import MEGABYTE
from assay.serving.upload import Upload, refuse_unfit
from assay.store.consents import IMPROVE
from assay.store.subjects import picture_id
from assay.web.form import PostedForm, read_form, refuse_other_sites
from assay.web.refusal import PageRefusal

OWN_PICTURES = "x-own-pictures"
"""Header of our script: it shows the browser's own files, so the page need not bring them along."""
WHERE = "X-Page"
"""Header of a page: the address under which it can be opened again."""
MOST_MAPS = 4
"""Pictures of a question up to which maps are drawn."""
PATIENCE = 20.0
"""Seconds that whoever sees a page wait is ready to wait, at least."""
FETCHING = 0.8
"""Of the time for an answer, in which a picture may be fetched."""


class Asking:
    """The page at /.

    Args:
        room: that it belongs to.
    """

    def __init__(self, room: Room) -> None:
        self._room = room

    async def show(self, request: Request) -> Response:
        """The form."""
        identity = await self._room.visitors.known(request)
        if (elsewhere := self._room.needs_key(request, identity)) is not None:
            return elsewhere
        return self._room.site.page(request, "ask.html.j2", **self.about(identity))

    async def answer(self, request: Request) -> Response:
        """What is said about the pictures of the form.

        Raises:
            PageRefusal: the form is none of ours.
            Refusal: there is too much to do, or what is said cannot be logged.
        """
        room = self._room
        refuse_other_sites(request)
        identity = await room.visitors.known(request)
        if (elsewhere := room.needs_key(request, identity)) is not None:
            return elsewhere
        room.visitors.count_request(request, identity)
        seconds = max(PATIENCE, room.service.settings.deadline_ms / 1000)
        if not room.service.admission.closed:
            room.service.admission.refuse_now(1, seconds)
        form = await read_form(request, room.site.sessions, limit=int(room.service.settings.request_mb * MEGABYTE))
        if identity is None:
            identity = await room.visitors.make(request)
        return await self._answered(request, identity, form, seconds)

    async def _answered(self, request: Request, identity: Identity, form: PostedForm, seconds: float) -> Response:
        room, service = self._room, self._room.service
        ends = time.monotonic() + seconds
        uploads = [Upload(each.name, each.content) for each in form.files]
        address = form.get("address").strip()[: LONGEST + 1]
        if not uploads and not address:
            room.site.session(request).flash("ask.nothing", "wrong")
            return room.site.redirect(request, "/")
        count = len(uploads) + bool(address)
        if count > service.settings.pictures:
            raise PageRefusal("too-large", room.site.phrases(request)("ask.most", count=service.settings.pictures))
        known = self._known_maps(identity, uploads)
        wanted, no_maps = self._wanted(form, count, seconds, drawn=len(known) == count)
        room.visitors.count_pictures(request, identity, wanted.work * count)
        refused = [_unfit(each, service.largest_picture) for each in uploads]
        fit = [each for each, refusal in zip(uploads, refused, strict=True) if refusal is None]
        if address:
            fetched, refusal = await self._fetched(identity, address, FETCHING * seconds)
            uploads, refused = [*uploads, fetched], [*refused, refusal]
            fit += [fetched] if refusal is None else []
        consent = service.keeping.consent(
            identity.key.subject, request.state.request_id, self._agreed(form), identity.consent
        )
        engine, answered = service.holder.engine, list[Result]()
        if fit:
            engine, answered = await service.classify(
                identity,
                fit,
                request_id=request.state.request_id,
                seconds=ends - time.monotonic(),
                consent=consent,
                accepted=bool(address),
                wanted=wanted,
            )
        request.app.state.metrics.looked_at(answered)
        if form.get("map") == "yes":
            answered = self._with_maps(identity, engine, fit, answered)
        own = len(form.files) if OWN_PICTURES in request.headers else 0
        views = _views(engine, uploads, refused, answered, own=own)
        if room.is_about_generated:
            views = [await self._with_origin(view, upload) for view, upload in zip(views, uploads, strict=True)]
        return self._page(request, engine, views, identity, no_maps)

    async def _with_origin(self, view: AnswerView, upload: Upload) -> AnswerView:
        """The same with what the file says about its origin, which is no part of the answer and is not kept."""
        if not view.id:
            return view
        provenance = await asyncio.to_thread(self._room.provenance.read, upload.content)
        return replace(view, origins=provenance.lines())

    def _known_maps(self, identity: Identity, uploads: Sequence[Upload]) -> list[Explanation]:
        """Maps of these pictures that were drawn some minutes ago."""
        digest = self._room.service.arms.answering(identity.key).engine.digest
        keys = [CacheKey(picture_id(identity.secret, each.content), digest) for each in uploads[: MOST_MAPS + 1]]
        return [known for known in map(self._room.service.maps.get, keys) if known is not None]

    def _with_maps(
        self, identity: Identity, engine: Engine, uploads: Sequence[Upload], answered: Sequence[Result]
    ) -> list[Result]:
        """The same with maps that were drawn before; those that were drawn now are kept for minutes."""
        maps, results = self._room.service.maps, list[Result]()
        for upload, result in zip(uploads, answered, strict=True):
            key = CacheKey(picture_id(identity.secret, upload.content), engine.digest)
            drawn = result.further.explanation
            if drawn is not None:
                maps.put(key, drawn)
            elif result.answer is not None and (known := maps.get(key)) is not None:
                result = replace(result, further=replace(result.further, explanation=known))
            results.append(result)
        return results

    def _wanted(self, form: PostedForm, count: int, seconds: float, *, drawn: bool) -> tuple[WantedParts, str]:
        """What is asked beside the answers, and the phrase that says why no maps are, "" where they are or nobody asks.

        Maps are several times the work of an answer: where there is no time for them, the answer alone is given.
        """
        probe, asked = self._room.is_about_generated, form.get("map") == "yes"
        if not asked or drawn:
            return WantedParts(probe=probe), ""
        if count > MOST_MAPS:
            return WantedParts(probe=probe), "map.too_many"
        wanted = WantedParts(explain=True, probe=probe)
        try:
            self._room.service.admission.refuse_now(wanted.work * count, seconds)
        except Refusal:
            return WantedParts(probe=probe), "map.busy"
        return wanted, ""

    async def _fetched(self, identity: Identity, address: str, seconds: float) -> tuple[Upload, Refusal | None]:
        fetching = self._room.service.fetching
        if fetching is None:
            raise Refusal("no-fetch", "The operator has not allowed this service to fetch pictures.")
        # What is fetched is answered also by a service that was told to end meanwhile, so it is refused before.
        self._room.service.admission.refuse_now(1, seconds)
        (fetched,) = await fetching.pictures(identity.key.id, [address], seconds)
        return fetched.upload or Upload(address, b""), fetched.refusal

    def _agreed(self, form: PostedForm) -> str | None:
        """As `X-Consent` says it; None where the pictures are forgotten."""
        if not (version := form.get("keep")):
            return None
        return f"{version} {IMPROVE}" if form.get("improve") else version

    def _page(
        self, request: Request, engine: Engine, views: Sequence[AnswerView], identity: Identity, no_maps: str
    ) -> Response:
        ids = [each.id for each in views if each.id]
        where = f"/answers/{ids[0]}" if len(ids) == 1 else "/history"
        return self._room.site.page(
            request,
            "answers.html.j2",
            here=where,
            headers={WHERE: where},
            answers=views,
            no_maps=no_maps,
            **self.about(identity, engine),
        )

    def about(self, identity: Identity | None, engine: Engine | None = None) -> dict[str, Any]:
        """What pages with answers say of the model and of consent."""
        room, service = self._room, self._room.service
        engine = engine or service.holder.engine
        evidence = evidence_of(engine)
        text, preprocessing = service.keeping.text, engine.answerer.preprocessing
        standing = None if identity is None else identity.consent
        return {
            "model": engine.origin.model,
            "version": engine.origin.version,
            "bundle": engine.digest,
            "class_names": engine.class_names,
            "limits": () if evidence is None else tuple(limits_of(evidence)),
            "disclaimer": DISCLAIMER,
            "fetches": service.fetching is not None,
            "most": service.settings.pictures,
            "largest_mb": service.settings.picture_mb,
            "consent_version": text.version,
            "standing": standing is not None and standing.sha256 == text.sha256,
            "generated": room.is_about_generated,
            "smallest": 0 if preprocessing is None else preprocessing.normalise or preprocessing.size,
        }


def _views(
    engine: Engine,
    uploads: Sequence[Upload],
    refused: Sequence[Refusal | None],
    answered: Sequence[Result],
    *,
    own: int,
) -> list[AnswerView]:
    """What is said about each picture; the first `own` of them the browser shows by itself."""
    rest, views = iter(answered), list[AnswerView]()
    for number, (upload, refusal) in enumerate(zip(uploads, refused, strict=True)):
        result = next(rest) if refusal is None else Result("", upload.name, None, refusal, {})
        views.append(_view(result, engine, upload, number if number < own else None))
    return views


def _unfit(upload: Upload, largest: int) -> Refusal | None:
    """Why a picture is not even decoded; None where it is."""
    try:
        refuse_unfit([upload], most=1, largest=largest)
    except Refusal as refusal:
        return replace(refusal, detail=refusal.detail.replace("Picture 1", "The file"))
    return None


def _view(result: Result, engine: Engine, upload: Upload, own: int | None) -> AnswerView:
    picture = shown(upload.content, own=own, explanation=result.further.explanation)
    if result.answer is None:
        return view_of_refusal(result.refusal, upload.name)
    document = {**answer_document(result.answer, engine), **result.further.document()}
    document["for_a_person"] = document["for_a_person"] or result.further.for_a_person
    return view_of_answer(document, engine, id=result.id, name=upload.name, picture=picture, kept=result.kept)
