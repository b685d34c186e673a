"""Kept: what finders came upon, so that the same dataset is looked at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from assay.audit.findings import Findings
from assay.audit.settings import FindSettings, Sources
from assay.data.manifest import Manifest
from assay.disk import note_use
from assay.errors import DataError
from assay.evaluation.record import load_record, save_record
from assay.files import digest_of, write_cache

FOLDER = "findings"
SCHEMA = 1
VERSIONS = {
    "quality": 5,
    "copies": 3,
    "leak": 2,
    "label": 1,
    "shortcut": 3,
    "rights": 1,
}
"""Kind -> version of its finder: another one looks again."""


def kept_findings(
    kind: str, manifest: Manifest, sources: Sources, settings: FindSettings, look: Callable[[], Findings]
) -> Findings:
    """What a finder comes upon, from the cache where it looked at the same dataset before.

    Args:
        kind: of `KINDS`.
        manifest: every column of it counts, and what is not used.
        sources: what it may ask.
        settings: what is looked for.
        look: asks the finder.
    """
    path = sources.cache_dir / FOLDER / f"{_key(kind, manifest, sources, settings)}.json"
    if (kept := _read(path)) is not None:
        note_use(path)
        return kept
    findings = look()
    if kind in findings.skipped:  # what was missing may be there next time
        return findings
    write_cache(path, partial(save_record, record=findings, schema=SCHEMA), "findings are looked for again")
    return findings


def _read(path: Path) -> Findings | None:
    if not path.exists():
        return None
    try:
        return load_record(path, Findings, "findings of an audit", schema=SCHEMA)
    except DataError:  # of another version, or damaged
        return None


def _key(kind: str, manifest: Manifest, sources: Sources, settings: FindSettings) -> str:
    rows = [
        hashlib.sha256(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()).hexdigest()
        for table in (manifest.table, manifest.excluded)
    ]
    tested = {name: hashlib.sha256("".join(other.ids).encode()).hexdigest() for name, other in sources.tested.items()}
    about = [manifest.class_names, manifest.ordered, str(manifest.samples.state()), tested, sources.embedded_by]
    return digest_of([SCHEMA, kind, VERSIONS[kind], rows, about, settings.seed])
