"""What the document says of requests is what is taken, also where it takes two fields or two routes to say it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from assay.serving.api import reference
from assay.serving.idempotency import SHAPE, idempotency_key
from assay.serving.refusal import Refusal
from serving_world import World


def test_an_address_that_takes_another_method_names_all_that_it_takes(with_settings: Callable[..., World]) -> None:
    world = with_settings(per_minute=1000)
    for path, operations in reference.document()["paths"].items():
        refused = world.client.request("PATCH", re.sub(r"\{\w+\}", "x", path), headers=world.headers())
        assert refused.status_code == 405, path
        assert refused.headers["allow"] == ", ".join(sorted(method.upper() for method in operations)), path


STATEMENTS: list[tuple[dict[str, Any], bool]] = [
    ({"kind": "right"}, True),
    ({"kind": "right", "label": " \t"}, True),
    ({"kind": "right", "label": "onyx"}, False),
    ({"kind": "wrong"}, True),
    ({"kind": "wrong", "label": "onyx"}, True),
    ({"kind": "label", "label": "โอนิกซ์"}, True),
    ({"kind": "label"}, False),
    ({"kind": "label", "label": ""}, False),
    ({"kind": "label", "label": "\x1c\u3000"}, False),
]


def test_feedback_is_taken_where_the_document_allows_it(world: World) -> None:
    prediction = world.ask().json()["results"][0]["id"]
    schema = Draft202012Validator(reference.document()["components"]["schemas"]["SaidDocument"])
    for statement, taken in STATEMENTS:
        answer = world.client.post(f"/v1/predictions/{prediction}/feedback", json=statement, headers=world.headers())
        assert answer.status_code == (200 if taken else 422), statement
        assert schema.is_valid(statement) is taken, statement


@given(st.one_of(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), max_size=260)))
@example('"' + "a" * 255 + '"')
@example("a" * 256)
@example('"' + '\\"' * 255 + '"')
@example('""')
@example('"\\a"')
def test_a_key_of_a_repeated_request_is_taken_where_the_document_allows_it(text: str) -> None:
    try:
        taken = idempotency_key([text]) is not None
    except Refusal:
        taken = False
    assert bool(re.search(SHAPE, text.strip())) is taken
