"""What the Open Inference Protocol (V2) says, field by field; OpenAPI is made from these.

Source: kserve/open-inference-protocol, specification/protocol/inference_rest.md; binary data as Triton's extension.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

Parameters = dict[str, str | int | float | bool]


class InferError(BaseModel):
    """Why there is no answer."""

    error: str = Field(description="what is wrong, and what you can do", examples=["The request carries no key."])


class ServerDocument(BaseModel):
    """Which server this is."""

    name: str = Field(examples=["assay"])
    version: str = Field(description="of the package", examples=["0.1.0"])
    extensions: list[str] = Field(examples=[["binary_tensor_data"]])


class LiveDocument(BaseModel):
    """Whether the server is there."""

    live: bool = Field(examples=[True])


class ServerReadyDocument(BaseModel):
    """Whether requests should be sent here."""

    live: bool = Field(examples=[True])
    ready: bool = Field(examples=[True])


class ModelReadyDocument(BaseModel):
    """Whether requests should be sent to a model."""

    name: str = Field(examples=["stones"])
    ready: bool = Field(examples=[True])


class TensorMetadata(BaseModel):
    """A tensor that is taken or given."""

    name: str = Field(examples=["picture"])
    datatype: str = Field(examples=["BYTES"])
    shape: list[int] = Field(description="-1 for as many as there are pictures", examples=[[-1]])


class ModelMetadata(BaseModel):
    """What a model takes and gives."""

    name: str = Field(examples=["stones"])
    versions: list[str] = Field(description="that can be asked for: the one that answers", examples=[["3"]])
    platform: str = Field(description="form that answers", examples=["assay_int8"])
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata] = Field(
        examples=[[{"name": "label", "datatype": "BYTES", "shape": [-1]}]],
    )


class InputTensor(BaseModel):
    """A tensor that is sent."""

    name: str = Field(examples=["picture"])
    shape: list[int] = Field(examples=[[1]])
    datatype: str = Field(examples=["BYTES"])
    parameters: Parameters | None = Field(None, description="binary_data_size, where its bytes come behind the JSON")
    data: list[Any] | None = Field(None, description="files of pictures in base64", examples=[["iVBORw0KGgo="]])


class WantedOutput(BaseModel):
    """A tensor that is asked for."""

    name: str = Field(examples=["label"])
    parameters: Parameters | None = Field(None, description="binary_data: whether its bytes come behind the JSON")


class InferRequest(BaseModel):
    """Pictures that are asked about."""

    model_config = ConfigDict(extra="ignore")

    id: str | None = Field(None, description="of yours; it comes back", max_length=255, examples=["42"])
    parameters: Parameters | None = Field(None, description="binary_data_output: the same for all outputs")
    inputs: list[InputTensor] = Field(description="one: picture, BYTES, with a picture's file as each element")
    outputs: list[WantedOutput] | None = Field(None, description="all without it")


class OutputTensor(BaseModel):
    """A tensor that is answered."""

    name: str = Field(examples=["label"])
    datatype: str = Field(examples=["BYTES"])
    shape: list[int] = Field(examples=[[1]])
    parameters: Parameters | None = Field(None, description="of probabilities: classes, their names as JSON")
    data: list[Any] | None = Field(default=None, description="by row", examples=[["jade"]])


class InferResponse(BaseModel):
    """What is answered."""

    model_name: str = Field(examples=["stones"])
    model_version: str | None = Field(None, examples=["3"])
    id: str | None = Field(None, description="as you sent it", examples=["42"])
    parameters: Parameters = Field(
        description="request_id, and bundle: the hex sha256 of the model",
        examples=[{"request_id": "01939f3c-8c1e-7b53-9a4e-2f8f6f0c1d22"}],
    )
    outputs: list[OutputTensor]
