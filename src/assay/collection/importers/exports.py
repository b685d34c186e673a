"""Exports: folders of one's own pictures, one kind for each program or service that they come from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.collection.importers.generation import Generation, prompt_hash
from assay.collection.licences import CC0
from assay.data.listing import list_images

OWN = "one's own export: whoever made it says what may be done with it"


@dataclass(frozen=True)
class Export:
    """A kind of export.

    Attributes:
        name: as it is typed.
        generator: of its pictures where a file does not say it; "" for none.
        license: id of the licence that the whole stands under; "" where its owner has to say it.
        evidence: of that licence.
        evidence_at: where it stands.
        note: what to know of the service.
    """

    name: str
    generator: str = ""
    license: str = ""
    evidence: str = ""
    evidence_at: str = ""
    note: str = ""
    terms: str = field(default=OWN)


EXPORTS = {
    export.name: export
    for export in (
        Export("stable_diffusion", "Stable Diffusion web UI"),
        Export("midjourney", "Midjourney", note="has no public interface; import what you have downloaded"),
        Export("dalle", "DALL·E", note="import what you have downloaded"),
        Export("artbreeder", "Artbreeder", note="has no public interface; import what you have downloaded"),
        Export(
            "diffusiondb",
            "Stable Diffusion",
            CC0.id,
            "The DiffusionDB dataset is available under the CC0 1.0 License.",
            "https://huggingface.co/datasets/poloclub/diffusiondb",
            terms="https://huggingface.co/datasets/poloclub/diffusiondb: CC0 1.0",
        ),
        Export("lexica", "Lexica", note="has no documented interface; import what you have downloaded"),
        Export("folder"),
    )
}


def exported_files(folder: Path) -> Iterator[tuple[Path, Generation]]:
    """Files of an export, sorted, and what tables beside them say: the `part-000001.json` of DiffusionDB.

    Args:
        folder: of the export.
    """
    tables: dict[Path, Mapping[str, Any]] = {}
    for name in list_images(str(folder)).images:
        path = Path(name)
        if path.parent not in tables:
            tables[path.parent] = _table_beside(path.parent)
        yield path, _of_diffusiondb(tables[path.parent].get(path.name))


def _table_beside(folder: Path) -> Mapping[str, Any]:
    try:
        values = json.loads((folder / f"{folder.name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _of_diffusiondb(entry: Any) -> Generation:
    """Prompt `p` and seed `se` of an entry.

    Source: Wang et al. (2022), "DiffusionDB", and its data card: keys p, se, c, st, sa.
    """
    if not isinstance(entry, dict) or "p" not in entry:
        return Generation()
    seed = entry.get("se")
    return Generation(seed=str(seed) if isinstance(seed, int) else "", prompt_sha256=prompt_hash(str(entry["p"])))
