"""Copies: pictures that are in the dataset more than once."""

from __future__ import annotations

from assay.audit.finders.neighbours import neighbourhoods
from assay.audit.finders.original import original_first
from assay.audit.finders.same_picture import HOW, SURE, Cluster, clusters_of, considered
from assay.audit.finding import KEEP, Finding
from assay.audit.findings import Findings
from assay.audit.settings import FindSettings, Sources
from assay.data.manifest import Manifest
from assay.errors import DataError

KIND = "copies"
NEIGHBOURS = "copies: embedding neighbours"
_NAMED = 5
_LIKELY = 0.5


def find_copies(manifest: Manifest, sources: Sources, settings: FindSettings) -> Findings:
    """Each picture that several images hold, the original first, which "keep" keeps.

    Even surfaces are left out, and so is what is out of distribution. Copies under several labels are a finding without
    a suggestion, since only a person can tell which label is right. Where there are embeddings, pictures that are one
    by these alone are findings without a suggestion too.

    Args:
        manifest: its pictures.
        sources: whose cache keeps what was looked for.
        settings: nothing of them matters here.

    Raises:
        DataError: a picture cannot be read any more.
    """
    images = considered(manifest)
    findings, notes = [], []
    for cluster in clusters_of(images, sources.cache_dir):
        try:
            findings.append(_finding(images, cluster))
        except DataError as error:
            notes.append(f"{error}, so it is not said which of its copies is the original")
    near, skipped = _neighbours(images, sources, {finding.images for finding in findings}, notes)
    return Findings((*findings, *near), notes=tuple(notes), skipped=skipped)


def _neighbours(
    images: Manifest, sources: Sources, known: set[tuple[str, ...]], notes: list[str]
) -> tuple[list[Finding], dict[str, str]]:
    """Clusters of embeddings that hold more than one picture by all that was found before; and why there are none."""
    if sources.embed is None:
        return [], {NEIGHBOURS: "there are no embeddings; kinds=[copies,label] computes them"}
    near = neighbourhoods(sources.embed(images), images.labels)
    if near is None:
        return [], {NEIGHBOURS: "pictures of different classes are too alike, or too few, to tell how near copies are"}
    if near.crowded:
        notes.append(
            f"{near.crowded} clusters of embeddings have look-alikes around them, so they are not taken for copies"
        )
    joined = {image: place for place, cluster in enumerate(known) for image in cluster}
    findings = []
    for rows in near.clusters:
        table = images.table.iloc[rows]
        if len({joined.get(image, image) for image in table["id"]}) < 2:
            continue
        paths = table["path"].tolist()
        order, reason = original_first(paths, images.samples)
        findings.append(
            Finding(
                kind=KIND,
                name="look_alikes",
                images=tuple(table["id"].iloc[order]),
                paths=tuple(paths[place] for place in order),
                why=(
                    f"the embeddings of {len(paths)} pictures are within {near.radius:.2g} of each other, nearer than "
                    "pictures of different classes come, and no other is nearly as near; if they are one picture, "
                    f"{paths[order[0]]} is the original, since {reason}"
                ),
                score=_LIKELY,
                values={"files": float(len(paths)), "radius": near.radius},
            )
        )
    return findings, {}


def _finding(images: Manifest, cluster: Cluster) -> Finding:
    table = images.table.iloc[cluster.rows]
    paths = table["path"].tolist()
    order, reason = original_first(paths, images.samples)
    ordered = [paths[place] for place in order]
    labels = sorted({label for label in table["label"].tolist() if label >= 0})
    names = [images.class_names[label] for label in labels]
    why = f"{len(paths)} files are {HOW[cluster.name]}; {ordered[0]} is taken for the original, since {reason}"
    values: dict[str, float | str] = {"files": float(len(paths)), "original": ordered[0], "because": reason}
    if len(names) > 1:
        why += f"; they have {len(names)} labels, {', '.join(names[:_NAMED])}, of which at most one is right"
        values["labels"] = ",".join(names)
    return Finding(
        kind=KIND,
        name=cluster.name,
        images=tuple(table["id"].iloc[order]),
        paths=tuple(ordered),
        why=why,
        score=SURE[cluster.name],
        suggestion=KEEP if len(names) < 2 else "",
        values=values,
    )
