"""The folder of an audit: page, table to fill in, statistics, findings, manifest, and a sheet of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from assay.audit.against import Against
from assay.audit.analysis.sheet import write_class_sheet
from assay.audit.finding import Finding
from assay.audit.findings import Findings
from assay.audit.report.page import write_page
from assay.audit.tables import table_rows
from assay.audit.template import save_template
from assay.data.manifest import Manifest
from assay.evaluation.record import load_record, save_record
from assay.spreadsheet import save_csv

PAGE, TEMPLATE, STATISTICS, FINDINGS, MANIFEST, SHEET = (
    "index.html",
    "decisions.csv",
    "audit.csv",
    "findings.json",
    "manifest.parquet",
    "classes.png",
)
SCHEMA = 1


def write_report(
    folder: Path,
    manifest: Manifest,
    findings: Findings,
    open_ones: Sequence[Finding],
    tables: Mapping[str, pd.DataFrame],
    *,
    name: str,
    against: Against | None = None,
) -> None:
    """Write all files, each whole or not at all, the page last.

    Args:
        folder: made if missing.
        manifest: that was audited.
        findings: what was found in it.
        open_ones: findings that nobody has decided.
        tables: what is in the dataset, by title.
        name: of the dataset.
        against: what is new since another audit; None where nothing was compared.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest.save(folder / MANIFEST)
    save_record(folder / FINDINGS, findings, schema=SCHEMA)
    save_csv(folder / STATISTICS, ("table", "row", "column", "value"), table_rows(tables))
    save_template(folder / TEMPLATE, open_ones)
    sheet = SHEET if write_class_sheet(folder / SHEET, manifest, name=name) else ""
    labelled = manifest.labelled
    splits = {split: f"{len(labelled.only(split)):,}" for split in labelled.splits if split}
    facts = {
        "images": f"{len(labelled):,}",
        "classes": f"{len(manifest.class_names):,}",
        **splits,
        "not used": f"{len(manifest.excluded):,}",
        "version": manifest.digest[:12],
        **({"made from": manifest.lineage.parent[:12]} if manifest.lineage else {}),
    }
    write_page(
        folder / PAGE,
        manifest,
        findings,
        open_ones,
        tables,
        name=name,
        facts=facts,
        template=TEMPLATE,
        against=against,
        sheet=sheet,
    )


def read_report(folder: Path) -> tuple[Manifest, Findings]:
    """Manifest and findings of an audit that was written before.

    Raises:
        DataError: they are not there, or damaged.
    """
    findings = load_record(folder / FINDINGS, Findings, "findings of an audit", schema=SCHEMA)
    return Manifest.load(folder / MANIFEST), findings
