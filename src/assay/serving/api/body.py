"""Bodies of requests: read after whoever sends one is known, and never further than it may reach."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from assay.serving.refusal import Refusal
from assay.web.body import CLOSE, BodyError, read_body

Document = TypeVar("Document", bound=BaseModel)
LARGEST_JSON = 65_536
"""Bytes of a JSON document, unless an address takes more."""


async def limited_body(request: Request, limit: int) -> bytes:
    """The bytes of a body.

    Args:
        request: whose body was not read yet.
        limit: bytes at most.

    Raises:
        Refusal: there are more, or they come too slowly.
    """
    try:
        return await read_body(request, limit)
    except BodyError as error:
        raise Refusal(error.name, str(error), headers=CLOSE) from error


async def json_body(request: Request, document: type[Document], *, limit: int = LARGEST_JSON) -> Document:
    """The JSON document of a body. FastAPI itself would read all of it before it asks whose request it is.

    Raises:
        Refusal: it is too large, no JSON, or not what the document asks for.
    """
    try:
        return document.model_validate_json(await limited_body(request, limit))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(("body", *(str(part) for part in first["loc"])))
        raise Refusal("request", f"{where}: {first['msg']}.") from error


def takes_json(document: type[BaseModel]) -> dict[str, Any]:
    """For `openapi_extra` of an address that reads its body by `json_body`."""
    schema = document.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
