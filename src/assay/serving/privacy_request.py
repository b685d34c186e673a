"""What is asked of `assay privacy`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.request import Help
from assay.serving.keys_request import STORE

DEEDS = ("report", "erase", "export", "retention", "hold", "release", "runs")
RUNS = "runs"
OF_SUBJECT = ("erase", "export", "hold", "release")
LIMITS = ("pictures", "predictions", "consents", "keys", "trail")


@dataclass(frozen=True)
class PrivacyRequest:
    """The words of `assay privacy` itself.

    Attributes:
        deed: what is to be done, of `DEEDS`.
        subject: name, id or beginning of the id of a subject; "" where none is needed.
        apply: whether something is deleted; otherwise it is counted.
        reason: of a hold.
        to: file of an export; "" for one beside the database.
        pictures: how long kept pictures are, such as 90d; "" for the default; "never" deletes none.
        predictions: how long answers are kept.
        consents: how long ended consents are kept.
        keys: how long ended keys are kept.
        trail: how long the trail says who.
        by: who does it; "" for the user of this machine.
        store: of the service.
        kept: folder of kept pictures.
        jobs: folder of what was sent as jobs.
    """

    deed: str = "report"
    subject: str = ""
    apply: Annotated[bool, Help("true deletes; without it erase and retention say what they would delete")] = False
    reason: Annotated[str, Help("of a hold, such as the number of a case")] = ""
    to: Annotated[str, Help("ZIP that an export writes; one beside the database without it, which erase deletes")] = ""
    pictures: Annotated[str, Help("how long agreed pictures are kept; 90d without it, never deletes none")] = ""
    predictions: Annotated[str, Help("how long answers are kept; 365d without it")] = ""
    consents: Annotated[str, Help("how long withdrawn consents are kept as evidence; 1095d without it")] = ""
    keys: Annotated[str, Help("how long revoked and expired keys are kept; 365d without it")] = ""
    trail: Annotated[str, Help("how long the trail says who and which picture; 1095d without it")] = ""
    by: Annotated[str, Help("who does it; the user of this machine without it", shown="NAME")] = ""
    store: Annotated[str, Help(STORE)] = ""
    kept: Annotated[str, Help("folder of kept pictures, as assay serve takes it")] = ""
    jobs: Annotated[str, Help("folder of what was sent as jobs, as assay serve takes it")] = ""

    @property
    def limits(self) -> dict[str, str]:
        """What was asked of each kind."""
        return {name: getattr(self, name) for name in LIMITS if getattr(self, name)}
