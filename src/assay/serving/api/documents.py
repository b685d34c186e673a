"""What the API says, field by field; OpenAPI is made from these."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE_ID = "01939f3c-8c1e-7b53-9a4e-2f8f6f0c1d22"


class Problem(BaseModel):
    """Why there is no answer: `application/problem+json`, RFC 9457."""

    type: str = Field(description="stable address of the kind of problem", examples=["/problems/busy"])
    title: str = Field(description="what it is, the same each time")
    status: int = Field(description="of HTTP")
    detail: str = Field(description="what is wrong with this request")
    remedy: str = Field(description="what you can do")
    request_id: str = Field(description="for the operator", examples=[EXAMPLE_ID])
    queue: int | None = Field(
        None, description="pictures that wait, where there is more to do than can be done in time"
    )


class ModelDocument(BaseModel):
    """Which model has answered."""

    name: str = Field(description="of the registered model; empty for a run or a folder")
    version: str
    bundle: str = Field(description="hex sha256; no other model has it")
    serves: str = Field(description="form that answers: float, onnx or int8")


class ResultDocument(BaseModel):
    """What is said about one picture; either an answer or a problem."""

    id: str = Field(description="of the answer; empty where there is none", examples=[EXAMPLE_ID])
    name: str = Field(description="of the picture, as you sent it")
    label: str | None = Field(None, description="the most probable class")
    confidence: float | None = Field(
        None, description="its calibrated probability: of 100 pictures answered like this, about so many are right"
    )
    probabilities: dict[str, float] | None = Field(None, description="calibrated, of each class")
    possible: list[str] | None = Field(
        None,
        description="classes of the conformal set, the most probable first; the true one is among them as promised",
    )
    domain: str | None = Field(None, description="in-domain, unsure or out: whether the picture is of this kind at all")
    reason: str | None = Field(None, description="why it is not in-domain")
    for_a_person: bool = Field(description="whether a person should look at it")
    cached: bool = Field(False, description="whether the same picture was answered before")
    timing_ms: dict[str, float] = Field(description="milliseconds by stage: decode, wait, engine")
    problem: Problem | None = Field(None, description="why there is no answer about this picture")


class ClassifyDocument(BaseModel):
    """Answers about the pictures of a request, all by the same model."""

    request_id: str = Field(examples=[EXAMPLE_ID])
    model: ModelDocument
    results: list[ResultDocument]
    disclaimer: dict[str, str] = Field(description="by language; show it beside each answer")
    limits: list[str] = Field(description="what this model cannot tell")


class PredictionDocument(BaseModel):
    """An answer of before, as it was given."""

    id: str = Field(examples=[EXAMPLE_ID])
    time: str = Field(description="UTC", examples=["2026-01-01T00:00:00.000Z"])
    request_id: str
    model: str
    version: str
    bundle: str
    answer: dict[str, object]
    total_ms: float
    kept: bool = Field(description="whether the picture itself was kept, with consent")


class PredictionPage(BaseModel):
    """Answers of the key's owner, the newest first."""

    predictions: list[PredictionDocument]
    next: str = Field(description="give it as before= for the next page; empty on the last")


class SaidDocument(BaseModel):
    """What you say about an answer."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["right", "wrong", "label"] = Field(description="label proposes another class", examples=["label"])
    label: str = Field("", max_length=255, description="the class that you propose", examples=["onyx"])
    comment: str = Field("", max_length=2000, description="for whoever reviews it", examples=["seen from behind"])


class FeedbackDocument(BaseModel):
    """What stands about an answer. It is no label before a person has reviewed the picture."""

    prediction: str = Field(examples=[EXAMPLE_ID])
    time: str = Field(description="UTC", examples=["2026-01-01T00:00:00.000Z"])
    kind: str
    label: str
    comment: str
    changed: bool = Field(description="false where the same stood already")


class LoadDocument(BaseModel):
    """An attempt to let another model answer."""

    time: str
    source: str
    bundle: str
    error: str = Field(description="why it does not answer; empty where it does")


class FactDocument(BaseModel):
    """One measured number."""

    what: str
    value: float | None
    low: float | None
    high: float | None
    n: int


class ServedModelDocument(BaseModel):
    """The model that answers now."""

    model: ModelDocument
    since: str
    classes: list[str]
    evidence: list[FactDocument]
    limits: list[str]
    loads: list[LoadDocument] = Field(description="the newest attempts to let another model answer, the last one last")


class StatsDocument(BaseModel):
    """What the prediction log holds, and what is going on now."""

    predictions: int
    first: str
    last: str
    for_a_person: int
    by_label: dict[str, int]
    by_domain: dict[str, int]
    by_version: dict[str, int]
    waiting: int = Field(description="pictures that were let in and are not answered")
    seconds_each: float = Field(description="what a picture takes lately")


class HealthDocument(BaseModel):
    """Whether the service is there."""

    status: str = Field(examples=["ok"])
    reason: str = ""
