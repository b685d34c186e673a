"""Croissant metadata of a collection: what it holds, whose it is and how a program reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assay.files import digest_of

CONFORMS = "http://mlcommons.org/croissant/1.1"
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
TYPES = {"width": "sc:Integer", "height": "sc:Integer", "page": "sc:URL", "address": "sc:URL", "seen": "sc:Date"}
"""Column -> type; others are text."""


def croissant(folder: Path, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The description of a collection as JSON-LD.

    Args:
        folder: of the collection.
        rows: of its manifest.

    Source: Croissant Format Specification 1.1, https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html.
    """
    from assay.collection.landing import COLUMNS, MANIFEST
    from assay.files import sha256_of_file

    manifest = folder / MANIFEST
    labels = sorted({row["label"] for row in rows})
    licences = sorted({row["license_url"] or row["license"] for row in rows})
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": folder.name or "collection",
        "description": f"{len(rows)} pictures of {len(labels)} classes ({', '.join(labels)}), each with its licence.",
        "conformsTo": CONFORMS,
        "version": "1.0.0",
        "identifier": digest_of(list(rows)),
        "datePublished": max((row["seen"] for row in rows), default="1970-01-01"),
        "license": licences or ["https://spdx.org/licenses/"],
        "creator": [{"@type": "sc:Organization", "name": name} for name in sorted({row["source"] for row in rows})],
        "url": max((row["page"] for row in rows), default="") or "https://example.org/",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "manifest",
                "name": "manifest",
                "contentUrl": MANIFEST,
                "encodingFormat": "application/x-parquet",
                "sha256": sha256_of_file(manifest),
            },
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "pictures",
                "name": "pictures",
                "description": "a row for each picture; file_name is its path beside this file",
                "key": {"@id": "pictures/file_name"},
                "field": [_field(column) for column in COLUMNS],
            }
        ],
    }


def _field(column: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"pictures/{column}",
        "name": column,
        "description": column.replace("_", " "),
        "dataType": TYPES.get(column, "sc:Text"),
        "source": {"fileObject": {"@id": "manifest"}, "extract": {"column": column}},
    }
