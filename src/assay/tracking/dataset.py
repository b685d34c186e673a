"""A Manifest as MLflow's dataset input: name, digest, columns, and images per class and split."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from assay.data.manifest import COLUMNS, Manifest

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

DIGEST_LENGTH = 36
NAME_LENGTH = 500
CLASSES_LISTED = 1000
COLUMN_KINDS = {"str": "string", "int64": "long", "int32": "integer", "uint64": "long", "float32": "float"}


def dataset_input(manifest: Manifest, name: str | None = None) -> DatasetInput:
    """What MLflow records about the dataset of a run.

    The digest is the first 36 of the manifest's 64 hex characters, as many as MLflow keeps.
    """
    from mlflow.entities import Dataset, DatasetInput, InputTag

    table = manifest.table
    sources = sorted(set(table["source"].where(table["split"] != "ood", table["ood_set"])))
    columns = [{"name": column, "type": COLUMN_KINDS[kind], "required": True} for column, kind in COLUMNS.items()]
    dataset = Dataset(
        name=(name or ", ".join(sources) or "images")[:NAME_LENGTH],
        digest=manifest.digest[:DIGEST_LENGTH],
        source_type="local",
        source=json.dumps({"uri": _common_folder(manifest)}),
        schema=json.dumps({"mlflow_colspec": columns}),
        profile=json.dumps(_profile(manifest), ensure_ascii=False),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", ", ".join(manifest.splits) or "no splits")])


def _profile(manifest: Manifest) -> dict[str, Any]:
    counts = manifest.counts()
    profile: dict[str, Any] = {
        "num_rows": len(manifest),
        "num_classes": len(manifest.class_names),
        "excluded": len(manifest.excluded),
        "licenses": sorted(set(manifest.table["license"]))[:20],
        "images_per_split": {split: int((manifest.table["split"] == split).sum()) for split in manifest.splits},
    }
    if len(counts) <= CLASSES_LISTED:
        profile["images_per_class"] = {
            str(label): {str(split): int(n) for split, n in row.items()} for label, row in counts.iterrows()
        }
    return profile


def _common_folder(manifest: Manifest) -> str:
    paths = list(manifest.table["path"])
    try:
        return os.path.commonpath([os.path.dirname(path) for path in paths]) if paths else ""  # noqa: PTH120
    except ValueError:
        return ""
