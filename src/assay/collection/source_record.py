"""SourceRecord: whose a picture is, where that was read, and what it may be used for; Candidate: one to be fetched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from assay.collection.licences import BY_PERMISSION, LICENCES, UNKNOWN, YES, Licence

TRAINING, DISPLAY = "training", "display"
USES = (TRAINING, DISPLAY)


@dataclass(frozen=True)
class SourceRecord:
    """The rights of a picture, as they were read.

    Attributes:
        address: of the picture.
        page: on which its author and licence stand.
        source: that it was asked of.
        licence: its id in `LICENCES`; "" for one that nobody knows.
        licence_url: as the source gives it.
        author: as the source names it; "" where it names none.
        title: likewise.
        seen: UTC date on which this was read.
        evidence: what the source said of the licence, as it stands there; "" where it said nothing.
        evidence_at: where it said that.
        training_permitted: whether the source's own terms let its pictures be trained on: "yes", "no", "by permission".
        terms: where and what these terms say.
        opt_out: what the picture's server says against it; "" for nothing.
        generator: program that made it; "" for a photograph.
        generator_version: of it; "" where unknown.
        seed: that it was made with; "" where unknown.
        prompt_sha256: hash of its prompt; "" where unknown.
    """

    address: str
    page: str
    source: str
    licence: str
    licence_url: str
    author: str
    title: str
    seen: str
    evidence: str
    evidence_at: str
    training_permitted: str
    terms: str
    opt_out: str = ""
    generator: str = ""
    generator_version: str = ""
    seed: str = ""
    prompt_sha256: str = ""

    @property
    def terms_of_licence(self) -> Licence:
        """The licence."""
        return LICENCES.get(self.licence, UNKNOWN)

    @property
    def credit(self) -> str:
        """A line that names author, title, place and licence."""
        licence = self.terms_of_licence
        name = f"{licence.name} {licence.version}".strip()
        title, author = self.title or "untitled", self.author or "unknown author"
        return f"“{title}” by {author}, {self.page or self.address}, {name} {licence.url}".strip()

    def with_opt_out(self, said: str) -> SourceRecord:
        """The same, with what its server says against it."""
        return replace(self, opt_out=said)

    def as_json(self) -> str:
        """For a ledger."""
        return json.dumps(asdict(self), ensure_ascii=False)


def record_from_json(text: str) -> SourceRecord:
    """What `SourceRecord.as_json` wrote."""
    values: Mapping[str, Any] = json.loads(text)
    return SourceRecord(**{each.name: values[each.name] for each in fields(SourceRecord) if each.name in values})


@dataclass(frozen=True)
class FoundPicture:
    """A picture that a source names.

    Attributes:
        record: its rights.
        width: of what its address leads to, in pixels; 0 where that is not said.
        height: likewise.
    """

    record: SourceRecord
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Skipped:
    """An entry of a source that is no candidate.

    Attributes:
        what: address, page or number of it.
        reason: why not.
    """

    what: str
    reason: str


def why_not(record: SourceRecord, *, use: str = TRAINING, commercial: bool = False) -> str:
    """Why a picture may not be used so; "" where it may.

    This is the one place that decides what enters a manifest.

    Args:
        record: its rights.
        use: "training", or "display" for looking at it and checking its quality.
        commercial: whether the purpose is commercial.
    """
    licence = record.terms_of_licence
    if not record.evidence.strip() or not record.evidence_at.strip():
        return "there is no evidence of its licence"
    if use == DISPLAY:
        return ""
    if record.training_permitted == BY_PERMISSION:
        return f"{record.source} permits training only to whom it has given permission: {record.terms}"
    if record.training_permitted != YES:
        return f"{record.source} does not permit training: {record.terms}"
    if record.opt_out:
        return f"its server objects: {record.opt_out}"
    if licence.training != YES:
        stated = "" if licence is not UNKNOWN else f" ({record.evidence[:80]})"
        return f"{licence.name} {licence.version}".strip() + f"{stated}: {licence.why}"
    if commercial and not licence.commercial:
        return f"{licence.name} {licence.version}: permits no commercial purpose"
    if licence.attribution and not (record.author.strip() or record.page.strip()):
        return f"{licence.name} {licence.version}: asks for the author's name, and none is known"
    return ""
