"""Shortage: what classes lack to the pictures that each should have to train with, those that are collected counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from assay.collection.ledger import AddressLedger, Ask
from assay.collection.source_record import TRAINING
from assay.collection.sources.catalogue import SOURCES
from assay.review.labels.label_set import TRAIN

if TYPE_CHECKING:
    from assay.collection.permitted import PermittedFile
    from assay.data.manifest import Manifest


def shortage(
    manifest: Manifest, collected: Mapping[Path, PermittedFile], decided: Mapping[str, str], minimum: int
) -> dict[str, int]:
    """Class -> pictures that it lacks, those that lack none left out.

    A collected picture counts for what people have decided on, for what it was collected for while nobody has looked,
    and for nothing where it is of no class.

    Args:
        manifest: that the champion was trained on.
        collected: file -> what it was collected for.
        decided: file -> what people have decided on; a class, or what is none.
        minimum: pictures that each class should have.
    """
    train = manifest.table[(manifest.table["split"] == TRAIN) & ~manifest.table["path"].isin(set(map(str, collected)))]
    counts = Counter(manifest.class_names[label] for label in train["label"])
    counts.update(decided.get(str(file), right.label) for file, right in collected.items())
    return {name: minimum - counts[name] for name in manifest.class_names if counts[name] < minimum}


def online_asks(ledger: AddressLedger, label: str) -> list[Ask]:
    """What sources of the internet were asked for a class, to be trained on, each question once, the newest first."""
    asks = [ask for ask in ledger.asks().values() if ask.label == label and ask.use == TRAINING]
    online = {(ask.source, ask.query, ask.endpoint): ask for ask in asks if ask.source in SOURCES}
    return list(online.values())[::-1]
