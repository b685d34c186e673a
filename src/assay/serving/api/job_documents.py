"""What the API says about jobs, field by field."""

from __future__ import annotations

from pydantic import BaseModel, Field

from assay.serving.api.documents import EXAMPLE_ID

EXAMPLE_TIME = "2026-01-01T00:00:00.000Z"


class WebhookDocument(BaseModel):
    """To which address the end of a job is told, and how far that has come."""

    url: str = Field(examples=["https://example.org/assay"])
    state: str = Field(description="waiting for the end, due, delivered, or failed for good", examples=["delivered"])
    attempts: int = Field(description="so far", examples=[1])
    next: str = Field(description="moment of the next attempt, UTC; empty where there is none", examples=[""])
    error: str = Field(description="why the last attempt did not succeed; empty where it did", examples=[""])
    delivered: str = Field(description="UTC; empty before", examples=[EXAMPLE_TIME])


class JobDocument(BaseModel):
    """Many pictures that you have sent together, and how far they are answered."""

    id: str = Field(examples=[EXAMPLE_ID])
    state: str = Field(description="queued, running, done, cancelled or failed", examples=["running"])
    kind: str = Field(description="what was sent: zip or urls", examples=["zip"])
    total: int = Field(description="pictures", examples=[1000])
    done: int = Field(description="pictures that were answered", examples=[400])
    failed: int = Field(description="pictures that were not, each with its problem", examples=[2])
    rate: float = Field(description="pictures a second since it was started", examples=[21.3])
    created: str = Field(description="UTC", examples=[EXAMPLE_TIME])
    started: str = Field(description="UTC; empty before", examples=[EXAMPLE_TIME])
    ended: str = Field(description="UTC; empty before", examples=[""])
    expires: str = Field(description="when its results are deleted, UTC; empty before it has ended", examples=[""])
    error: str = Field(description="why it has failed; empty where it has not", examples=[""])
    results: str = Field(description="address of what is answered so far", examples=[f"/v1/jobs/{EXAMPLE_ID}/results"])

    webhook: WebhookDocument | None = Field(default=None, description="null without one")


class SubmittedJobDocument(JobDocument):
    """A job that you have just sent."""

    webhook_secret: str = Field(
        default="",
        description="what its webhook is signed with, in this answer alone; empty without a webhook",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )


class JobPage(BaseModel):
    """Your jobs, the newest first."""

    jobs: list[JobDocument]
    next: str = Field(description="give it as before= for the next page; empty on the last", examples=[""])
