"""What the data are: versions of a dataset, what came in and left with each, sources, licences, and reviewed labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from assay.data.difference import difference
from assay.data.manifest import SPLITS, Manifest
from assay.data.versions import Version, versions_in
from assay.review.labels.label_set import label_sets
from assay.serving.reports.record import Cell, ReportColumn, ReportTable, ServiceReport, report_table

DIGEST = 12
CHANGES = ("added", "gone", "relabelled", "moved")


def data_report(connection: Connection | None, folder: Path, facts: dict[str, str]) -> ServiceReport:
    """What the data of a project are.

    Args:
        connection: of the service's store, that may read; None where there is none.
        folder: below which saved manifests lie.
        facts: what the report is about.

    Raises:
        DataError: there is no such folder.
    """
    versions = _once(versions_in(folder))
    readable = [version for version in versions if version.digest]
    loaded = {version.digest: Manifest.load(Path(version.path)) for version in readable}
    tables: list[ReportTable] = []
    if readable:
        newest = readable[-1]
        tables += [_versions(readable, loaded), _classes(readable, loaded), _origins(loaded[newest.digest])]
    tables += [] if connection is None else _labels(connection)
    facts = {**facts, "versions": f"{len(readable):,}"}
    notes = [f"{version.path}: {version.problem}" for version in versions if version.problem]
    summary = [_in_words(readable[-1], loaded)] if readable else ["There is no saved manifest here."]
    return ServiceReport("data", "Data", facts, tuple(summary), tuple(tables), tuple(notes))


def _once(versions: Sequence[Version]) -> list[Version]:
    """Each version once, by its first file; those that cannot be read stay."""
    known: set[str] = set()
    kept = []
    for version in sorted(versions, key=lambda each: (each.time, each.path)):
        if not version.digest or version.digest not in known:
            kept.append(version)
        known.add(version.digest)
    return kept


def _versions(versions: Sequence[Version], loaded: dict[str, Manifest]) -> ReportTable:
    splits = [split for split in SPLITS if any(split in dict(version.splits) for version in versions)]
    columns = (
        ReportColumn("version", "version"), ReportColumn("made", "made"), ReportColumn("images", "images", 0),
        *(ReportColumn(split, split, 0) for split in splits), ReportColumn("excluded", "left out", 0),
        *(ReportColumn(name, name, 0) for name in CHANGES), ReportColumn("parent", "made from"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for place, version in enumerate(versions):
        parent = version.parent if version.parent in loaded else versions[place - 1].digest if place else ""
        changed: tuple[Cell, ...] = (None,) * len(CHANGES)
        if parent and parent != version.digest:
            counts = difference(loaded[parent], loaded[version.digest]).counts()
            changed = tuple(counts[name] for name in CHANGES)
        by_split = dict(version.splits)
        rows.append(
            (
                version.digest[:DIGEST], version.time[:16], version.images,
                *(by_split.get(split, 0) for split in splits),
                version.excluded, *changed, parent[:DIGEST],
            )
        )  # fmt: skip
    lead = "What came in and left since the version it was made from, or else the one before."
    return report_table("versions", "Versions", columns, rows, lead=lead, figure="versions")


def _classes(versions: Sequence[Version], loaded: dict[str, Manifest]) -> ReportTable:
    """Labelled images of each class in every version."""
    names = list(dict.fromkeys(name for version in versions for name in loaded[version.digest].class_names))
    columns = (
        ReportColumn("class", "class"),
        *(ReportColumn(version.digest[:DIGEST], version.digest[:DIGEST], 0) for version in versions),
    )
    counted = []
    for version in versions:
        manifest = loaded[version.digest]
        counts = manifest.table["label"].value_counts()
        counted.append({name: int(counts.get(label, 0)) for label, name in enumerate(manifest.class_names)})
    rows: list[tuple[Cell, ...]] = [(name, *(counts.get(name, 0) for counts in counted)) for name in names]
    return report_table("classes", "Labelled images by class", columns, rows)


def _origins(manifest: Manifest) -> ReportTable:
    columns = (
        ReportColumn("source", "source and licence"), ReportColumn("images", "images", 0),
        ReportColumn("share", "share", 3), ReportColumn("train", "in train", 0), ReportColumn("test", "in test", 0),
    )  # fmt: skip
    table = manifest.table.assign(source=manifest.table["source"].where(manifest.table["source"] != "", "not said"))
    table["license"] = table["license"].where(table["license"] != "", "no licence said")
    counts: dict[tuple[str, str], Counter[str]] = {}
    for source, licence, split in zip(table["source"], table["license"], table["split"], strict=True):
        counts.setdefault((str(source), str(licence)), Counter())[str(split)] += 1
    rows = [
        (f"{source}, {licence}", split.total(), split.total() / len(table), split["train"], split["test"])
        for (source, licence), split in counts.items()
    ]
    rows.sort(key=lambda row: (-row[1], row[0]))
    return report_table("origins", "Sources and licences of the newest version", columns, rows, figure="parts")


def _labels(connection: Connection) -> list[ReportTable]:
    """Sets of reviewed labels that were handed to training or tests."""
    sets = label_sets(connection)
    if not sets:
        return []
    columns = (
        ReportColumn("set", "set"), ReportColumn("split", "split"), ReportColumn("labels", "labels", 0),
        ReportColumn("time", "written"), ReportColumn("digest", "digest"),
    )  # fmt: skip
    rows = [(each.name, each.split, each.labels, f"{each.time[:16]}Z", each.digest[:DIGEST]) for each in sets]
    lead = "No picture is in a set for training and in one for tests."
    return [report_table("labels", "Reviewed labels", columns, rows, lead=lead)]


def _in_words(version: Version, loaded: dict[str, Manifest]) -> str:
    manifest = loaded[version.digest]
    splits = ", ".join(f"{count:,} {split}" for split, count in version.splits)
    licences = len(set(manifest.table["license"]))
    return (
        f"The newest version has {version.images:,} images in {len(manifest.class_names)} classes ({splits}), under "
        f"{licences} licence{'s' if licences != 1 else ''}."
    )
