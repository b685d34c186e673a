"""The OpenAPI document: frozen, with examples that are what they are examples of, and true of what is answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from assay.serving.api import reference

ROOT = Path(__file__).parents[2]
DOCUMENT = reference.document()
"""Made once: all addresses are described each time."""
CONTENTS = [
    (f"{method.upper()} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def kept() -> str:
    return (ROOT / reference.PAGE).read_text("utf-8")


def valid(value: Any, schema: dict[str, Any]) -> list[str]:
    """What of a value is not as the schema says; its references are those of the document."""
    validator = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def test_the_document_is_the_one_that_clients_know():
    content = reference.document()
    assert reference.broken_by(content, kept()) == "", "this breaks clients; what is new needs a place of its own"
    assert reference.as_text(content) == kept(), f"only added to or worded anew: {reference.COMMAND} writes it"


def test_what_would_break_a_client_is_not_written(tmp_path, monkeypatch):
    former = reference.document()
    former["components"]["schemas"]["ResultDocument"]["properties"]["colour"] = {"type": "string"}
    page = tmp_path / "openapi.json"
    page.write_text(json.dumps(former))
    assert reference.write(page) == "ResultDocument: field colour is gone"
    assert json.loads(page.read_text()) == former
    del former["paths"]["/v1/predictions"]
    del former["components"]["schemas"]["ResultDocument"]["properties"]["colour"]
    page.write_text(json.dumps(former))
    assert reference.write(page) == ""
    assert page.read_text() == kept()


def test_the_marks_of_a_merge_are_said(tmp_path):
    page = tmp_path / "openapi.json"
    page.write_text("<<<<<<< HEAD\n" + kept())
    assert "git checkout --ours" in reference.write(page)


@pytest.mark.parametrize(("address", "operation"), CONTENTS, ids=[address for address, _ in CONTENTS])
def test_everything_that_is_sent_and_answered_has_an_example_that_its_schema_allows(address, operation):
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    contents = [content for body in bodies for content in body.get("content", {}).items()]
    shown = 0
    for kind, content in contents:
        if kind.endswith("json"):
            assert "x-no-example" not in content, content["x-no-example"]
            examples = (
                [content["example"]]
                if "example" in content
                else [each["value"] for each in content["examples"].values()]
            )
            for example in examples:
                assert valid(example, content["schema"]) == []
                shown += 1
    assert shown
    for parameter in operation.get("parameters", []):
        for example in [parameter["example"]] if "example" in parameter else []:
            assert valid(example, parameter["schema"]) == []


def test_each_operation_has_a_name_of_its_own_and_those_with_a_key_say_how_it_is_sent():
    names = [operation["operationId"] for _, operation in CONTENTS]
    assert len(set(names)) == len(names)
    by_address = dict(CONTENTS)
    assert by_address["POST /v1/classify"]["security"] == [{"bearer": []}, {"header": []}]
    assert "security" not in by_address["GET /v1/health/live"]
    assert {"401", "403", "429"} <= set(by_address["GET /v1/models"]["responses"])
    assert set(by_address["GET /v1/health/live"]["responses"]) == {"200", "500"}


def test_what_is_answered_is_what_the_document_says(world):
    from serving_world import png

    paths = DOCUMENT["paths"]

    def holds(response: Any, path: str, method: str = "get") -> None:
        said = paths[path][method]["responses"][str(response.status_code)]["content"]
        kind = response.headers["content-type"]
        assert valid(response.json(), said[kind]["schema"]) == []

    answered = world.ask()
    holds(answered, "/v1/classify", "post")
    files = [("file", (f"{n}.png", content)) for n, content in enumerate([png(1), b"\x89PNG\r\n\x1a\n"])]
    holds(world.client.post("/v1/classify", files=files, headers=world.headers()), "/v1/classify", "post")
    holds(world.ask(b"%PDF"), "/v1/classify", "post")
    holds(world.ask(scope=""), "/v1/classify", "post")
    holds(world.ask(scope="admin"), "/v1/classify", "post")
    for path in ("/v1/predictions", "/v1/models", "/v1/health/live", "/v1/health/ready"):
        holds(world.client.get(path, headers=world.headers()), path)
    holds(world.client.get("/v1/stats", headers=world.headers("admin")), "/v1/stats")
    prediction = answered.json()["results"][0]["id"]
    holds(world.client.get(f"/v1/predictions/{prediction}", headers=world.headers()), "/v1/predictions/{prediction}")
    holds(world.client.get("/v1/predictions/1", headers=world.headers()), "/v1/predictions/{prediction}")
    holds(world.client.get("/v1/predictions?limit=0", headers=world.headers()), "/v1/predictions")
    world.service.admission.closed = True
    holds(world.client.get("/v1/health/ready"), "/v1/health/ready")
