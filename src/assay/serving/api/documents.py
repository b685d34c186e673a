"""What the API says, field by field; OpenAPI is made from these."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from assay.serving.disclaimer import DISCLAIMER

EXAMPLE_URL = "https://example.org/photo.jpg"
EXAMPLE_ID = "01939f3c-8c1e-7b53-9a4e-2f8f6f0c1d22"
EXAMPLE_TIME = "2026-01-01T00:00:00.000Z"
EXAMPLE_BUNDLE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
EXAMPLE_PROBABILITIES = {"jade": 0.93, "onyx": 0.07}
EXAMPLE_LIMIT = "It was measured on photos of polished stones; it cannot tell about rough ones."


class Problem(BaseModel):
    """Why there is no answer: `application/problem+json`, RFC 9457."""

    type: str = Field(description="stable address of the kind of problem", examples=["/problems/busy"])
    title: str = Field(
        description="what it is, the same each time", examples=["There is more to do than can be done in time"]
    )
    status: int = Field(description="of HTTP", examples=[503])
    detail: str = Field(
        description="what is wrong with this request", examples=["256 pictures wait, and at most 256 may."]
    )
    remedy: str = Field(description="what you can do", examples=["Come back after Retry-After seconds"])
    request_id: str = Field(description="for the operator", examples=[EXAMPLE_ID])
    queue: int | None = Field(
        None, description="pictures that wait, where there is more to do than can be done in time"
    )


class ModelDocument(BaseModel):
    """Which model has answered."""

    name: str = Field(description="of the registered model; empty for a run or a folder", examples=["stones"])
    version: str = Field(examples=["3"])
    bundle: str = Field(description="hex sha256; no other model has it", examples=[EXAMPLE_BUNDLE])
    serves: str = Field(description="form that answers: float, onnx or int8", examples=["int8"])


class DeliveryDocument(BaseModel):
    """What was answered about one delivery of a picture."""

    delivery: str = Field(examples=["JPEG, quality 75"])
    label: str
    confidence: float


class ProbeDocument(BaseModel):
    """Whether an answer holds when the picture is delivered again."""

    stable: bool = Field(description="whether all deliveries have the same label")
    answers: list[DeliveryDocument] = Field(description="the picture as sent first")


class ExplanationDocument(BaseModel):
    """What in a picture spoke for its answer."""

    label: str = Field(description="the class that is explained: the answer's")
    method: str = Field(description="that made the map", examples=["Grad-CAM"])
    png: str | None = Field(None, description="base64: the picture as the model sees it, in grey, under the heat")
    why: str = Field(description="there is no map; empty where there is one")
    notes: list[str] = Field(description="what has to be known before a map is believed")


class ResultDocument(BaseModel):
    """What is said about one picture; either an answer or a problem."""

    id: str = Field(description="of the answer; empty where there is none", examples=[EXAMPLE_ID])
    name: str = Field(description="of the picture, as you sent it", examples=["photo.jpg"])
    label: str | None = Field(None, description="the most probable class", examples=["jade"])
    confidence: float | None = Field(
        None,
        description="its calibrated probability: of 100 pictures answered like this, about so many are right",
        examples=[0.93],
    )
    probabilities: dict[str, float] | None = Field(
        None, description="calibrated, of each class", examples=[EXAMPLE_PROBABILITIES]
    )
    possible: list[str] | None = Field(
        None,
        description="classes of the conformal set, the most probable first; the true one is among them as promised",
        examples=[["jade"]],
    )
    domain: str | None = Field(
        None, description="in-domain, unsure or out: whether the picture is of this kind at all", examples=["in-domain"]
    )
    reason: str | None = Field(None, description="why it is not in-domain", examples=[""])
    for_a_person: bool = Field(description="whether a person should look at it", examples=[False])
    cached: bool = Field(False, description="whether the same picture was answered before")
    kept: bool = Field(False, description="whether the picture itself is kept, because somebody has agreed to it")
    timing_ms: dict[str, float] = Field(
        description="milliseconds by stage: fetch, decode, wait, engine",
        examples=[{"decode": 8.2, "wait": 0.1, "engine": 20.6}],
    )
    probe: ProbeDocument | None = Field(None, description="where it was asked for")
    explanation: ExplanationDocument | None = Field(None, description="where it was asked for")
    problem: Problem | None = Field(None, description="why there is no answer about this picture")


class ClassifyDocument(BaseModel):
    """Answers about the pictures of a request, all by the same model."""

    request_id: str = Field(examples=[EXAMPLE_ID])
    model: ModelDocument
    results: list[ResultDocument]
    disclaimer: dict[str, str] = Field(description="by language; show it beside each answer", examples=[DISCLAIMER])
    limits: list[str] = Field(description="what this model cannot tell", examples=[[EXAMPLE_LIMIT]])


class PredictionDocument(BaseModel):
    """An answer of before, as it was given."""

    id: str = Field(examples=[EXAMPLE_ID])
    time: str = Field(description="UTC", examples=[EXAMPLE_TIME])
    request_id: str = Field(examples=[EXAMPLE_ID])
    model: str = Field(examples=["stones"])
    version: str = Field(examples=["3"])
    bundle: str = Field(examples=[EXAMPLE_BUNDLE])
    answer: dict[str, object] = Field(
        description="as it was given: label, confidence, probabilities and the rest",
        examples=[{"label": "jade", "confidence": 0.93, "probabilities": EXAMPLE_PROBABILITIES, "for_a_person": False}],
    )
    total_ms: float = Field(examples=[31.5])
    kept: bool = Field(description="whether the picture itself was kept, with consent", examples=[False])


class PredictionPage(BaseModel):
    """Answers of the key's owner, the newest first."""

    predictions: list[PredictionDocument]
    next: str = Field(description="give it as before= for the next page; empty on the last", examples=[""])


