"""`assay audit`: the audit, and its findings at the review desk of a service."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from omegaconf import DictConfig
from sqlalchemy import Connection

from assay.audit.decision import in_force
from assay.audit.decisions_file import read_decisions
from assay.audit.desk import queue_findings, settled_decisions
from assay.registry.open_registry import who
from assay.review.enqueue import Enqueued
from assay.run.audit import Audited, audit_dataset
from assay.run.audit_request import QUEUE, REVIEWED, AuditRequest
from assay.run.decisions import DecidedManifest, decided, manifest_to_write, whole_dataset
from assay.run.findings import findings_in
from assay.serving.places import existing_store, store_url
from assay.store.trail import Personal, append_lines
from assay.tracking.names import dataset_name


@dataclass(frozen=True)
class QueuedFindings:
    """What became of findings that were to be queued.

    Attributes:
        batch: under which they are queued.
        counts: what became of them -> how many.
    """

    batch: str
    counts: dict[str, int]


def manage_audit(request: AuditRequest, config: DictConfig) -> Audited | DecidedManifest | QueuedFindings:
    """Do what is asked.

    Raises:
        AssayError: the dataset, the service's database or a decision is not there or wrong.
    """
    if request.deed == QUEUE:
        return _queue(request, config)
    return _reviewed(request, config) if request.deed == REVIEWED else audit_dataset(request, config)


def _queue(request: AuditRequest, config: DictConfig) -> QueuedFindings:
    with existing_store(store_url(config, request.store)) as store:
        manifest, _ = whole_dataset(config)
        known = in_force(read_decisions(Path(request.decisions).expanduser())) if request.decisions else {}
        findings = findings_in(manifest, config, request.kinds).findings
        wishes = [finding for finding in findings if finding.id not in known]
        batch = _batch(request, config)

        def do(connection: Connection) -> Enqueued:
            queued = queue_findings(connection, wishes, manifest, batch=batch, wanted=request.wanted)
            if queued.items:
                content = {"form": queued.items[0].form, "source": "audit", "items": len(queued.items)}
                personal = Personal("", {"actor": who(request.by), "batch": batch})
                append_lines(connection, [("items queued", content, personal)])
            return queued

        queued = store.write(do)
    counts = {
        "queued": len(queued.items),
        "queued already": queued.known,
        "decided": len(findings) - len(wishes),
        "about no single picture": sum(not finding.decided_images for finding in wishes),
    }
    return QueuedFindings(batch, {name: count for name, count in counts.items() if count or name == "queued"})


def _reviewed(request: AuditRequest, config: DictConfig) -> DecidedManifest:
    path, target = Path(request.decisions).expanduser(), manifest_to_write(request.to, config)
    with existing_store(store_url(config, request.store)) as store, store.reading() as connection:
        standing = in_force(read_decisions(path))
        settled = settled_decisions(connection, standing, batch=_batch(request, config))
    dataset = whole_dataset(config) if target is not None else None
    made = decided(path, settled.decisions, dataset, target)
    counted = {"are still to be decided": settled.waiting, "were settled without a decision": settled.open}
    notes = [f"{count} findings {what} at the desk" for what, count in counted.items() if count]
    return replace(made, notes=(*made.notes, *notes))


def _batch(request: AuditRequest, config: DictConfig) -> str:
    return request.batch or dataset_name(config.data)
