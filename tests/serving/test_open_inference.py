"""/v2, held against the shapes of the Open Inference Protocol's specification, and against what /v1 answers."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from assay.version import __version__
from serving_world import png

NUMBERS = {"type": "array", "items": {"type": "integer"}}
TENSOR = {
    "type": "object",
    "required": ["name", "datatype", "shape"],
    "properties": {"name": {"type": "string"}, "datatype": {"type": "string"}, "shape": NUMBERS},
}
SPECIFIED: dict[str, dict[str, Any]] = {
    "server": {
        "required": ["name", "version", "extensions"],
        "properties": {
            "name": {"type": "string"},
            "version": {"type": "string"},
            "extensions": {"type": "array", "items": {"type": "string"}},
        },
    },
    "model": {
        "required": ["name", "platform", "inputs", "outputs"],
        "properties": {
            "name": {"type": "string"},
            "versions": {"type": "array", "items": {"type": "string"}},
            "platform": {"type": "string"},
            "inputs": {"type": "array", "items": TENSOR},
            "outputs": {"type": "array", "items": TENSOR},
        },
    },
    "response": {
        "required": ["model_name", "outputs"],
        "properties": {
            "model_name": {"type": "string"},
            "model_version": {"type": "string"},
            "id": {"type": "string"},
            "parameters": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
            "outputs": {"type": "array", "items": TENSOR},
        },
    },
    "error": {"required": ["error"], "properties": {"error": {"type": "string"}}, "additionalProperties": False},
}
"""As inference_rest.md of kserve/open-inference-protocol has them."""


def as_specified(response: Any, name: str) -> dict[str, Any]:
    Draft202012Validator({"type": "object", **SPECIFIED[name]}).validate(response.json())
    return dict(response.json())


def picture(*contents: bytes, **other: Any) -> dict[str, Any]:
    data = [base64.b64encode(content).decode() for content in contents]
    return {"inputs": [{"name": "picture", "shape": [len(data)], "datatype": "BYTES", "data": data}], **other}


def infer(world: Any, document: Any, path: str = "/v2/models/tiny/infer", **headers: str) -> Any:
    return world.client.post(path, json=document, headers=world.headers(**headers))


def by_name(said: dict[str, Any]) -> dict[str, Any]:
    return {output["name"]: output for output in said["outputs"]}


def test_the_server_and_its_model_say_what_they_are(world):
    server = as_specified(world.client.get("/v2", headers=world.headers()), "server")
    assert server == {"name": "assay", "version": __version__, "extensions": ["binary_tensor_data"]}
    for path in ("/v2/models/tiny", "/v2/models/tiny/versions/3"):
        model = as_specified(world.client.get(path, headers=world.headers()), "model")
        assert (model["name"], model["versions"], model["platform"]) == ("tiny", ["3"], "assay_float")
        assert model["inputs"] == [{"name": "picture", "datatype": "BYTES", "shape": [-1]}]
        assert {"name": "probabilities", "datatype": "FP32", "shape": [-1, 3]} in model["outputs"]


def test_it_is_live_and_ready_for_whoever_looks_and_once_it_is_to_end_live_alone(world):
    paths = ("/v2/health/ready", "/v2/models/tiny/ready", "/v2/models/tiny/versions/3/ready")
    assert world.client.get("/v2/health/live").json() == {"live": True}
    assert [world.client.get(path).status_code for path in paths] == [200, 200, 200]
    assert world.client.get(paths[1]).json() == {"name": "tiny", "ready": True}
    assert world.client.get("/v2/models/other/ready").status_code == 404
    world.service.admission.closed = True
    assert [world.client.get(path).status_code for path in paths] == [503, 503, 503]
    assert world.client.get(paths[1]).json() == {"name": "tiny", "ready": False}
    assert world.client.get("/v2/health/live").status_code == 200


def test_pictures_get_the_answers_of_v1_in_their_order_and_are_in_the_same_log(world, bundle):
    contents = [png(1), png(2), png(3)]
    response = infer(world, picture(*contents, id="42"))
    said = as_specified(response, "response")
    assert (said["model_name"], said["model_version"], said["id"]) == ("tiny", "3", "42")
    assert said["parameters"]["bundle"] == bundle.digest
    assert response.headers["ratelimit"].startswith('"minute"')
    outputs, expected = by_name(said), bundle.predict(contents)
    assert outputs["label"]["data"] == [answer.label for answer in expected]
    assert outputs["probabilities"]["shape"] == [3, 3]
    assert json.loads(outputs["probabilities"]["parameters"]["classes"]) == ["a", "b", "c d"]
    assert outputs["probabilities"]["data"] == pytest.approx(
        np.concatenate([answer.probabilities for answer in expected]), abs=1e-6
    )
    assert outputs["domain"]["data"] == [answer.domain for answer in expected]
    assert {type(value) for value in outputs["for_a_person"]["data"]} == {bool}
    page = world.client.get("/v1/predictions", headers=world.headers()).json()["predictions"]
    assert {each["id"] for each in page} == set(outputs["prediction"]["data"])
    assert {each["request_id"] for each in page} == {said["parameters"]["request_id"]}


def test_outputs_that_are_asked_for_come_in_their_order_and_no_others(world):
    asked = picture(png(), outputs=[{"name": "confidence"}, {"name": "label"}])
    assert list(by_name(infer(world, asked).json())) == ["confidence", "label"]


def test_bytes_behind_the_json_are_pictures_and_answers_come_as_bytes_where_they_are_asked_for(world, bundle):
    contents = [png(1), png(2)]
    behind = b"".join(struct.pack("<I", len(content)) + content for content in contents)
    document = {
        "inputs": [
            {"name": "picture", "shape": [2, 1], "datatype": "BYTES", "parameters": {"binary_data_size": len(behind)}}
        ],
        "outputs": [
            {"name": "probabilities", "parameters": {"binary_data": True}},
            {"name": "domain"},
            {"name": "label", "parameters": {"binary_data": True}},
        ],
    }
    head = json.dumps(document).encode()
    headers = {"Inference-Header-Content-Length": str(len(head)), "Content-Type": "application/octet-stream"}
    response = world.client.post("/v2/models/tiny/infer", content=head + behind, headers=world.headers(**headers))
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/octet-stream"
    length = int(response.headers["inference-header-content-length"])
    outputs, rest = by_name(json.loads(response.content[:length])), response.content[length:]
    expected = bundle.predict(contents)
    size = outputs["probabilities"]["parameters"]["binary_data_size"]
    assert size == 2 * 3 * 4
    assert np.frombuffer(rest[:size], "<f4") == pytest.approx(
        np.concatenate([answer.probabilities for answer in expected]), abs=1e-6
    )
    texts = b"".join(struct.pack("<I", len(answer.label)) + answer.label.encode() for answer in expected)
    assert rest[size:] == texts
    assert outputs["label"]["parameters"]["binary_data_size"] == len(texts)
    assert outputs["domain"]["data"] == [answer.domain for answer in expected]
    assert "data" not in outputs["label"]


INPUT = picture(png())["inputs"][0]


@pytest.mark.parametrize(
    ("document", "status", "said"),
    [
        ({}, 422, "inputs"),
        ({"inputs": []}, 422, "there is one, picture"),
        ({"inputs": [{**INPUT, "name": "image"}]}, 422, "there is one, picture"),
        ({"inputs": [INPUT, INPUT]}, 422, "there is one, picture"),
        ({"inputs": [{**INPUT, "datatype": "FP32"}]}, 422, "it is BYTES"),
        ({"inputs": [{**INPUT, "shape": [2]}]}, 422, "shape [2] and 1 elements"),
        ({"inputs": [{**INPUT, "shape": [-1]}]}, 422, "shape [-1]"),
        ({"inputs": [{**INPUT, "shape": []}]}, 422, "shape []"),
        ({"inputs": [{**INPUT, "data": ["no base64!"]}]}, 422, "base64"),
        ({"inputs": [{**INPUT, "data": [7]}]}, 422, "base64"),
        ({"inputs": [{**INPUT, "data": [], "shape": [0]}]}, 422, "no picture"),
        ({"inputs": [{**INPUT, "parameters": {"binary_data_size": 5}}]}, 422, "0 bytes come behind"),
        ({"inputs": [INPUT], "outputs": [{"name": "logits"}]}, 422, "no output logits"),
        (picture(b"%PDF-1.7"), 415, "neither JPEG"),
        (picture(png(1), png(2)[:150]), 422, "picture 2: "),
        (picture(*[b"\x89PNG"] * 33), 413, "33 pictures"),
    ],
)
def test_what_is_not_as_the_protocol_has_it_is_an_error_in_its_words(world, document, status, said):
    response = infer(world, document)
    assert response.status_code == status
    assert said in as_specified(response, "error")["error"]
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("length", ["0", "-1", "x", "99999999"])
def test_a_length_that_is_none_is_an_error(world, length):
    response = infer(world, picture(png()), **{"Inference-Header-Content-Length": length})
    assert response.status_code == 422
    assert "Inference-Header-Content-Length" in as_specified(response, "error")["error"]


@pytest.mark.parametrize("behind", [b"\x01", b"\x09\x00\x00\x00abc"])
def test_bytes_that_end_too_early_are_an_error(world, behind):
    tensor = {**INPUT, "parameters": {"binary_data_size": len(behind)}}
    head = json.dumps({"inputs": [tensor]}).encode()
    headers = world.headers(**{"Inference-Header-Content-Length": str(len(head))})
    response = world.client.post("/v2/models/tiny/infer", content=head + behind, headers=headers)
    assert "The bytes end within" in as_specified(response, "error")["error"]


def test_keys_limits_and_other_models_are_refused_as_in_v1_in_the_words_of_the_protocol(with_settings):
    world = with_settings(per_minute=4)
    for scope, status in (("", 401), ("admin", 403)):
        response = world.client.post("/v2/models/tiny/infer", json=picture(png()), headers=world.headers(scope))
        assert response.status_code == status
        as_specified(response, "error")
    for path in ("/v2/models/other/infer", "/v2/models/tiny/versions/4/infer"):
        response = infer(world, picture(png()), path)
        assert response.status_code == 404
        as_specified(response, "error")
    assert infer(world, picture(png()), "/v2/models/tiny/versions/3/infer").status_code == 200
    assert infer(world, picture(png())).status_code == 200
    response = infer(world, picture(png()))
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) >= 1
    as_specified(response, "error")
    assert world.client.get("/v2/nowhere").json().keys() == {"error"}
