"""/docs: every address with what it takes and gives, as a page that needs no script and nothing of another server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from assay.pages.page import page_text
from assay.pages.templates import templates
from assay.web.static_files import StaticFiles

router = APIRouter()
STYLES = ("style.css", "docs.css")


@dataclass(frozen=True)
class FieldLine:
    """A parameter, a field or a status.

    Attributes:
        name: of it.
        kind: its type, or where it stands.
        about: a sentence.
    """

    name: str
    kind: str
    about: str


@dataclass(frozen=True)
class Operation:
    """A method of an address.

    Attributes:
        method: of HTTP.
        path: with its parameters in braces.
        summary: in some words.
        about: the rest.
        takes: parameters and bodies.
        gives: fields of the answer.
        refusals: statuses.
    """

    method: str
    path: str
    summary: str
    about: str
    takes: list[FieldLine]
    gives: list[FieldLine]
    refusals: list[FieldLine]


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """The page."""
    static: StaticFiles = request.app.state.static
    return HTMLResponse(page(request.app.openapi(), [static.address(name) for name in STYLES]))


def page(document: dict[str, Any], styles: Sequence[str]) -> str:
    """A page of an OpenAPI document.

    Args:
        document: as FastAPI makes it.
        styles: addresses of its style.
    """
    schemas = document.get("components", {}).get("schemas", {})
    operations = [
        _operation(path, method, operation, schemas)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return page_text(
        templates("assay.serving.api"),
        "docs.html.j2",
        title=document["info"]["title"],
        about=document["info"]["description"].replace("`", ""),
        operations=operations,
        styles=styles,
    )


def _operation(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> Operation:
    takes = [
        FieldLine(each["name"], each["in"], each.get("description", "")) for each in operation.get("parameters", [])
    ]
    if bodies := operation.get("requestBody", {}).get("content", {}):
        takes.append(FieldLine("body", "", ", ".join(bodies)))
        takes += _fields(_named(bodies.get("application/json", {})), schemas)
    responses = operation["responses"]
    done: dict[str, Any] = next((about for code, about in responses.items() if code.startswith("2")), {})
    name = _named(done.get("content", {}).get("application/json", {}))
    refusals = [
        FieldLine(code, "", about["description"]) for code, about in responses.items() if not code.startswith("2")
    ]
    summary, about = operation.get("summary", ""), operation.get("description", "")
    return Operation(method.upper(), path, summary, about, takes, list(_fields(name, schemas)), refusals)


def _named(content: dict[str, Any]) -> str:
    """Name of the schema of a content; "" for none."""
    return str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]


def _fields(name: str, schemas: dict[str, Any], before: str = "") -> Iterator[FieldLine]:
    """The fields of a schema, those of a schema within it behind its name."""
    for field, about in schemas.get(name, {}).get("properties", {}).items():
        nested = about.get("$ref") or about.get("items", {}).get("$ref", "")
        types = [str(each.get("type", "")) for each in about.get("anyOf", [about])]
        shown = " or ".join(each for each in types if each not in ("", "null"))
        yield FieldLine(f"{before}{field}", shown, about.get("description", ""))
        if nested and not before:
            yield from _fields(nested.rpartition("/")[2], schemas, f"{field}.")
