"""Audit the dataset that a config names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.errors import AssayError
from assay.run.audit_request import LOOK, AuditRequest
from assay.run.decisions import Decided, manage_decisions
from assay.run.findings import findings_in
from assay.run.lenient import listed_leniently
from assay.run.shared_objects import sharing
from assay.run.training_images import load_manifest

if TYPE_CHECKING:
    from assay.audit.findings import Findings
    from assay.data.manifest import Manifest


@dataclass(frozen=True)
class Audited:
    """A dataset that was looked at.

    Attributes:
        manifest: of all its images; without splits where they cannot be assigned.
        refused: what a training with this config would refuse, as its messages.
        findings: what spoils an experiment on it.
    """

    manifest: Manifest
    refused: tuple[str, ...]
    findings: Findings


def audit_dataset(request: AuditRequest, config: DictConfig) -> Audited | Decided:
    """Read the dataset; what is wrong with it is listed, and does not stop the audit. Or do what was decided about it.

    Raises:
        AssayError: there is no such dataset, it cannot be told what its images and labels are, or a decision cannot be.
    """
    return look_at(config, request.kinds) if request.deed == LOOK else manage_decisions(request, config)


def look_at(config: DictConfig, kinds: tuple[str, ...] = ()) -> Audited:
    """The dataset, what a training would refuse of it, and what was found in it.

    Args:
        config: composed and checked.
        kinds: of findings that are looked for; () for what needs nothing but the files.

    Raises:
        AssayError: there is no such dataset, or it cannot be told what its images and labels are.
    """
    refused: list[AssayError] = []
    with sharing():
        manifest, config = listed_leniently(config, refused)
        try:
            manifest = load_manifest(config)
        except AssayError as error:
            refused.append(error)
        findings = findings_in(manifest, config, kinds)
    return Audited(manifest, tuple(dict.fromkeys(map(str, refused))), findings)
