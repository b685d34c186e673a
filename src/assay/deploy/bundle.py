"""Bundle: a folder that holds exactly what was measured, and answers as it was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from assay.data.manifest import Manifest
from assay.deploy.contents import FileEntry, check_contents
from assay.errors import BundleError, DataError
from assay.evaluation.evidence import Evidence
from assay.evaluation.record import load_record
from assay.files import sha256_of_file
from assay.predictions import Predictions, joined
from assay.predictor import Answer, Picture, Predictor, decoded
from assay.progress import track

SCHEMA_VERSION = 1
ABOUT, PREDICTOR, EVIDENCE, MEASURED = "bundle.json", "predictor", "evidence.json", "predictions.parquet"
BATCH = 32


@dataclass(frozen=True)
class About:
    """What `bundle.json` says.

    Attributes:
        name: of the run.
        run_id: MLflow's id of the run.
        made: when, ISO 8601, UTC.
        backbone: architecture.
        seed: of the training.
        class_names: C names, in the order of the probabilities.
        ordered: whether the classes are grades.
        dataset_digest: of all images that the model has seen or was measured on.
        test_digest: of the test images alone.
        config_digest: of the training's config.
        git_commit: of the code that trained it.
        git_dirty: "true", "false" or "unknown": whether that code had changes that are not in the commit.
        lock_digest: of the installed packages.
        licences: what binds whoever uses the model: licences of the images, of the pretrained weights.
        serves: name of the format that answers.
        files: every other file of the folder by its path within it.
    """

    name: str
    run_id: str
    made: str
    backbone: str
    seed: int
    class_names: tuple[str, ...]
    ordered: bool
    dataset_digest: str
    test_digest: str
    config_digest: str
    git_commit: str
    git_dirty: str
    lock_digest: str
    licences: tuple[str, ...]
    serves: str = "float"
    files: dict[str, FileEntry] = field(default_factory=dict)


@dataclass(frozen=True)
class Bundle:
    """A saved predictor with its evidence, every file of it held against its sha256.

    Attributes:
        folder: where it lies.
        about: what it says of itself.
        cache_dir: where networks are kept that were exported for this machine.
    """

    folder: Path
    about: About
    cache_dir: Path

    @classmethod
    def open(cls, folder: Path, *, cache_dir: Path) -> Bundle:
        """The bundle in a folder, once every file in it has turned out to be what was written there.

        Needs no training config and no network, and unpickles nothing.

        Raises:
            BundleError: there is none, or a file is missing, changed, unknown, or of a kind that can run code; the
                message names it.
        """
        try:
            about = load_record(folder / ABOUT, About, "bundle", schema=SCHEMA_VERSION)
        except DataError as error:
            raise BundleError(str(error)) from error
        check_contents(folder, about.files, besides=ABOUT)
        return cls(folder, about, cache_dir)

    @property
    def digest(self) -> str:
        """Hex sha256 of `bundle.json`, and so of all that it lists."""
        return sha256_of_file(self.folder / ABOUT)

    @cached_property
    def predictor(self) -> Predictor:
        """What answers."""
        return Predictor.load(self.folder / PREDICTOR, cache_dir=self.cache_dir)

    @cached_property
    def evidence(self) -> Evidence:
        """What was measured."""
        return Evidence.load(self.folder / EVIDENCE)

    @cached_property
    def measured(self) -> Predictions:
        """What the model said about each test image when it was measured."""
        return Predictions.load(self.folder / MEASURED)

    def predict(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Answers about pictures: files, bytes of files, or decoded uint8 RGB [H, W, 3].

        Raises:
            DataError: a picture cannot be decoded.
        """
        return [answer for batch in _batches(pictures) for answer in self.predictor.answers(batch)]

    def predictions(self, manifest: Manifest, *, what: str = "scoring") -> Predictions:
        """What the served model says now, before calibration, about the images of one split, from their files.

        Args:
            manifest: of one split; its files are read again.
            what: what progress calls the work.

        Raises:
            DataError: a file cannot be read, or holds another picture than the manifest says; classes differ.
        """
        if manifest.class_names != self.about.class_names:
            raise DataError(
                f"the bundle knows the classes {', '.join(self.about.class_names)}, the images are of "
                f"{', '.join(manifest.class_names)}"
            )
        changed = [path for path, known in zip(manifest.paths, manifest.ids, strict=True) if _other(path, known)]
        if changed:
            raise DataError(
                f"{len(changed)} of {len(manifest)} files hold another picture than when the run was measured (first: "
                f"{changed[0]}); bring the former files back"
            )
        batches = track(list(_batches(manifest.paths)), what, unit="batches")
        said = [self.predictor.look([decoded(path, str(path)) for path in batch]) for batch in batches]
        return joined(said).about(manifest.ids, manifest.groups, manifest.labels, manifest.splits[0])


def _batches(pictures: Sequence[Picture]) -> Iterator[Sequence[Picture]]:
    for start in range(0, len(pictures), BATCH):
        yield pictures[start : start + BATCH]


def _other(path: Path, known: np.str_) -> bool:
    try:
        return sha256_of_file(path) != known
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
