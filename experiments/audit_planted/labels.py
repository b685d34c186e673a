"""Labels that were exchanged for others: how many are listed, how surely, and beside cleanlab alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assay.audit.find import find
from assay.audit.finders.out_of_fold import out_of_fold_logits
from assay.audit.settings import FindSettings, Sources
from assay.data.manifest import COLUMNS, Manifest


def run(name: str, features: NDArray[np.float32], names: list[str], folder: Path, share: float = 0.05) -> dict:
    """Precision among the first k, where k labels were exchanged, and recall of what is listed.

    Args:
        name: of the dataset.
        features: [N, D].
        names: [N], the classes.
        folder: of the cache.
        share: of the labels that are exchanged.
    """
    from cleanlab.filter import find_label_issues

    rng = np.random.default_rng(0)
    classes, right = np.unique(names, return_inverse=True)
    wrong = rng.random(len(right)) < share
    labels = np.where(wrong, (right + rng.integers(1, len(classes), len(right))) % len(classes), right)
    manifest = _manifest(labels, classes)
    rows = {image: row for row, image in enumerate(manifest.ids.tolist())}

    def embed(asked: Manifest) -> NDArray[np.float32]:
        return features[[rows[image] for image in asked.ids.tolist()]]

    sources = Sources(folder / "cache", embed=embed, embedded_by=name)
    findings = find(manifest, sources, FindSettings(("label",)))
    listed = [rows[finding.images[0]] for finding in findings.findings]
    logits = out_of_fold_logits(features, labels, manifest.groups, classes=len(classes), seed=0)
    probabilities = np.exp(logits)
    alone = find_label_issues(labels, probabilities, n_jobs=1, return_indices_ranked_by="self_confidence")
    clean = find(_manifest(right, classes), sources, FindSettings(("label",)))
    k = int(wrong.sum())
    return {
        "dataset": name,
        "pictures": len(labels),
        "exchanged": k,
        "accuracy of the head": float((probabilities.argmax(axis=1) == right).mean()),
        "assay audit": _scores(listed, wrong, k),
        "cleanlab alone": _scores(alone.tolist(), wrong, k),
        "listed without exchanged labels": len(clean),
        "notes": list(findings.notes),
    }


def _scores(listed: list[int], wrong: NDArray[np.bool_], k: int) -> dict[str, float]:
    return {
        "listed": len(listed),
        "precision": float(wrong[listed].mean()) if listed else 1.0,
        "precision of the first k": float(wrong[listed[:k]].sum() / max(1, min(k, len(listed)))),
        "recall": float(wrong[listed].sum() / k),
    }


def _manifest(labels: NDArray[np.integer], classes: NDArray[np.str_]) -> Manifest:
    ids = [hashlib.sha256(str(row).encode()).hexdigest() for row in range(len(labels))]
    table = pd.DataFrame({"id": ids, "path": [f"/{row}" for row in range(len(labels))], "label": labels, "group": ids})
    for column, dtype in COLUMNS.items():
        if column not in table:
            table[column] = "train" if column == "split" else "" if dtype == "str" else 0
    return Manifest(table, tuple(str(name) for name in classes))
