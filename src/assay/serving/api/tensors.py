"""Tensors of the Open Inference Protocol: pictures out of a request, answers into a response, as JSON or as bytes."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError

from assay.predictor import Answer
from assay.serving.api.tensor_documents import InferRequest, InferResponse, InputTensor, OutputTensor, TensorMetadata
from assay.serving.classified import for_a_person
from assay.serving.refusal import Refusal
from assay.serving.upload import Upload

INPUT = "picture"
HEADER = "Inference-Header-Content-Length"
PER_PICTURE = {"prediction": "BYTES", "label": "BYTES", "confidence": "FP32", "domain": "BYTES", "for_a_person": "BOOL"}
"""Outputs with an element for each picture -> their type; probabilities have one for each class of each."""
PROBABILITIES = "probabilities"
NUMPY = {"FP32": "<f4", "BOOL": "?"}


def inputs_of() -> list[TensorMetadata]:
    """What is taken."""
    return [TensorMetadata(name=INPUT, datatype="BYTES", shape=[-1])]


def outputs_of(class_names: Sequence[str]) -> list[TensorMetadata]:
    """What is given."""
    each = [TensorMetadata(name=name, datatype=kind, shape=[-1]) for name, kind in PER_PICTURE.items()]
    return [*each, TensorMetadata(name=PROBABILITIES, datatype="FP32", shape=[-1, len(class_names)])]


def read_request(body: bytes, header_length: str) -> tuple[InferRequest, list[Upload]]:
    """The request of a body, and its pictures.

    Args:
        body: JSON, and behind it the bytes of tensors where the header says how long the JSON is.
        header_length: value of `Inference-Header-Content-Length`; "" for JSON alone.

    Raises:
        Refusal: it is not as the protocol has it, or holds something else than pictures.
    """
    length = len(body)
    if header_length:
        length = int(header_length) if header_length.isascii() and header_length.isdecimal() else -1
        if not 0 < length <= len(body):
            raise Refusal("request", f"{HEADER} is the length of the JSON in bytes; the body has {len(body)}.")
    try:
        request = InferRequest.model_validate_json(body[:length])
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(("body", *(str(part) for part in first["loc"])))
        raise Refusal("request", f"{where}: {first['msg']}.") from error
    return request, _pictures(_only_input(request), body[length:])


def _only_input(request: InferRequest) -> InputTensor:
    names = [each.name for each in request.inputs]
    if names != [INPUT]:
        raise Refusal("request", f"inputs are {names}; there is one, {INPUT}.")
    tensor = request.inputs[0]
    if tensor.datatype != "BYTES":
        raise Refusal("request", f"{INPUT} is {tensor.datatype}; it is BYTES, the files of pictures as they are.")
    return tensor


def _pictures(tensor: InputTensor, behind: bytes) -> list[Upload]:
    size = (tensor.parameters or {}).get("binary_data_size")
    contents = _from_json(tensor) if size is None else _from_bytes(behind, size)
    count = int(np.prod(tensor.shape, dtype=object)) if tensor.shape else -1
    if count != len(contents) or min(tensor.shape) < 0:
        raise Refusal("request", f"{INPUT} has the shape {tensor.shape} and {len(contents)} elements.")
    if not contents:
        raise Refusal("request", "There is no picture in the request.")
    return [Upload(f"{INPUT} {number}", content) for number, content in enumerate(contents, start=1)]


def _from_json(tensor: InputTensor) -> list[bytes]:
    flat = _flat(tensor.data or [])
    try:
        return [base64.b64decode(text, validate=True) for text in flat]
    except (binascii.Error, TypeError, ValueError) as error:
        raise Refusal("request", f"{INPUT} has an element that is no text in base64.") from error


def _flat(values: list[Any]) -> list[Any]:
    """Elements in row-major order; they may be nested as the shape is, which is never deeper than four."""
    for _ in range(4):
        if any(isinstance(each, list) for each in values):
            values = [part for each in values for part in (each if isinstance(each, list) else [each])]
    return values


def _from_bytes(behind: bytes, size: object) -> list[bytes]:
    if size != len(behind) or isinstance(size, bool):
        raise Refusal("request", f"binary_data_size is {size}, and {len(behind)} bytes come behind the JSON.")
    contents, start = [], 0
    while start < len(behind):
        if start + 4 > len(behind):
            raise Refusal("request", "The bytes end within the length of an element.")
        (length,) = struct.unpack_from("<I", behind, start)
        start += 4
        if start + length > len(behind):
            raise Refusal("request", "The bytes end within an element.")
        contents.append(behind[start : start + length])
        start += length
    return contents


def answered(request: InferRequest, ids: Sequence[str], answers: Sequence[Answer], names: Sequence[str]) -> list[Any]:
    """The tensors that were asked for, as (output, elements): an array, or a list of texts.

    Args:
        request: what was asked for.
        ids: of the predictions.
        answers: about the pictures.
        names: C names of the classes.

    Raises:
        Refusal: an output that there is not.
    """
    values: dict[str, Any] = {
        "prediction": list(ids),
        "label": [each.label for each in answers],
        "confidence": np.array([each.confidence for each in answers], "<f4"),
        "domain": [each.domain for each in answers],
        "for_a_person": np.array([for_a_person(each) for each in answers], "?"),
        PROBABILITIES: np.array([each.probabilities for each in answers], "<f4").reshape(len(answers), len(names)),
    }
    outputs = []
    for name in wanted_outputs(request):
        shape = [len(answers), len(names)] if name == PROBABILITIES else [len(answers)]
        labels: dict[str, Any] = {"classes": json.dumps(list(names), ensure_ascii=False)} if len(shape) == 2 else {}
        kind = PER_PICTURE.get(name, "FP32")
        outputs.append((OutputTensor(name=name, datatype=kind, shape=shape, parameters=labels or None), values[name]))
    return outputs


def wanted_outputs(request: InferRequest) -> list[str]:
    """Names of the outputs that are asked for, in their order.

    Raises:
        Refusal: there is none of a name.
    """
    known = [*PER_PICTURE, PROBABILITIES]
    names = [each.name for each in request.outputs] if request.outputs else known
    if unknown := [name for name in names if name not in known]:
        raise Refusal("request", f"There is no output {unknown[0]}; there are {', '.join(known)}.")
    return list(dict.fromkeys(names))


def write_response(request: InferRequest, response: InferResponse, outputs: list[Any]) -> tuple[bytes, int]:
    """The body of a response, and the length of its JSON; the rest are the tensors that were asked for as bytes."""
    every = bool((request.parameters or {}).get("binary_data_output"))
    own = {each.name: (each.parameters or {}).get("binary_data", every) for each in request.outputs or ()}
    behind = b""
    for output, elements in outputs:
        if own.get(output.name, every):
            content = _as_bytes(elements)
            output.parameters = {**(output.parameters or {}), "binary_data_size": len(content)}
            behind += content
        else:
            output.data = elements if isinstance(elements, list) else elements.ravel().tolist()
        response.outputs.append(output)
    head = response.model_dump_json(exclude_none=True).encode()
    return head + behind, len(head)


def _as_bytes(elements: Any) -> bytes:
    if isinstance(elements, list):
        return b"".join(struct.pack("<I", len(text)) + text for text in (each.encode() for each in elements))
    return bytes(elements.tobytes())
