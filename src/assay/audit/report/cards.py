"""Cards: findings as the page shows them, with as many pictures as a page can carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.audit.finding import CHOICES, KEEP, KEEP_BOTH, KINDS, NO_FINDING, RELABEL, Finding
from assay.audit.findings import Findings, Limit
from assay.audit.template import template_rows
from assay.data.manifest import Manifest
from assay.errors import DataError
from assay.evaluation.report.mistakes import thumbnail

MOST_CARDS, MOST_OF_KIND = 240, 80
"""Findings on a page, and of one kind; the others are in the table."""
MOST_PICTURES, MOST_OF_FINDING = 600, 6
MOST_BYTES = 8_000_000
"""Of all pictures together, as they are written into the page."""
SHORT = {KEEP: "keep first", KEEP_BOTH: "keep all", "exclude": "exclude", RELABEL: "relabel", NO_FINDING: "no finding"}


@dataclass(frozen=True)
class FindingPicture:
    """A picture of a finding.

    Attributes:
        uri: as a data URI; "" where there is none.
        problem: why there is none.
        file: its name.
        path: where it lies.
        label: its class; "" for none.
        split: its split; "" for none.
        facts: size and format; "" where they are not known.
    """

    uri: str
    problem: str
    file: str
    path: str
    label: str
    split: str
    facts: str


@dataclass(frozen=True)
class FindingCard:
    """A finding.

    Attributes:
        finding: itself.
        row: of the table that is filled in, nothing decided.
        pictures: the first of them.
        more: how many pictures are not shown.
        choices: (value, short text, what it does) of what may be decided.
    """

    finding: Finding
    row: dict[str, str]
    pictures: tuple[FindingPicture, ...]
    more: int
    choices: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class KindOfFindings:
    """Findings of one kind.

    Attributes:
        kind: its name.
        text: for people.
        count: how many are open.
        cards: those that are shown, the surest first.
        limits: that were learned.
        skipped: (it, or a part of it, why nobody looked for it) of each.
        looked_at: whether it was looked for.
    """

    kind: str
    text: str
    count: int
    cards: tuple[FindingCard, ...]
    limits: tuple[Limit, ...]
    skipped: tuple[tuple[str, str], ...]
    looked_at: bool


def kinds_of_findings(findings: Findings, open_ones: Sequence[Finding], manifest: Manifest) -> list[KindOfFindings]:
    """Every kind with its open findings; the most certain ones of each kind have their pictures.

    Args:
        findings: of the audit.
        open_ones: those of them that nobody has decided.
        manifest: whose files the pictures are read from.
    """
    by_kind = {kind: [finding for finding in open_ones if finding.kind == kind] for kind in KINDS}
    album = _Album(manifest)
    room = {kind: min(len(own), MOST_OF_KIND) for kind, own in by_kind.items()}
    while sum(room.values()) > MOST_CARDS:
        room[max(room, key=lambda kind: room[kind])] -= 1
    return [
        KindOfFindings(
            kind,
            KINDS[kind],
            len(own),
            tuple(_card(finding, album) for finding in own[: room[kind]]),
            tuple(limit for limit in findings.limits if limit.kind == kind),
            tuple((what, why) for what, why in findings.skipped.items() if what.partition(":")[0] == kind),
            kind in findings.looked_at,
        )
        for kind, own in by_kind.items()
    ]


def _card(finding: Finding, album: _Album) -> FindingCard:
    (row,) = template_rows([finding])
    files = list(zip(finding.images, finding.paths, strict=True))
    shown = tuple(album.shown(image, path) for image, path in files[:MOST_OF_FINDING])
    return FindingCard(finding, row, shown, len(files) - len(shown), tuple(_choices(finding)))


def _choices(finding: Finding) -> list[tuple[str, str, str]]:
    fitting = [NO_FINDING]
    if images := finding.decided_images:
        fitting = [name for name in CHOICES if len(images) > 1 or name not in (KEEP, KEEP_BOTH)]
    return [(name, SHORT[name], CHOICES[name]) for name in fitting]


class _Album:
    """Pictures of one page, each read once, until the page is full."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._rows = {path: row for row, path in enumerate(manifest.table["path"])}
        self._uris: dict[str, tuple[str, str]] = {}
        self._pictures = self._bytes = 0

    def shown(self, image: str, path: str) -> FindingPicture:
        uri, problem = self._uri(path)
        row = self._rows.get(path)
        label = split = facts = ""
        if row is not None:
            entry = self._manifest.table.iloc[row]
            index = int(entry["label"])
            label = self._manifest.class_names[index] if index >= 0 else ""
            split, facts = str(entry["split"]), f"{entry['width']} × {entry['height']} {entry['format']}"
        return FindingPicture(uri, problem, Path(path).name, path, label, split, facts)

    def _uri(self, path: str) -> tuple[str, str]:
        if path not in self._uris:
            try:
                uri = ("", "the page is full") if self._is_full else (thumbnail(Path(path), self._manifest.samples), "")
            except (DataError, OSError) as error:
                uri = ("", str(error).removeprefix(f"{path}: "))
            self._uris[path] = uri
        uri = self._uris[path]
        if uri[0] and self._is_full:
            return "", "the page is full"
        self._pictures += bool(uri[0])
        self._bytes += len(uri[0])
        return uri

    @property
    def _is_full(self) -> bool:
        return self._pictures >= MOST_PICTURES or self._bytes >= MOST_BYTES
