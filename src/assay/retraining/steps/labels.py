"""LabelsStep: what reviewers have decided until the retraining began becomes a set of labels for train."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from assay.disk import remove
from assay.retraining.step import ENDS, VERDICT, StepContext
from assay.retraining.workshop import AUTHOR, Workshop
from assay.review.labels.files import ABOUT, TABLE, read_set
from assay.review.labels.label_set import TRAIN, label_sets
from assay.review.labels.selection import ClientShare, select_labels
from assay.run.reviewed_notes import SOURCE, is_reviewed_file
from assay.serving.manage_labels import selection_notes, write_selection

if TYPE_CHECKING:
    from assay.data.manifest import Manifest

NOTHING = "nothing new"
ANYWAY = "anyway"
"""Fact of a run that a person has asked for although nothing is new."""
FOLDER = "labels"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LabelsStep:
    """Chooses, caps, holds back and weighs labels, and writes them as a set that the store knows.

    Attributes:
        workshop: what it works with.
    """

    workshop: Workshop
    name: ClassVar[str] = "labels"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """JSON values: folder, digest, labels, how many are new, how they were chosen, what was left out and why."""
        folder, name = context.folder / FOLDER, f"retrain-{context.run.id}"
        manifest = self.workshop.run_of(context.results["recipe"]).manifest
        if not self._is_written(name, folder):
            for file in (TABLE, ABOUT):  # of an attempt that was killed before the store knew the set
                remove(folder / file)
            base = len(manifest.only(TRAIN)) - len(_reviewed(manifest))
            selection = select_labels(
                self.workshop.store,
                self.workshop.pictures,
                TRAIN,
                agreed=self.workshop.settings.agreed,
                most=ClientShare(self.workshop.settings.client_share, base),
                until=context.run.started,
            )
            for note in selection_notes(selection):
                logger.warning("labels of retraining %s: %s", context.run.id, note)
            if not selection.gathered.labels:
                if context.run.facts.get(ANYWAY):
                    return {"folder": "", "digest": "", "labels": 0, "new": 0, "left_out": selection.gathered.reasons}
                reasons = "; ".join(f"{count} {why}" for why, count in selection.gathered.reasons.items())
                return {ENDS: f"no label can be trained on: {reasons or 'nothing was reviewed'}", VERDICT: NOTHING}
            write_selection(
                self.workshop.store, self.workshop.pictures, selection, folder, name=name, split=TRAIN, actor=AUTHOR
            )
        written = read_set(folder, where=str(folder))
        about = json.loads((folder / ABOUT).read_text("utf-8"))
        stems = {label.path(self.workshop.pictures).stem for label in written.labels}
        new = stems - _reviewed(manifest) - _left_out(manifest)
        result = {
            "folder": str(folder),
            "digest": written.digest,
            "labels": len(written.labels),
            "new": len(new),
            "chosen": about.get("chosen", {}),
            "left_out": about["left_out"],
        }
        if new or context.run.facts.get(ANYWAY):
            return result
        return {**result, ENDS: "no label is new since the champion's", VERDICT: NOTHING}

    def _is_written(self, name: str, folder: Path) -> bool:
        with self.workshop.store.reading() as connection:
            return any(each.name == name and each.folder == str(folder) for each in label_sets(connection))


def _reviewed(manifest: Manifest) -> set[str]:
    """Names of the reviewed pictures that a manifest trains on."""
    table = manifest.table[(manifest.table["split"] == TRAIN) & manifest.table["source"].str.startswith(SOURCE)]
    return {Path(path).stem for path in table["path"]}


def _left_out(manifest: Manifest) -> set[str]:
    """Names of the reviewed pictures that a manifest does without: copies and the like stay so, and are nothing new."""
    return {Path(path).stem for path in manifest.excluded["path"] if is_reviewed_file(path)}
