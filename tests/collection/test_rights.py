"""A picture without evidence of its licence never enters a training manifest, however it came into the ledger."""

from __future__ import annotations

import io
import shutil
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.collection.clock import SystemClock
from assay.collection.collecting import Collecting
from assay.collection.landing import training_entries, write_manifest
from assay.collection.ledger import AddressLedger, Ask
from assay.collection.source_record import SourceRecord, why_not
from assay.data.sources.folder import FolderSource
from assay.errors import DataError

PERMITS = {"CC0-1.0", "PDM-1.0", "LicenseRef-public-domain"} | {
    f"CC-{kind}-{version}"
    for kind in ("BY", "BY-SA", "BY-NC", "BY-NC-SA")
    for version in ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0")
}
"""Written down a second time, from the licences themselves."""
WHOLE = SourceRecord(
    address="https://files.test/a.jpg",
    page="https://pages.test/a",
    source="wikimedia",
    licence="CC-BY-4.0",
    licence_url="https://creativecommons.org/licenses/by/4.0/",
    author="Ada",
    title="A stone",
    seen="2026-01-01",
    evidence="LicenseShortName: CC BY 4.0",
    evidence_at="https://commons.test/w/api.php?titles=A",
    training_permitted="yes",
    terms="https://terms.test",
)
ASK = Ask("wikimedia", "jade", "jade", 10, "real", "training", False, "a@b.org", 0, 8, "", "", "2026-01-01")

LICENCES = ["", "CC-BY-4.0", "CC0-1.0", "CC-BY-ND-4.0", "CC-BY-NC-2.0", "GFDL-1.2-or-later", "nonsense"]
blank = st.sampled_from(["", " ", "\n", "something"])
changes = st.fixed_dictionaries(
    {},
    optional={
        "licence": st.sampled_from(LICENCES),
        "evidence": blank,
        "evidence_at": blank,
        "author": blank,
        "page": blank,
        "training_permitted": st.sampled_from(["yes", "no", "by permission", ""]),
        "opt_out": st.sampled_from(["", "noai"]),
    },
)
records = changes.map(lambda change: replace(WHOLE, **change))


def may_be_trained_on(record: SourceRecord, *, commercial: bool) -> bool:
    """The rule in words of its own."""
    if not record.evidence.strip() or not record.evidence_at.strip() or record.licence not in PERMITS:
        return False
    if record.training_permitted != "yes" or record.opt_out or (commercial and "NC" in record.licence):
        return False
    free = record.licence in ("CC0-1.0", "PDM-1.0", "LicenseRef-public-domain")
    return free or bool(record.author.strip() or record.page.strip())


def picture(number: int) -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 255, (4, 4, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((32, 32), Image.Resampling.BICUBIC).save(out, "PNG")
    return out.getvalue()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(records, min_size=1, max_size=6), st.booleans())
def test_a_picture_without_evidence_of_its_licence_never_enters_a_training_manifest(
    tmp_path: Path, drawn: list[SourceRecord], commercial: bool
) -> None:
    folder = tmp_path / "collection"
    shutil.rmtree(folder, ignore_errors=True)
    ledger = AddressLedger(folder, make=True)
    lenient = replace(ASK, use="display", commercial=commercial)  # lets in what only evidence is asked of
    asks = [replace(ask, id=ledger.add_ask(ask)) for ask in (replace(ASK, commercial=commercial), lenient)]
    growing = Collecting(folder, ledger, SystemClock())
    for number, record in enumerate(drawn):
        growing.take(asks[number % 2], record, picture(number), f"https://files.test/{number}.jpg")
    # Whatever another program may have written into the ledger decides nothing.
    with ledger.writing() as database:
        database.execute("UPDATE addresses SET outcome = 'kept', use = 'training', file = 'jade/' || rowid || '.png'")
    allowed = {
        f"https://files.test/{number}.jpg"
        for number, record in enumerate(drawn)
        if may_be_trained_on(record, commercial=commercial)
    }
    assert write_manifest(folder, ledger) == len(allowed)
    assert set(pd.read_parquet(folder / "metadata.parquet")["address"]) == allowed
    assert {entry.address for entry in training_entries(ledger.entries(), commercial=commercial)} == allowed
    ledger.close()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"evidence": ""}, "there is no evidence of its licence"),
        ({"licence": "CC-BY-ND-4.0"}, "forbids derivatives"),
        ({"licence": ""}, "no licence is known"),
        ({"licence": "GFDL-1.2-or-later"}, "ask the author"),
        ({"training_permitted": "no"}, "does not permit training: https://terms.test"),
        ({"training_permitted": "by permission"}, "to whom it has given permission"),
        ({"opt_out": "x-robots-tag: noai"}, "objects: x-robots-tag: noai"),
        ({"author": "", "page": ""}, "asks for the author's name"),
    ],
)
def test_who_refuses_says_why(change: dict[str, str], why: str) -> None:
    said = why_not(replace(WHOLE, **change))
    assert why in said
    assert bool(said) == bool(why)


def test_what_is_there_to_be_looked_at_is_no_dataset(tmp_path: Path) -> None:
    folder = tmp_path / "collection"
    ledger = AddressLedger(folder, make=True)
    for label in ("jade", "glass"):
        ask = replace(ASK, use="display", label=label)
        ask = replace(ask, id=ledger.add_ask(ask))
        growing = Collecting(folder, ledger, SystemClock())
        for number in range(3):
            name = f"https://files.test/{label}{number}.jpg"
            entry = growing.take(ask, replace(WHOLE, training_permitted="no"), picture(zlib.crc32(name.encode())), name)
            assert entry.outcome == "kept"
    assert growing.finish() == 0
    ledger.close()
    assert len(list(folder.glob("display-only/*/*.png"))) == 6
    for root in (folder, folder / "display-only"):
        with pytest.raises(DataError, match="no rows"):
            FolderSource(str(root)).build(tmp_path / "cache")
