"""The OpenAPI document: what FastAPI makes of the addresses, with keys, refusals and examples as they are here."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from assay.serving.api.contract import METHODS
from assay.serving.api.documents import EXAMPLE_ID, Problem
from assay.serving.api.examples import NoExample, example_of
from assay.serving.api.tensor_documents import InferError
from assay.serving.refusal import KINDS

PROBLEM = "application/problem+json"
SCHEMAS = "#/components/schemas/"
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {"description": "of the request, for the operator; your own where you sent one"},
    "RateLimit-Policy": {"description": "requests that your key may make, and in how many seconds"},
    "RateLimit": {"description": "requests that are left, and seconds until there is one more"},
    "Retry-After": {"description": "seconds after which it may be tried again", "schema": {"type": "integer"}},
}
PROBLEMS = "x-problems"
"""Member of the document with the kinds of problems that there are -> their status, on which clients rely too."""
FASTAPIS_OWN = "HTTPValidationError"
"""What FastAPI says of wrong parameters by itself; here they are a problem like every other."""
WITH_KEY, WITH_BODY = (401, 403, 429, 503), (408, 413, 422)


class Api(FastAPI):
    """FastAPI whose document says which refusals an address has, and shows an example of everything."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            completed(super().openapi())
        return super().openapi()


def is_open_inference(path: str) -> bool:
    """Whether an address is one of the Open Inference Protocol, whose errors are `{"error": …}`."""
    return path == "/v2" or path.startswith("/v2/")


def refused(*names: str) -> dict[int | str, dict[str, Any]]:
    """What an address says of refusals that not all have: `@router.post(…, responses=refused("conflict"))`.

    Args:
        names: of their kinds in `refusal.KINDS`.
    """
    return {status: _refusal(status) for status in sorted({KINDS[name].status for name in names})}


def completed(document: dict[str, Any]) -> None:
    """Add refusals and examples to a document that FastAPI has made."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    headers = {name: {"schema": {"type": "string"}, **about} for name, about in HEADERS.items()}
    document["components"]["headers"] = headers
    document[PROBLEMS] = {kind.name: kind.status for kind in KINDS.values()}
    for model in (Problem, InferError):
        schemas.setdefault(model.__name__, model.model_json_schema(ref_template=f"{SCHEMAS}{{model}}"))
    for path, methods in document["paths"].items():
        for method in set(methods) & set(METHODS):
            _complete(path, methods[method], schemas)
    for name in (FASTAPIS_OWN, "ValidationError"):
        schemas.pop(name, None)


def _complete(path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    if FASTAPIS_OWN in str(operation["responses"].get("422")):
        del operation["responses"]["422"]
    for status in _statuses(path, operation):
        refusal = _tensor_refusal(status) if is_open_inference(path) else _refusal(status)
        operation["responses"].setdefault(str(status), refusal)
    operation["responses"] = dict(sorted(operation["responses"].items()))
    for status, response in operation["responses"].items():
        limited = ("RateLimit-Policy", "RateLimit") if operation.get("security") and status.startswith("2") else ()
        again = ("Retry-After",) if status in ("429", "503") and "security" in operation else ()
        for name in ("X-Request-Id", *limited, *again):
            response.setdefault("headers", {})[name] = {"$ref": f"#/components/headers/{name}"}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["schema"] = _moved(content["schema"], schemas)
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for body in bodies:
        for kind, content in body.get("content", {}).items():
            if kind == "application/json" and "example" not in content and "examples" not in content:
                _put_example(content, schemas)
    for parameter in operation.get("parameters", []):
        _put_plainly(parameter)


def _put_example(content: dict[str, Any], schemas: dict[str, Any]) -> None:
    try:
        content["example"] = example_of(content.get("schema", {}), schemas)
    except NoExample as missing:
        content["x-no-example"] = str(missing)  # the service answers without; a test says it


def _put_plainly(parameter: dict[str, Any]) -> None:
    """Without FastAPI's titles; a header that is read as a list, so that two are refused, may be sent once."""
    schema = parameter.get("schema", {})
    schema.pop("title", None)
    lists = [each for each in schema.get("anyOf", []) if each.get("type") == "array"]
    if parameter["in"] == "header" and lists:
        parameter["schema"] = lists[0]["items"]


def _moved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """A schema with a name of its own stands among the others, and what it refers to."""
    for name, each in schema.pop("$defs", {}).items():
        schemas.setdefault(name, each)
    if "title" not in schema:
        return schema
    schemas.setdefault(schema["title"], schema)
    return {"$ref": f"{SCHEMAS}{schema['title']}"}


def _statuses(path: str, operation: dict[str, Any]) -> list[int]:
    statuses = {500}
    statuses |= set(WITH_KEY) if operation.get("security") else set()
    bodies = operation.get("requestBody", {}).get("content", {})
    statuses |= set(WITH_BODY) if bodies else set()
    statuses |= {415} if set(bodies) - {"application/json"} else set()
    statuses |= {422} if operation.get("parameters") else set()
    statuses |= {404} if "{" in path else set()
    statuses |= {409} if any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ())) else set()
    return sorted(statuses)


def _refusal(status: int) -> dict[str, Any]:
    kinds = [kind for kind in KINDS.values() if kind.status == status]
    example = {
        "type": f"/problems/{kinds[0].name}",
        "title": kinds[0].title,
        "status": status,
        "detail": f"{kinds[0].title}.",
        "remedy": kinds[0].remedy,
        "request_id": EXAMPLE_ID,
    }
    return {
        "description": "; ".join(kind.title for kind in kinds),
        "content": {PROBLEM: {"schema": {"$ref": f"{SCHEMAS}Problem"}, "example": example}},
    }


def _tensor_refusal(status: int) -> dict[str, Any]:
    described = _refusal(status)
    described["content"] = {"application/json": {"schema": {"$ref": f"{SCHEMAS}InferError"}}}
    return described
