"""`assay audit-trail`: whether the service's audit trail is what was written."""

from __future__ import annotations

from dataclasses import dataclass

from omegaconf import DictConfig

from assay.serving.keys_request import TrailRequest
from assay.serving.places import existing_store, store_url
from assay.store.trail import head_finding, trail_counts, trail_findings


@dataclass(frozen=True)
class TrailResult:
    """What the trail holds.

    Attributes:
        lines: by kind.
        head: number and hash of the last line; noted elsewhere, it shows later whether the end was cut off.
        findings: what does not hold.
    """

    lines: dict[str, int]
    head: str
    findings: tuple[str, ...]


def verify_trail(request: TrailRequest, config: DictConfig) -> TrailResult:
    """Read the whole trail, and hold each line against its seal.

    Raises:
        ServiceError: there is no service's database, or it cannot be read.
    """
    with existing_store(store_url(config, request.store)) as store, store.reading() as connection:
        lines, head = trail_counts(connection)
        findings = trail_findings(connection)
        if request.head and (cut := head_finding(connection, request.head)):
            findings.append(cut)
    return TrailResult(lines, head, tuple(findings))
