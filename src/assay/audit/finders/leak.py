"""Leaks: copies of one picture in several splits, or of a test set that a registered model was measured on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assay.audit.finders.same_picture import HOW, SURE, Cluster, clusters_of, considered
from assay.audit.finding import EXCLUDE, KEEP_BOTH, Finding
from assay.audit.findings import Findings
from assay.audit.settings import FindSettings, Sources
from assay.data.copies.between import copies_between
from assay.data.manifest import SPLITS, Manifest
from assay.errors import DataError

KIND = "leak"
LEARNED = ("train", "val", "calib", "unlabelled")
"""Splits in which a picture of a test set may be learned from, or decide what is learned."""
_RANK = {split: place for place, split in enumerate(("", *SPLITS))}


def find_leaks(manifest: Manifest, sources: Sources, settings: FindSettings) -> Findings:
    """Copies of one picture in several splits, and pictures that registered models are tested on in other splits.

    Args:
        manifest: with splits; without any, nothing is looked for.
        sources: `tested` has the test images of registered models.
        settings: nothing of them matters here.
    """
    images = considered(manifest)
    splits = images.table["split"].to_numpy(dtype=np.str_)
    if not (splits != "").any():
        why = "the dataset has no splits, so nothing can be in two of them"
        return Findings(skipped={KIND: why})
    clusters = clusters_of(images, sources.cache_dir)
    findings = [finding for cluster in clusters if (finding := _across(images, splits, cluster)) is not None]
    notes: list[str] = []
    for name, tested in _different(sources.tested):
        findings += _of_model(images, splits, clusters, name, tested, sources, notes)
    skipped = {} if sources.tested else {"leak: test sets of registered models": "no registered model was handed in"}
    return Findings(tuple(findings), notes=tuple(notes), skipped=skipped)


def _across(images: Manifest, splits: NDArray[np.str_], cluster: Cluster) -> Finding | None:
    own = splits[cluster.rows]
    present = sorted({split for split in own.tolist() if split}, key=_RANK.__getitem__)
    if len(present) < 2 or present == ["train", "unlabelled"]:
        return None
    order = cluster.rows[np.argsort([_RANK[split] for split in own.tolist()], kind="stable")]
    counts = ", ".join(f"{int((own == split).sum())} in {split}" for split in present)
    return Finding(
        kind=KIND,
        name="across_splits",
        images=tuple(images.ids[order].tolist()),
        paths=tuple(images.table["path"].iloc[order]),
        why=f"{len(order)} files are {HOW[cluster.name]}, and lie in several splits: {counts}",
        score=SURE[cluster.name],
        suggestion=KEEP_BOTH,
        values={"how": cluster.name, "splits": ",".join(present)},
    )


def _different(tested: Mapping[str, Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Each set of test images once, by the names of all models that were measured on it."""
    names: dict[frozenset[str], list[str]] = {}
    sets: dict[frozenset[str], Manifest] = {}
    for name, manifest in tested.items():
        key = frozenset(manifest.ids.tolist())
        names.setdefault(key, []).append(name)
        sets.setdefault(key, manifest)
    for key, manifest in sets.items():
        yield ", ".join(names[key]), manifest


def _of_model(
    images: Manifest,
    splits: NDArray[np.str_],
    clusters: list[Cluster],
    name: str,
    tested: Manifest,
    sources: Sources,
    notes: list[str],
) -> Iterator[Finding]:
    ids = images.ids
    theirs = dict(zip(tested.ids.tolist(), tested.table["path"], strict=True))
    how: dict[int, tuple[str, str]] = {}
    for cluster in clusters:
        known = next((row for row in cluster.rows.tolist() if str(ids[row]) in theirs), None)
        if known is not None:
            how |= {row: (cluster.name, theirs[str(ids[known])]) for row in cluster.rows.tolist()}
    how |= {row: ("same_bytes", theirs[str(image)]) for row, image in enumerate(ids) if str(image) in theirs}
    here = set(ids.tolist())
    elsewhere = replace(tested, table=tested.table[~tested.table["id"].isin(here)])
    if len(elsewhere):
        try:
            pairs = copies_between(elsewhere, images, sources.cache_dir)
        except DataError as error:
            notes.append(
                f"only files that are the same byte for byte were looked for in the test set of {name}: {error}"
            )
            pairs = []
        paths = elsewhere.table["path"].tolist()
        for row, other in pairs:
            how.setdefault(other, ("near_copies", paths[row]))
    for row, (kind, path) in sorted(how.items()):
        if splits[row] not in LEARNED:
            continue
        yield Finding(
            kind=KIND,
            name="test_of_model",
            images=(str(ids[row]),),
            paths=(str(images.table["path"].iloc[row]),),
            why=(
                f"it is {HOW[kind]} as {path}, on which {name} is tested, and lies in {splits[row]}: what learns from "
                "it cannot be compared with that model"
            ),
            score=SURE[kind],
            suggestion=EXCLUDE,
            values={"model": name, "test_picture": path, "how": kind, "split": str(splits[row])},
        )
