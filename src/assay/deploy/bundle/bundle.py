"""Bundle: a folder that holds exactly what was measured, and answers as it was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assay.data.manifest import Manifest
from assay.deploy.bundle.answering import batches, predict_files
from assay.deploy.bundle.contents import ABOUT, FileEntry, check_contents
from assay.deploy.bundle.format import FLOAT, Format
from assay.deploy.bundle.well_formed import refuse_malformed
from assay.deploy.graph.onnx_predictor import OnnxPredictor
from assay.deploy.graph.session import GraphSession, OnnxSession
from assay.errors import BundleError, DataError, did_you_mean
from assay.evaluation.evidence import Evidence
from assay.evaluation.record import load_record
from assay.files import sha256_of_file
from assay.monitoring.profile import ABOUT as PROFILE
from assay.monitoring.profile import PROJECTION, Profile
from assay.postprocess.conformal import conformal_of
from assay.postprocess.projection import Projection
from assay.predictions import Predictions
from assay.predictor import Answer, Answerer, Picture
from assay.predictor.rules import ABOUT as RULES

if TYPE_CHECKING:
    from assay.predictor import Predictor

SCHEMA_VERSION = 1
PREDICTOR, EVIDENCE, MEASURED = "predictor", "evidence.json", "predictions.parquet"


SET_METHOD = "aps"
"""Kind of the conformal sets that are served: none of them is empty."""


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
        views: of each picture, whose mean embedding is answered by; () where a picture is shown as it is and once.
        serves: name of the format that answers, and whose evidence this is: "float", "onnx" or "int8".
        formats: what else the model was exported to, by name, with how far it says the same; refused ones too.
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
    views: tuple[str, ...] = ()
    serves: str = FLOAT
    formats: dict[str, Format] = field(default_factory=dict)
    files: dict[str, FileEntry] = field(default_factory=dict)


@dataclass(frozen=True)
class Bundle:
    """A saved predictor with its evidence, every file of it held against its sha256.

    Attributes:
        folder: where it lies.
        about: what it says of itself.
        cache_dir: where networks are kept that were exported for this machine.
        watched_by: folder of its profile where that lies beside it, and is the newer one; None for the one inside.
    """

    folder: Path
    about: About
    cache_dir: Path
    watched_by: Path | None = None

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
        for name, known in about.formats.items():
            for file in (known.file, f"{known.rules}/{RULES}") if known.file else ():
                if file not in about.files:
                    raise BundleError(f"{folder}: its format {name} names {file!r}, which is no file of the bundle")
        usable = {name: f"{known.rules}/{RULES}" for name, known in about.formats.items() if known.file}
        refuse_malformed(folder, about, {FLOAT: f"{PREDICTOR}/{RULES}", **usable})
        return cls(folder, about, cache_dir)

    @property
    def digest(self) -> str:
        """Hex sha256 of `bundle.json`, and so of all that it lists."""
        return sha256_of_file(self.folder / ABOUT)

    @cached_property
    def predictor(self) -> Answerer:
        """What answers in the served format, with the conformal sets and the smallest side that were measured."""
        return self.ready()

    @cached_property
    def float_predictor(self) -> Predictor:
        """The model as it was trained."""
        from assay.embeddings.onnx_runtime import EXPORTED
        from assay.predictor import Predictor

        return Predictor.load(self.folder / PREDICTOR, cache_dir=self.cache_dir / EXPORTED)

    def ready(self, *, threads: int | None = None) -> Answerer:
        """What answers for the bundle, in the format that it serves.

        Args:
            threads: as `answerer` takes it.
        """
        answerer = self.answerer(threads=threads)
        if (folder := self.profile_folder) is not None and (folder / PROJECTION).is_file():
            answerer = replace(answerer, projection=Projection.load(folder / PROJECTION))  # type: ignore[type-var]
        evidence = self.evidence if EVIDENCE in self.about.files else None
        if evidence is not None and evidence.delivery is not None:
            answerer = replace(answerer, smallest_side=evidence.delivery.smallest_side)  # type: ignore[type-var]
        conformal = evidence.conformal if evidence is not None else ()
        measured = [each for each in conformal if each.method == SET_METHOD]
        if not measured:
            return answerer
        sets = conformal_of(measured[0].method, measured[0].level, measured[0].limit)
        return replace(answerer, conformal=sets)  # type: ignore[type-var]

    def answerer(self, name: str = "", *, threads: int | None = None) -> Answerer:
        """What answers in one format.

        Args:
            name: "float", or one of `about.formats`; "" takes the one that the bundle serves.
            threads: that compute, for an ONNX format; None takes one per physical core.

        Raises:
            BundleError: the bundle has no such format.
        """
        name = name or self.about.serves
        if name == FLOAT:
            return self.float_predictor
        known = self._format(name)
        return OnnxPredictor.load(self.folder / known.file, self.folder / known.rules, threads=threads)

    def session(self, name: str = "", *, threads: int | None = None) -> GraphSession:
        """What computes in one format, from pictures of one size to probabilities, logits and embeddings.

        Pictures have to be as `Answerer.prepared` of the same format gives them.

        Args:
            name: as `answerer` takes it; "float" is PyTorch itself, with the same preprocessing inside.
            threads: that compute; PyTorch has one number for the whole process, which is left alone.

        Raises:
            BundleError: the bundle has no such format.
        """
        name = name or self.about.serves
        if name == FLOAT:
            from assay.deploy.graph.eager import EagerSession

            return EagerSession(self.float_predictor)
        return OnnxSession(self.folder / self._format(name).file, threads=threads)

    @cached_property
    def evidence(self) -> Evidence:
        """What was measured."""
        return Evidence.load(self.folder / EVIDENCE)

    @property
    def profile_folder(self) -> Path | None:
        """Where its reference profile lies; None where there is none: it was exported before there were profiles."""
        return self.watched_by or (self.folder if PROFILE in self.about.files else None)

    @cached_property
    def profile(self) -> Profile | None:
        """What it answers about images of calib and test; None where there is no profile.

        Raises:
            BundleError: it is another bundle's.
            DataError: it cannot be read.
        """
        if (folder := self.profile_folder) is None:
            return None
        profile, digest = Profile.load(folder), self.digest
        evidence = self.about.files[EVIDENCE].sha256 if EVIDENCE in self.about.files else ""
        if profile.about.bundle not in ("", digest) or profile.about.evidence != evidence:
            raise BundleError(f"{folder}: is the profile of another bundle than {self.folder}; make it again")
        return replace(profile, about=replace(profile.about, bundle=digest, made=profile.about.made or self.about.made))

    @cached_property
    def measured(self) -> Predictions:
        """What the model said about each test image when it was measured."""
        return Predictions.load(self.folder / MEASURED)

    def predict(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Answers about pictures: files, bytes of files, or decoded uint8 RGB [H, W, 3].

        Raises:
            DataError: a picture cannot be decoded.
        """
        return [answer for batch in batches(pictures) for answer in self.predictor.answers(batch)]

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
        return predict_files(self.predictor.raw_predictions, manifest, self.predictor.samples, what=what)

    def _format(self, name: str) -> Format:
        usable = {key: known for key, known in self.about.formats.items() if known.file}
        if name not in usable:
            refused = self.about.formats.get(name)
            why = refused.why if refused else did_you_mean(name, [FLOAT, *usable])
            raise BundleError(f"{self.folder}: the bundle has no format {name!r}: {why}")
        return usable[name]
