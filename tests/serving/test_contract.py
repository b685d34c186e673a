"""What clients of an OpenAPI document lose and gain by another one."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from assay.serving.api.contract import difference

DOCUMENT: dict[str, Any] = {
    "x-problems": {"busy": 503, "rate": 429},
    "openapi": "3.1.0",
    "paths": {
        "/stones": {
            "post": {
                "operationId": "name",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10, "default": 5}}
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Stone"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Name"}}}},
                    "404": {"description": "none"},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Stone": {
                "type": "object",
                "required": ["colour"],
                "properties": {"colour": {"enum": ["green", "black"], "type": "string"}, "grams": {"type": "number"}},
            },
            "Name": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "description": "of the stone"},
                    "sure": {"anyOf": [{"type": "number"}, {"type": "null"}]},
                    "others": {"type": "array", "items": {"type": "string"}},
                },
            },
        }
    },
}
POST = ("paths", "/stones", "post")
STONE = ("components", "schemas", "Stone")
NAME = ("components", "schemas", "Name")
GONE = object()


def changed(*changes: tuple[tuple[Any, ...], Any]) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    for path, value in changes:
        place: Any = document
        for part in path[:-1]:
            place = place[part]
        if value is GONE:
            del place[path[-1]]
        else:
            place[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("paths", "/stones"), GONE, "address POST /stones is gone"),
        ((*POST, "operationId"), "call", "POST /stones: operationId was name, is call"),
        ((*POST, "security"), [{"bearer": []}], "POST /stones: needs a key now"),
        ((*POST, "parameters"), [], "POST /stones: parameter limit in query is gone"),
        ((*POST, "parameters", 0, "required"), True, "POST /stones: limit in query is required now"),
        ((*POST, "parameters", 0, "schema", "type"), "string", "limit in query: was integer, is string"),
        ((*POST, "parameters", 0, "schema", "maximum"), 9, "limit in query: maximum was 10, is 9"),
        ((*POST, "parameters", 0, "schema", "minimum"), 1, "limit in query: minimum was None, is 1"),
        ((*POST, "parameters", 0, "schema", "default"), 6, "limit in query: default was 5, is 6"),
        ((*POST, "requestBody", "required"), True, "a body is required now"),
        ((*POST, "requestBody", "content"), {"text/plain": {}}, "body: content type application/json is gone"),
        ((*POST, "responses", "404"), GONE, "POST /stones: status 404 is gone"),
        ((*POST, "responses", "200", "content"), {}, "200: content type application/json is gone"),
        ((*STONE, "required"), ["colour", "grams"], "Stone.grams: is required now"),
        ((*STONE, "properties", "colour", "enum"), ["green"], "Stone.colour: one of ['green', 'black']"),
        ((*NAME, "properties", "sure"), GONE, "Name: field sure is gone"),
        ((*NAME, "required"), [], "Name.name: may be missing now"),
        (("x-problems", "busy"), GONE, "problem busy is gone"),
        (("x-problems", "busy"), 429, "problem busy: status was 503, is 429"),
        ((*NAME, "properties", "name", "type"), "integer", "Name.name: was string, is integer"),
        (
            (*NAME, "properties", "name"),
            {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "Name.name: was string, is string or null",
        ),
        ((*NAME, "properties", "others", "items", "type"), "number", "Name.others[]: was string, is number"),
    ],
)
def test_what_would_break_a_client_is_said_with_its_place(path, value, said):
    (line,) = difference(DOCUMENT, changed((path, value))).broken
    assert said in line


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("paths", "/gems"), {"get": {"responses": {}}}, "address GET /gems is new"),
        ((*POST, "responses", "409"), {}, "POST /stones: status 409 is new"),
        (("x-problems", "asleep"), 503, "problem asleep is new"),
        ((*POST, "parameters", 0, "schema", "maximum"), 20, "maximum was 10, is 20"),
        ((*STONE, "properties", "shape"), {"type": "string"}, "Stone: field shape is new"),
        ((*STONE, "properties", "colour", "enum"), ["green", "black", "red"], "one of ['green', 'black']"),
        ((*NAME, "properties", "shape"), {"type": "string"}, "Name: field shape is new"),
        ((*NAME, "properties", "sure"), {"type": "number"}, "Name.sure: was number or null, is number"),
    ],
)
def test_what_is_added_breaks_nobody(path, value, said):
    found = difference(DOCUMENT, changed((path, value)))
    assert found.broken == []
    assert [said in line for line in found.added] == [True]


def test_words_for_people_are_no_part_of_the_contract():
    other = changed(
        ((*NAME, "properties", "name", "description"), "what it is called"), ((*POST, "summary"), "Name a stone")
    )
    assert difference(DOCUMENT, other) == difference(DOCUMENT, DOCUMENT)


def test_a_new_field_that_must_be_sent_breaks_those_who_do_not_send_it():
    other = changed(((*STONE, "properties", "shape"), {"type": "string"}), ((*STONE, "required"), ["colour", "shape"]))
    assert difference(DOCUMENT, other).broken == ["Stone: required field shape is new"]


def test_a_schema_that_is_sent_and_answered_is_held_both_ways():
    both = (
        (*POST, "responses", "200", "content", "application/json", "schema"),
        {"$ref": "#/components/schemas/Stone"},
    )
    wider = ((*STONE, "properties", "colour", "enum"), ["green", "black", "red"])
    before, now = changed(both), changed(both, wider)
    assert len(difference(before, now).broken) == 1
    assert len(difference(before, now).added) == 1
