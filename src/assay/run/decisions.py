"""What was decided about findings: taken from a filled table, taken back, and made a new manifest of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.changed import changed
from assay.errors import AssayError, ConfigError, DataError
from assay.program import this_command
from assay.run.audit_request import APPLY, DECIDE, UNDO, AuditRequest
from assay.run.images import load_real_manifest
from assay.run.lenient import listed_leniently
from assay.run.shared_objects import sharing

if TYPE_CHECKING:
    from assay.audit.apply import Applied
    from assay.audit.decision import AuditDecision
    from assay.audit.finding import Finding
    from assay.data.manifest import Manifest


@dataclass(frozen=True)
class DecidedManifest:
    """What became of findings.

    Attributes:
        decisions: file of what was decided; None where none was named.
        added: what was decided now.
        standing: how many decisions are in force.
        applied: the new manifest; None where none was asked for.
        path: of the new manifest; None where none was asked for.
        notes: what has to be known, as sentences.
    """

    decisions: Path | None
    added: tuple[AuditDecision, ...] = ()
    standing: int = 0
    applied: Applied | None = None
    path: Path | None = None
    notes: tuple[str, ...] = ()


def manage_decisions(request: AuditRequest, config: DictConfig) -> DecidedManifest:
    """Do what is asked: "decide", "undo" or "apply".

    Raises:
        AssayError: a row of the table cannot be decided so, nothing can be taken back, or the dataset is not there.
    """
    from assay.audit.decisions_file import read_decisions
    from assay.audit.template import ensure_table

    path, target = Path(request.decisions).expanduser(), manifest_to_write(request.to, config)
    if request.deed == DECIDE:
        ensure_table(Path(request.about).expanduser())
    elif request.deed == APPLY and not read_decisions(path):
        raise DataError(f"{path}: nothing is decided here yet")
    dataset = whole_dataset(config) if request.deed != UNDO or target is not None else None
    new: list[AuditDecision] = []
    if request.deed == DECIDE:
        assert dataset is not None
        new = _filled(request, config, dataset[0])
    elif request.deed == UNDO:
        new = [_taken_back(request, read_decisions(path))]
    return decided(path, new, dataset, target)


def decided(
    path: Path, new: Sequence[AuditDecision], dataset: tuple[Manifest, tuple[str, ...]] | None, target: Path | None
) -> DecidedManifest:
    """Keep decisions, and make the new manifest where one is asked for.

    Args:
        path: of the decisions' file.
        new: what was decided now.
        dataset: as `whole_dataset` gives it; None where no manifest is made.
        target: of the new manifest; None for none.
    """
    from assay.audit.decision import in_force
    from assay.audit.decisions_file import add_decisions, read_decisions

    added = add_decisions(path, new) if new else []
    decisions = read_decisions(path)
    made = DecidedManifest(path, tuple(added), len(in_force(decisions)), notes=() if dataset is None else dataset[1])
    if dataset is None or target is None:
        return made
    return replace(made, applied=_applied(dataset[0], decisions, target), path=target)


def mended(request: AuditRequest, config: DictConfig) -> DecidedManifest:
    """The dataset in a new manifest in which copies of a picture are of one group and one split.

    Raises:
        AssayError: the dataset is not there, has no splits, or nothing is left of it.
    """
    from assay.audit.decision import in_force
    from assay.audit.decisions_file import decisions_digest, read_decisions
    from assay.audit.finding import NO_FINDING
    from assay.audit.mend import GROUPED, mend_groups
    from assay.run.findings import findings_in

    target = manifest_to_write(request.to, config)
    assert target is not None
    decisions = read_decisions(Path(request.decisions).expanduser()) if request.decisions else []
    manifest, notes = whole_dataset(config)
    if not (manifest.table["split"] != "").any():
        raise DataError(f"the dataset has no splits to be mended: {'; '.join(notes)}")
    standing = in_force(decisions)
    none = {finding for finding, decision in standing.items() if decision.choice == NO_FINDING}
    findings = findings_in(manifest, config, GROUPED)
    notes += tuple(f"{what} was not looked for: {why}" for what, why in findings.skipped.items() if what in GROUPED)
    applied = mend_groups(manifest, [each for each in findings.findings if each.id not in none])
    applied = save_made(applied, target, decisions=decisions_digest(decisions) if decisions else "")
    named = Path(request.decisions).expanduser() if request.decisions else None
    return DecidedManifest(named, standing=len(standing), applied=applied, path=target, notes=notes)


def manifest_to_write(to: str, config: DictConfig) -> Path | None:
    """Where a new manifest goes; None where none is asked for.

    Raises:
        ConfigError: it is no name of a manifest, or the one that the dataset is read from.
    """
    if not to:
        return None
    path = Path(to).expanduser()
    if path.suffix.lower() != ".parquet":
        raise ConfigError(f"to={to}: a manifest is a file that ends in .parquet")
    source = config.data.get("path")
    if source and Path(source).expanduser().absolute() == path.absolute():
        raise ConfigError(
            f"to={to}: is the manifest that is audited, which stays as it is; give the new one another name"
        )
    return path


def whole_dataset(config: DictConfig) -> tuple[Manifest, tuple[str, ...]]:
    """The dataset with its splits, without sets of other data, and what a training would refuse of it.

    Raises:
        AssayError: it cannot be told what its images and labels are.
    """
    refused: list[AssayError] = []
    with sharing():
        config = changed(config, {"data.ood": [], "data.ood_val": []})
        manifest, config = listed_leniently(config, refused)
        try:
            manifest = load_real_manifest(config)
        except AssayError as error:
            refused.append(error)
    return manifest, tuple(dict.fromkeys(map(str, refused)))


def save_made(applied: Applied, path: Path, *, decisions: str = "") -> Applied:
    """Write the new manifest with where it comes from; gives it as it was written."""
    from assay.data.lineage import Lineage

    lineage = Lineage(
        applied.parent,
        this_command("assay audit"),
        datetime.now(UTC).isoformat(timespec="seconds"),
        decisions,
        applied.counts(),
    )
    manifest = replace(applied.manifest, lineage=lineage)
    manifest.save(path)
    return replace(applied, manifest=manifest)


def _applied(manifest: Manifest, decisions: list[AuditDecision], path: Path) -> Applied:
    from assay.audit.apply import apply_decisions
    from assay.audit.decisions_file import decisions_digest

    return save_made(apply_decisions(manifest, decisions), path, decisions=decisions_digest(decisions))


def _filled(request: AuditRequest, config: DictConfig, manifest: Manifest) -> list[AuditDecision]:
    from assay.audit.template import read_filled
    from assay.run.findings import findings_in

    def found() -> dict[str, Finding]:
        return {finding.id: finding for finding in findings_in(manifest, config).findings}

    table = Path(request.about).expanduser()
    return read_filled(table, manifest.ids.tolist(), manifest.class_names, by=request.by, found=found)


def _taken_back(request: AuditRequest, decisions: list[AuditDecision]) -> AuditDecision:
    from assay.audit.decision import UNDONE, in_force
    from assay.audit.template import MARK, finding_named
    from assay.errors import did_you_mean

    finding = finding_named(request.about)
    standing = in_force(decisions)
    if finding not in standing:
        known = [MARK + each for each in standing]
        raise DataError(f"{MARK}{finding}: nothing is decided about it; {did_you_mean(MARK + finding, known)}")
    return replace(standing[finding], choice=UNDONE, label="", by=request.by, reason=request.reason, time="")
