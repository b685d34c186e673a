"""Copies: pictures that are in the dataset more than once."""

from __future__ import annotations

from assay.audit.finders.original import original_first
from assay.audit.finders.same_picture import HOW, SURE, Cluster, clusters_of, considered
from assay.audit.finding import KEEP, Finding
from assay.audit.findings import Findings
from assay.audit.settings import FindSettings, Sources
from assay.data.manifest import Manifest
from assay.errors import DataError

KIND = "copies"
_NAMED = 5


def find_copies(manifest: Manifest, sources: Sources, settings: FindSettings) -> Findings:
    """Each picture that several images hold, the original first, which "keep" keeps.

    Even surfaces are left out, and so is what is out of distribution. Copies under several labels are a finding without
    a suggestion, since only a person can tell which label is right.

    Args:
        manifest: its pictures.
        sources: whose cache keeps what was looked for.
        settings: nothing of them matters here.

    Raises:
        DataError: a picture cannot be read any more.
    """
    images = considered(manifest)
    found, notes = [], []
    for cluster in clusters_of(images, sources.cache_dir):
        try:
            found.append(_finding(images, cluster))
        except DataError as error:
            notes.append(f"{error}, so it is not said which of its copies is the original")
    return Findings(tuple(found), notes=tuple(notes))


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
