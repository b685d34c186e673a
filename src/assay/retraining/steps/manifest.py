"""ManifestStep: the champion's dataset and the reviewed labels as a new version, whose test set is the champion's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from assay.data.lineage import Lineage
from assay.errors import DataError
from assay.retraining.step import StepContext
from assay.retraining.workshop import AUTHOR, Workshop
from assay.review.labels.label_set import TEST, TRAIN
from assay.run.reviewed_notes import SOURCE, is_reviewed_file

if TYPE_CHECKING:
    from assay.data.manifest import Manifest

FILE = "manifest.parquet"


@dataclass(frozen=True)
class ManifestStep:
    """Builds, checks and saves the manifest that is trained on.

    Attributes:
        workshop: what it works with.
    """

    workshop: Workshop
    name: ClassVar[str] = "manifest"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """JSON values: path, digest (its version), parent, what was added and left out, weights.

        Raises:
            DataError: the test set is not the champion's, or something of it would be trained on.
        """
        from assay.run.training_images import load_manifest

        recipe = context.results["recipe"]
        config = self.workshop.recipe_with(context.results)
        manifest = load_manifest(config)
        former = self.workshop.run_of(recipe).manifest
        ensure_frozen(manifest, former)
        added = manifest.table[manifest.table["source"].str.startswith(SOURCE)]
        left_out = Counter(
            _kind(reason)
            for path, reason in manifest.excluded[["path", "reason"]].itertuples(index=False)
            if is_reviewed_file(path)
        )
        changes = {"reviewed": len(added), "reviewed, left out": sum(left_out.values())}
        lineage = Lineage(str(recipe["manifest"]), AUTHOR, context.run.started, changes=changes)
        path = context.folder / FILE
        replace(manifest, lineage=lineage).save(path)
        weights = manifest.weights[manifest.table["source"].str.startswith(SOURCE).to_numpy()]
        return {
            "path": str(path),
            "digest": manifest.digest,
            "parent": recipe["manifest"],
            "train": len(manifest.only(TRAIN)),
            "added": len(added),
            "added_by_class": dict(Counter(manifest.class_names[label] for label in added["label"])),
            "left_out": dict(left_out.most_common()),
            "weights": [float(weights.min()), float(weights.max())] if len(weights) else [],
        }


def ensure_frozen(manifest: Manifest, former: Manifest) -> None:
    """Return where a manifest is tested on what the former one was, and trains on none of it.

    Args:
        manifest: that is to be trained on.
        former: that the champion was trained on.

    Raises:
        DataError: it is not so.
    """
    if (now := manifest.only(TEST).digest) != (before := former.only(TEST).digest):
        raise DataError(
            f"the test set is not the champion's any more ({now[:12]}, it was {before[:12]}): files of the dataset "
            "were added, removed or changed. Put them back, or train a run on the dataset as it is and promote it"
        )
    train, test = manifest.only(TRAIN).table, manifest.only(TEST).table
    for column in ("id", "group"):
        if both := set(train[column]) & set(test[column]):
            raise DataError(f"{len(both)} of the {column}s in train are in test too (first: {min(both)[:12]})")


def _kind(reason: str) -> str:
    return f"a copy of a picture in {reason.rpartition(' in ')[2]}" if reason.startswith("a copy of ") else reason
