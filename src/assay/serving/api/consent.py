"""/v1/consent: what can be agreed to, what was, and that it is withdrawn."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from assay.errors import ServiceError
from assay.serving.api.body import json_body, takes_json
from assay.serving.api.documents import AgreedDocument, ConsentDocument, GivenDocument, WithdrawnDocument
from assay.serving.api.identify import identified, service_of
from assay.serving.api.openapi import refused
from assay.serving.identity import Identity
from assay.serving.keeping import Keeping
from assay.serving.refusal import Refusal
from assay.store.consents import KEEP, USES, Consent, give_consent, standing_consent, withdraw_consent

router = APIRouter()
Owner = Annotated[Identity, Depends(identified("classify"))]


@router.get("/v1/consent", operation_id="consent", summary="What can be agreed to, and what your owner has agreed to")
async def consent(request: Request, identity: Owner) -> ConsentDocument:
    """Without consent no picture is kept, only what was answered about it."""
    service = service_of(request)

    def read() -> Consent | None:
        with service.store.reading() as connection:
            return standing_consent(connection, identity.key.subject)

    return _document(service.keeping, await asyncio.to_thread(read))


@router.put(
    "/v1/consent",
    operation_id="give_consent",
    summary="Agree that pictures are kept",
    openapi_extra=takes_json(AgreedDocument),
    responses=refused("consent"),
)
async def give(request: Request, identity: Owner) -> ConsentDocument:
    """From now on the pictures of all keys of your owner are kept, until it is withdrawn. For those of one request
    alone send X-Consent with it instead.
    """
    service = service_of(request)
    agreed = await json_body(request, AgreedDocument)
    service.keeping.refuse_other(agreed.version, agreed.uses)
    uses = tuple(dict.fromkeys((KEEP, *agreed.uses)))
    stated = Consent(identity.key.subject, agreed.version, service.keeping.text.sha256, uses)
    try:
        written = service.store.submit(lambda connection: give_consent(connection, stated, key=identity.key.id))
        given = await asyncio.wrap_future(written)
    except ServiceError as error:
        raise Refusal("unwritten", "The consent cannot be written.", retry_after=5) from error
    service.identities.forget()
    return _document(service.keeping, given)


@router.delete("/v1/consent", operation_id="withdraw_consent", summary="Withdraw whatever was agreed to")
async def withdraw(request: Request, identity: Owner) -> WithdrawnDocument:
    """No picture of your owner is kept from now on; those that were are deleted, and get into no collection."""
    service, subject = service_of(request), identity.key.subject
    try:
        written = service.store.submit(lambda connection: withdraw_consent(connection, subject, key=identity.key.id))
        withdrawal = await asyncio.wrap_future(written)
    except ServiceError as error:
        raise Refusal("unwritten", "The withdrawal cannot be written.", retry_after=5) from error
    service.identities.forget()
    deleted = await asyncio.to_thread(service.keeping.pictures.remove, withdrawal.pictures)
    return WithdrawnDocument(consents=withdrawal.consents, pictures=deleted, held=withdrawal.hold)


def _document(keeping: Keeping, given: Consent | None) -> ConsentDocument:
    text = keeping.text
    stands = None
    if given is not None:
        stands = GivenDocument(
            version=given.version,
            sha256=given.sha256,
            uses=list(given.uses),
            given=given.given,
            in_force=given.sha256 == text.sha256,
        )
    return ConsentDocument(version=text.version, sha256=text.sha256, text=text.text, uses=dict(USES), given=stands)
