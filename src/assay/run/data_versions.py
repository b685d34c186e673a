"""Versions of a dataset: listed by what they were made from, held against each other, looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assay.run.data_request import DIFF, SHOW, DataRequest

if TYPE_CHECKING:
    import pandas as pd

    from assay.data.difference import Difference
    from assay.data.manifest import Manifest
    from assay.data.versions import Version


@dataclass(frozen=True)
class DataAnswer:
    """What was asked for.

    Attributes:
        versions: of a folder.
        difference: of two manifests.
        manifest: that was looked at.
        path: of it.
        tables: what is in it, by title.
    """

    versions: tuple[Version, ...] = ()
    difference: Difference | None = None
    manifest: Manifest | None = None
    path: Path | None = None
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)


def look_at_data(request: DataRequest) -> DataAnswer:
    """Do what is asked.

    Raises:
        DataError: a folder or manifest is not there, or cannot be read.
    """
    from assay.audit.tables import audit_tables
    from assay.data.difference import difference
    from assay.data.versions import manifest_at, versions_in

    if request.deed == DIFF:
        before, after = (manifest_at(name)[1] for name in request.names)
        return DataAnswer(difference=difference(before, after))
    if request.deed == SHOW:
        path, manifest = manifest_at(request.names[0])
        return DataAnswer(manifest=manifest, path=path, tables=audit_tables(manifest))
    return DataAnswer(versions=tuple(versions_in(Path(*request.names).expanduser())))
