"""Summary: what a collection holds, what became of the rest, and what is missing."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from assay.collection.landing import training_entries
from assay.collection.ledger import AddressLedger
from assay.collection.outcome import FAILURES, KEPT, LATER, PLANNED
from assay.collection.source_record import SourceRecord

_NUMBERS = re.compile(r"\d[\d.,:TZ-]*")


@dataclass(frozen=True)
class LabelState:
    """A class of a collection.

    Attributes:
        label: its name.
        pictures: that are there.
        missing: pictures to the minimum.
        waiting: addresses that `resume` asks again.
        asked: what was asked for it, as `wikimedia 'jade ring'`.
    """

    label: str
    pictures: int
    missing: int
    waiting: int
    asked: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutcomeCount:
    """What became of some addresses.

    Attributes:
        label: class.
        outcome: of `outcome.OUTCOMES`, or "skipped".
        reason: why.
        count: addresses.
    """

    label: str
    outcome: str
    reason: str
    count: int


@dataclass(frozen=True)
class Summary:
    """A collection.

    Attributes:
        folder: of it.
        trainable: pictures that stand in the manifest.
        labels: by name.
        outcomes: by label, the most frequent first.
        licences: licence -> pictures that are there.
        sources: source -> likewise.
        authors: how many different ones.
        generated: generator -> pictures.
        bytes: of all pictures.
        stopped: why a source was left before there was enough; "" where it was not.
    """

    folder: Path
    trainable: int
    labels: tuple[LabelState, ...]
    outcomes: tuple[OutcomeCount, ...]
    licences: dict[str, int]
    sources: dict[str, int]
    authors: int
    generated: dict[str, int]
    bytes: int
    stopped: str = ""


def summary(folder: Path, ledger: AddressLedger, minimum: int, stopped: str = "") -> Summary:
    """Look at a collection.

    Args:
        folder: of it.
        ledger: of it.
        minimum: pictures that each label should have.
        stopped: why a source was left early.
    """
    entries = ledger.entries()
    kept = [entry for entry in entries if entry.outcome == KEPT]
    counts = Counter(entry.label for entry in kept)
    waiting = Counter(entry.label for entry in entries if entry.outcome in (PLANNED, *LATER))
    asked: dict[str, list[str]] = {}
    for ask in ledger.asks().values():
        asked.setdefault(ask.label, []).append(f"{ask.source} {ask.query!r}")
    names = sorted({*asked, *counts})
    counted: Counter[tuple[str, str, str]] = Counter()
    for label, outcome, reason, count in ledger.counts():
        counted[label, outcome, _NUMBERS.sub("…", reason) if outcome in FAILURES else reason] += count
    ranked = sorted(counted.items(), key=lambda item: (item[0][0], -item[1], item[0]))
    return Summary(
        folder=folder,
        trainable=len(training_entries(kept, commercial=ledger.commercial())),
        labels=tuple(
            LabelState(
                name,
                counts[name],
                max(0, minimum - counts[name]),
                waiting[name],
                tuple(dict.fromkeys(asked.get(name, ()))),
            )
            for name in names
        ),
        outcomes=tuple(OutcomeCount(*key, count) for key, count in ranked),
        licences=dict(Counter(licence_name(entry.record) for entry in kept).most_common()),
        sources=dict(Counter(entry.record.source for entry in kept).most_common()),
        authors=len({entry.record.author for entry in kept if entry.record.author}),
        generated=dict(Counter(entry.record.generator for entry in kept if entry.record.generator).most_common()),
        bytes=sum(entry.bytes for entry in kept),
        stopped=stopped,
    )


def licence_name(record: SourceRecord) -> str:
    """The licence of a picture in a table; what no licence here fits as its source calls it."""
    return record.licence or record.evidence[:60] or "unknown"
