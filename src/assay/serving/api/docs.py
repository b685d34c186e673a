"""/docs: every address with what it takes and gives, as a page that needs no script and nothing of another server."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter()
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
h2 { margin-top: 2.5rem; font-size: 1.1rem; }
table { border-collapse: collapse; width: 100%; }
td:first-child { min-width: 8.5rem; }
td, th { border-bottom: 1px solid #8884; padding: 0.3rem 0.6rem 0.3rem 0; text-align: left; vertical-align: top; }
"""


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """The page."""
    return HTMLResponse(page(request.app.openapi()))


def page(document: dict[str, Any]) -> str:
    """A page of an OpenAPI document.

    Args:
        document: as FastAPI makes it.
    """
    schemas = document.get("components", {}).get("schemas", {})
    parts = [
        _operation(path, method, operation, schemas)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    title = escape(document["info"]["title"])
    about = escape(document["info"]["description"].replace("`", ""))
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{title}</title><style>{STYLE}</style><h1>{title}</h1><p>{about}</p>"
        f"<p>For programs: <a href=/openapi.json>openapi.json</a>.</p>{''.join(parts)}</html>"
    )


def _operation(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    taken = [
        (parameter["name"], parameter["in"], parameter.get("description", ""))
        for parameter in operation.get("parameters", [])
    ]
    taken += [("body", kind, "") for kind in operation.get("requestBody", {}).get("content", {})]
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    fields = list(_fields(name, schemas))
    refused = [(code, "", about["description"]) for code, about in operation["responses"].items() if code != "200"]
    return (
        f"<h2><code>{method.upper()} {escape(path)}</code></h2><p><b>{escape(operation.get('summary', ''))}.</b> "
        f"{escape(operation.get('description', ''))}</p>{_table('takes', taken)}{_table('gives', fields)}"
        f"<details><summary>refusals</summary>{_table('status', refused)}</details>"
    )


def _fields(name: str, schemas: dict[str, Any], before: str = "") -> Iterator[tuple[str, str, str]]:
    """Name, type and sentence of each field of a schema, those of a schema within it behind its name."""
    for field, about in schemas.get(name, {}).get("properties", {}).items():
        nested = about.get("$ref") or about.get("items", {}).get("$ref", "")
        types = [str(each.get("type", "")) for each in about.get("anyOf", [about])]
        shown = " or ".join(each for each in types if each not in ("", "null"))
        yield f"{before}{field}", shown, about.get("description", "")
        if nested and not before:
            yield from _fields(nested.rpartition("/")[2], schemas, f"{field}.")


def _table(head: str, rows: list[tuple[str, str, str]]) -> str:
    if not rows:
        return ""
    cells = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(kind)}</td><td>{escape(about)}</td></tr>"
        for name, kind, about in rows
    )
    return f"<table><tr><th colspan=3>{head}</th></tr>{cells}</table>"
