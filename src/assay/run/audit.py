"""Audit the dataset that a config names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.errors import AssayError, DataError
from assay.run.audit_request import LOOK, AuditRequest
from assay.run.decisions import DecidedManifest, manage_decisions, mended
from assay.run.findings import Embeddings, findings_in
from assay.run.lenient import listed_leniently
from assay.run.shared_objects import sharing
from assay.run.training_images import load_manifest
from assay.run.workspace import cache_folder
from assay.tracking.names import dataset_name

if TYPE_CHECKING:
    import pandas as pd

    from assay.audit.against import Against
    from assay.audit.findings import Findings
    from assay.data.manifest import Manifest


@dataclass(frozen=True)
class Audited:
    """A dataset that was looked at.

    Attributes:
        manifest: of all its images; without splits where they cannot be assigned.
        refused: what a training with this config would refuse, as its messages.
        findings: what spoils an experiment on it and nobody has decided yet.
        decided: how many findings are decided.
        tables: what is in it, by title.
        against: what is new; None where nothing was compared.
        folder: of the report; None for none.
    """

    manifest: Manifest
    refused: tuple[str, ...]
    findings: Findings
    decided: int = 0
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    against: Against | None = None
    folder: Path | None = None


def audit_dataset(request: AuditRequest, config: DictConfig) -> Audited | DecidedManifest:
    """Read the dataset; what is wrong with it is listed, and does not stop the audit. Or do what was decided about it.

    Raises:
        AssayError: there is no such dataset, it cannot be told what its images and labels are, or a decision cannot be.
    """
    if request.deed != LOOK:
        return manage_decisions(request, config)
    return mended(request, config) if request.fix else look_at(request, config)


def look_at(request: AuditRequest, config: DictConfig) -> Audited:
    """The dataset, what a training would refuse of it, what was found in it, and what of that is new.

    Raises:
        AssayError: there is no such dataset, it cannot be told what its images and labels are, or a table that was
            filled in would be written over.
    """
    from assay.audit.analysis.tables import analysis_tables
    from assay.audit.decision import in_force
    from assay.audit.decisions_file import read_decisions
    from assay.audit.report.write import TEMPLATE, write_report
    from assay.audit.tables import audit_tables
    from assay.audit.template import ensure_taken

    decisions = read_decisions(Path(request.decisions).expanduser()) if request.decisions else []
    folder = Path(request.output).expanduser() if request.output else None
    if folder is not None:
        ensure_taken(folder / TEMPLATE, decisions)
    if request.against and not Path(request.against).expanduser().exists():
        raise DataError(f"{request.against}: no folder of an audit, manifest or table is there")
    refused: list[AssayError] = []
    with sharing():
        manifest, config = listed_leniently(config, refused)
        try:
            manifest = load_manifest(config)
        except AssayError as error:
            refused.append(error)
        findings = findings_in(manifest, config, request.kinds)
        embed = Embeddings(manifest, config) if request.analysis == "embeddings" else None
    messages = tuple(dict.fromkeys(map(str, refused)))
    known = in_force(decisions)
    still_open = tuple(finding for finding in findings.findings if finding.id not in known)
    colours = request.analysis != "files"
    analysed = analysis_tables(manifest, target=request.target, colours=colours, embed=embed, seed=config.seed)
    result = Audited(
        manifest,
        messages,
        replace(findings, findings=still_open),
        len(findings) - len(still_open),
        _in_order(audit_tables(manifest, messages), analysed),
        _against(request, config, manifest, findings, tuple(known)) if request.against else None,
        folder,
    )
    if folder is not None:
        name = dataset_name(config.data)
        write_report(folder, manifest, findings, still_open, result.tables, name=name, against=result.against)
    return result


def _in_order(tables: Mapping[str, pd.DataFrame], analysed: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """How many images each class has, what is missing of them, and then the rest."""
    (first, *_), rest = list(tables) or [""], {**analysed, **tables}
    return {title: rest[title] for title in dict.fromkeys([first, *rest]) if title}


def _against(
    request: AuditRequest, config: DictConfig, manifest: Manifest, findings: Findings, decided: tuple[str, ...]
) -> Against:
    from assay.audit.against import against
    from assay.audit.report.write import read_report
    from assay.data.sources.table import TableSource

    path = Path(request.against).expanduser()
    if path.is_dir():
        before = read_report(path)
    else:
        former = TableSource(str(path), on_error="skip", on_conflict="drop").build(cache_folder(config) / "scans")
        before = former, findings_in(former, config, request.kinds)
    return against(before, (manifest, findings), request.fail_on, decided=decided)