class UrlsDocument(BaseModel):
    """Which pictures the service fetches."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field("", description="of a picture: http or https, port 80 or 443", examples=[EXAMPLE_URL])
    urls: list[str] = Field(default_factory=list, description="of more", examples=[[EXAMPLE_URL]])


WHITE = r"\s\x1c-\x1f\x85"
"""What Python strips, in the words of ECMA's regular expressions, which JSON Schema takes."""
LABELLED: dict[str, JsonValue] = {
    "if": {"properties": {"kind": {"const": "label"}}},
    "then": {"required": ["label"], "properties": {"label": {"pattern": f"[^{WHITE}]"}}},
}
UNLABELLED: dict[str, JsonValue] = {
    "if": {"properties": {"kind": {"const": "right"}}},
    "then": {"properties": {"label": {"pattern": f"^[{WHITE}]*$"}}},
}
"""That a class is named where one is proposed, and none where the answer is right."""


class SaidDocument(BaseModel):
    """What you say about an answer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"allOf": [LABELLED, UNLABELLED]})

    kind: Literal["right", "wrong", "label"] = Field(description="label proposes another class", examples=["label"])
    label: str = Field("", max_length=255, description="the class that you propose", examples=["onyx"])
    comment: str = Field("", max_length=2000, description="for whoever reviews it", examples=["seen from behind"])


class FeedbackDocument(BaseModel):
    """What stands about an answer. It is no label before a person has reviewed the picture."""

    prediction: str = Field(examples=[EXAMPLE_ID])
    time: str = Field(description="UTC", examples=[EXAMPLE_TIME])
    kind: str = Field(description="right, wrong or label", examples=["label"])
    label: str = Field(description="empty where none was proposed", examples=["onyx"])
    comment: str = Field(examples=["seen from behind"])
    changed: bool = Field(description="false where the same stood already", examples=[True])


class GivenDocument(BaseModel):
    """What your owner has agreed to for all his requests."""

    version: str = Field(description="of the text", examples=["1"])
    sha256: str = Field(description="hex, of the text", examples=[EXAMPLE_BUNDLE])
    uses: list[str] = Field(examples=[["keep", "improve"]])
    given: str = Field(description="UTC", examples=[EXAMPLE_TIME])
    in_force: bool = Field(
        description="false where the text is another one by now: nothing is kept by it any more", examples=[True]
    )


class ConsentDocument(BaseModel):
    """What can be agreed to, and what was."""

    version: str = Field(description="give it in X-Consent or PUT /v1/consent", examples=["1"])
    sha256: str = Field(description="hex, of text in UTF-8", examples=[EXAMPLE_BUNDLE])
    text: str = Field(description="show it, whole, to whoever agrees", examples=["version: 1\n\n# What you agree to …"])
    uses: dict[str, str] = Field(
        description="what a picture may be kept for, each with a sentence",
        examples=[{"keep": "the picture is kept, so that a person can look at it and at its answer"}],
    )
    given: GivenDocument | None = Field(None, description="null where nothing stands")


class AgreedDocument(BaseModel):
    """What you agree to."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(max_length=40, description="of the text that was shown", examples=["1"])
    uses: list[Literal["keep", "improve"]] = Field(["keep"], min_length=1, description="keep is part of each")


