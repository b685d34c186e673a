"""DryRun: what a source names for a query, under which licence, before anything is fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from assay.collection.ledger import Ask
from assay.collection.source_record import Skipped, SourceRecord, why_not
from assay.collection.sources.source import Found
from assay.collection.summary import licence_name

DEEPEST = 10
"""Entries looked at for each picture that is wanted, at most."""


@dataclass(frozen=True)
class DryRun:
    """What would be fetched.

    Attributes:
        ask: what was asked for.
        records: rights of the pictures that would be fetched.
        licences: licence -> how many of them.
        refused: reason -> entries that would not be.
    """

    ask: Ask
    records: tuple[SourceRecord, ...]
    licences: dict[str, int]
    refused: dict[str, int]


def dry_run(found: Iterator[Found], ask: Ask, count: int) -> DryRun:
    """Ask a source until there are enough candidates.

    Args:
        found: by the source.
        ask: what was asked for.
        count: pictures that are wanted.

    Raises:
        FetchFailed: the source does not answer.
    """
    records: list[SourceRecord] = []
    refused: Counter[str] = Counter()
    for number, each in enumerate(found, start=1):
        if isinstance(each, Skipped):
            refused[each.reason] += 1
        elif why := why_not(each.record, use=ask.use, commercial=ask.commercial):
            refused[why] += 1
        else:
            records.append(each.record)
        if len(records) >= count or number >= DEEPEST * count:
            break
    licences = Counter(map(licence_name, records))
    return DryRun(ask, tuple(records), dict(licences.most_common()), dict(refused.most_common()))
