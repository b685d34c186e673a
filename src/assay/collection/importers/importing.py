"""Importing: from files of an export to pictures of a collection."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from assay.collection.collecting import Collecting
from assay.collection.importers.exports import EXPORTS, Export, exported_files
from assay.collection.importers.generation import Generation, generation_of
from assay.collection.importers.stripped import stripped
from assay.collection.ledger import Ask
from assay.collection.licences import YES, licence_of
from assay.collection.outcome import KEPT
from assay.collection.request import CollectRequest
from assay.collection.source_record import SourceRecord
from assay.data.image import read_bytes
from assay.errors import ConfigError, DataError
from assay.progress import track
from assay.provenance.credentials import TRUSTED, VALID
from assay.provenance.embedded_text import embedded_texts
from assay.provenance.provenance import Provenance, kind_of
from assay.provenance.reader import ProvenanceReader

GENERATED, UNKNOWN_GENERATOR = ("generated", "composite"), "unknown generator"


def checked_export(request: CollectRequest) -> Export:
    """The kind of export that is asked for.

    Raises:
        ConfigError: there is no such folder, or nobody has said under which licence it is.
    """
    export = EXPORTS[request.source]
    if not Path(request.export).expanduser().is_dir():
        raise ConfigError(f"from={request.export}: no such folder")
    if not export.license and not (request.license and request.evidence):
        raise ConfigError(
            f"source={request.source}: say under which licence these pictures are, and how that is known, as in "
            "license=CC0-1.0 evidence=own"
        )
    if request.license and not licence_of(name=request.license).id:
        raise ConfigError(f"license={request.license}: is none that is known, such as CC0-1.0, CC-BY-4.0, CC-BY-SA-4.0")
    return export


def import_export(growing: Collecting, ask: Ask, request: CollectRequest, export: Export, seen: str, most: int) -> None:
    """Let the pictures of an export in, without what their files say of themselves, until there are enough.

    Args:
        growing: the collection.
        ask: what is asked for, in its ledger.
        request: the same as it was typed.
        export: the kind.
        seen: UTC date of today.
        most: pictures that may come in.
    """
    folder, reader = Path(request.export).expanduser(), ProvenanceReader()
    files = iter(track(list(exported_files(folder)), f"importing {ask.label}"))
    try:
        for path, beside in files:
            if most <= 0:
                return
            most -= _imported(growing, ask, request, export, seen, path, beside, reader)
    finally:
        reader.close()


def _imported(
    growing: Collecting,
    ask: Ask,
    request: CollectRequest,
    export: Export,
    seen: str,
    path: Path,
    beside: Generation,
    reader: ProvenanceReader,
) -> bool:
    try:
        content = read_bytes(path)
        provenance = reader.read(content)
        embedded = generation_of(embedded_texts(content), path.name)
        made = _generation(ask, export, embedded.over(beside), provenance)
        entry = growing.take(
            ask,
            _record(request, export, made, path, seen),
            stripped(content),
            f"sha256:{hashlib.sha256(content).hexdigest()}",
        )
    except DataError as error:
        growing.skip(ask, path.name, str(error).removeprefix("it: "))
        return False
    return entry.outcome == KEPT and entry.ask == ask.id


def _generation(ask: Ask, export: Export, said: Generation, provenance: Provenance) -> Generation:
    """What made the picture, where it is to be a generated one.

    Raises:
        DataError: it is to be a real one, and its file says that it is none.
    """
    marks = list(_marks(provenance)) + ([said.generator] if said.generator else [])
    if ask.kind == "real":
        if marks:
            raise DataError(f"its file says that it is generated ({marks[0]}), so it is not taken for a real one")
        return Generation()
    credentials = provenance.credentials
    signed = credentials.made_with if credentials.state in (VALID, TRUSTED) else ""
    generator = said.generator or next(iter(provenance.generators), "") or export.generator or UNKNOWN_GENERATOR
    return said.over(Generation(generator=generator, version=signed))


def _marks(provenance: Provenance) -> Iterator[str]:
    yield from provenance.generators
    for code in (*provenance.source_types, *provenance.credentials.source_types):
        if kind_of(code) in GENERATED:
            yield code


def _record(request: CollectRequest, export: Export, made: Generation, path: Path, seen: str) -> SourceRecord:
    own = bool(request.license)
    licence = licence_of(name=request.license if own else export.license)
    return SourceRecord(
        address="",
        page=request.url,
        source=export.name,
        licence=licence.id,
        licence_url=licence.url,
        author=request.author,
        title=path.stem[:300] if export.name == "folder" else "",
        seen=seen,
        evidence=request.evidence if own else export.evidence,
        evidence_at="as typed" if own else export.evidence_at,
        training_permitted=YES,
        terms=export.terms,
        generator=made.generator,
        generator_version=made.version,
        seed=made.seed,
        prompt_sha256=made.prompt_sha256,
    )