class WithdrawnDocument(BaseModel):
    """What a withdrawal has changed."""

    consents: int = Field(description="that were withdrawn, those for single requests too", examples=[2])
    pictures: int = Field(description="that were deleted", examples=[17])
    held: str = Field("", description="why pictures are held nevertheless, by law; empty where they are not")


class LoadDocument(BaseModel):
    """An attempt to let another model answer."""

    time: str = Field(description="UTC", examples=[EXAMPLE_TIME])
    source: str = Field(examples=["models:/stones@champion"])
    bundle: str = Field(examples=[EXAMPLE_BUNDLE])
    error: str = Field(description="why it does not answer; empty where it does", examples=[""])


class FactDocument(BaseModel):
    """One measured number."""

    what: str = Field(examples=["balanced accuracy"])
    value: float | None = Field(examples=[0.91])
    low: float | None = Field(description="of its 95 % interval", examples=[0.88])
    high: float | None = Field(description="of its 95 % interval", examples=[0.93])
    n: int = Field(description="pictures that it was measured on", examples=[420])


class ExperimentDocument(BaseModel):
    """A model that is compared with the one that answers."""

    name: str
    arm: str = Field(description="challenger: answers some keys instead; shadow: looks on, and nobody hears it")
    share: float = Field(description="of the keys that it is for")
    model: ModelDocument
    since: str
    stopped: str = Field(description="why it goes on no more; empty while it does")
    shadow: dict[str, int] = Field(description="pictures that a shadow has answered, dropped or failed at")
    loads: list[LoadDocument] = Field(description="as for the model that answers")


class ServedModelDocument(BaseModel):
    """The model that answers now."""

    model: ModelDocument
    since: str = Field(description="UTC", examples=[EXAMPLE_TIME])
    classes: list[str] = Field(examples=[["jade", "onyx"]])
    evidence: list[FactDocument]
    limits: list[str] = Field(description="what this model cannot tell", examples=[[EXAMPLE_LIMIT]])
    loads: list[LoadDocument] = Field(description="the newest attempts to let another model answer, the last one last")
    experiment: ExperimentDocument | None = Field(None, description="what it is compared with")


class StatsDocument(BaseModel):
    """What the prediction log holds, and what is going on now."""

    predictions: int = Field(examples=[120])
    first: str = Field(description="UTC; empty where there is none", examples=[EXAMPLE_TIME])
    last: str = Field(description="UTC; empty where there is none", examples=[EXAMPLE_TIME])
    for_a_person: int = Field(examples=[7])
    by_label: dict[str, int] = Field(examples=[{"jade": 80, "onyx": 40}])
    by_domain: dict[str, int] = Field(examples=[{"in-domain": 116, "out": 4}])
    by_version: dict[str, int] = Field(examples=[{"3": 120}])
    waiting: int = Field(description="pictures that were let in and are not answered", examples=[2])
    seconds_each: float = Field(description="what a picture takes lately", examples=[0.021])


class HealthDocument(BaseModel):
    """Whether the service is there."""

    status: str = Field(examples=["ok"])
    reason: str = ""
