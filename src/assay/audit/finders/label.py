"""Labels: pictures whose label others of the dataset speak against, and how many would look so if all were right."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from assay.audit.finders.label_noise import FloatArray, false_discovery, fit_noise, redrawn_flags
from assay.audit.finders.out_of_fold import out_of_fold_logits
from assay.audit.finding import RELABEL, Finding
from assay.audit.findings import Findings
from assay.audit.settings import FindSettings, Sources
from assay.config.extras import install_command
from assay.data.manifest import Manifest
from assay.errors import DataError
from assay.predictions import IntArray

KIND = "label"
FEWEST = 10
"""Groups of a class, below which its labels are not asked about."""
MOST_FALSE = 0.5
"""Share of false ones among what is listed, beyond which nothing more is."""


def find_label_issues(manifest: Manifest, sources: Sources, settings: FindSettings) -> Findings:
    """Pictures with a label that the others speak against, by confident learning on out-of-fold probabilities.

    A head on embeddings is asked about groups that it did not see; cleanlab says which labels it speaks against. The
    same is done with labels that are drawn from its calibrated probabilities, of which none is wrong: what is flagged
    then is the noise floor. Of each class, the surest are listed as long as at most half of them are expected to be
    false, so that a class that is hard to tell is not flagged wholesale.

    Args:
        manifest: its labelled pictures.
        sources: `embed` gives embeddings.
        settings: whose seed draws folds and labels.

    Source: Northcutt, Jiang and Chuang (2021), "Confident learning: estimating uncertainty in dataset labels".
    """
    if why := _missing(sources):
        return Findings(skipped={KIND: why})
    asked, notes = _asked(manifest.labelled)
    if asked is None:
        return Findings(skipped={KIND: notes[0]})
    assert sources.embed is not None
    known, labels = np.unique(asked.labels, return_inverse=True)
    try:
        logits = out_of_fold_logits(sources.embed(asked), labels, asked.groups, classes=len(known), seed=settings.seed)
    except DataError as error:
        return Findings(skipped={KIND: str(error)})
    noise = fit_noise(logits, labels)
    probabilities = noise.probabilities(logits)
    rows, scores = flagged(probabilities, labels)
    redrawn = redrawn_flags(probabilities, lambda drawn: flagged(probabilities, drawn), seed=settings.seed)
    shares, expected = false_discovery(scores, labels[rows], redrawn)
    names = [asked.class_names[label] for label in known.tolist()]
    listed = shares <= MOST_FALSE
    accuracy = float((probabilities.argmax(axis=1) == labels).mean())
    notes.append(
        f"labels were asked of a linear head on embeddings that is right for {accuracy:.0%} of pictures that it "
        f"did not see; {noise.flipped:.1%} of labels are wrong beyond what is hard to tell"
    )
    for place, name in enumerate(names):
        own = labels[rows] == place
        if own.any():
            notes.append(
                f"{name}: {int(own.sum())} labels look wrong, of which {expected.get(place, 0.0):.1f} would if all "
                f"were right; {int((own & listed).sum())} are listed"
            )
    findings = [
        _finding(asked, int(row), int(probabilities[row].argmax()), probabilities[row], float(share), names, labels)
        for row, share in zip(rows[listed], shares[listed], strict=True)
    ]
    return Findings(tuple(findings), notes=tuple(notes))


def flagged(probabilities: FloatArray, labels: IntArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Rows whose label cleanlab takes for wrong, and the probability of that label, which is small where it is sure.

    Args:
        probabilities: [N, C], out of fold.
        labels: [N], each class at least once.
    """
    from cleanlab.filter import find_label_issues as issues

    present = np.unique(labels)
    if len(present) < 2:
        return np.zeros(0, np.intp), np.zeros(0)
    # A class that no redrawn label is of is unknown to cleanlab.
    own = probabilities[:, present] / probabilities[:, present].sum(axis=1, keepdims=True)
    mask = issues(np.searchsorted(present, labels), own, n_jobs=1)
    rows = np.flatnonzero(mask & (own.argmax(axis=1) != np.searchsorted(present, labels)))
    return rows, probabilities[rows, labels[rows]]


def _missing(sources: Sources) -> str:
    if find_spec("cleanlab") is None:
        return f"cleanlab is not installed; {install_command('audit')}"
    return "" if sources.embed is not None else "there are no embeddings"


def _asked(manifest: Manifest) -> tuple[Manifest | None, list[str]]:
    """The classes that can be asked about, and which cannot; None where fewer than two can."""
    table = manifest.table
    groups = table.groupby("label")["group"].nunique().reindex(range(len(manifest.class_names)), fill_value=0)
    few = [name for name, count in zip(manifest.class_names, groups, strict=True) if count < FEWEST]
    notes = [f"labels of {', '.join(few)} were not asked about: fewer than {FEWEST} groups of pictures"] if few else []
    if len(manifest.class_names) - len(few) < 2:
        return None, [f"fewer than two classes have {FEWEST} groups of pictures"]
    return replace(manifest, table=table[table["label"].map(groups) >= FEWEST]), notes


def _finding(
    asked: Manifest, row: int, likely: int, probabilities: FloatArray, share: float, names: list[str], labels: IntArray
) -> Finding:
    given, other = names[int(labels[row])], names[likely]
    return Finding(
        kind=KIND,
        name="mislabelled",
        images=(str(asked.table["id"].iloc[row]),),
        paths=(str(asked.table["path"].iloc[row]),),
        why=(
            f"it is labelled {given}, which has probability {probabilities[labels[row]]:.2g} by the pictures of other "
            f"groups; {other} has {probabilities[likely]:.2f}. Of {given}'s labels that look as wrong as this one, "
            f"{share:.0%} would if all were right"
        ),
        score=round(float(np.clip(1 - share - 0.001 * probabilities[labels[row]], 0, 1)), 6),
        suggestion=RELABEL,
        label=other,
        values={
            "given": given,
            "likely": other,
            "probability_of_given": round(float(probabilities[labels[row]]), 6),
            "probability_of_likely": round(float(probabilities[likely]), 6),
            "false_among_as_sure": round(share, 6),
        },
    )
