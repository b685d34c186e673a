"""`assay explain`: where a trained model looks, and whether its maps mean something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from omegaconf import DictConfig

from assay.config.targets import build
from assay.errors import ConfigError, DataError, TrackingError
from assay.files import digest_of
from assay.run.explain_request import ExplainRequest
from assay.run.val_only import refuse_val_only
from assay.run.workspace import cache_folder, open_store
from assay.tracking.run_files import EVIDENCE, EXPLANATIONS

if TYPE_CHECKING:
    from assay.evaluation.explanation import ExplanationEvidence
    from assay.explain.cases import ExplainedCase
    from assay.explain.heat import HeatScale
    from assay.explain.maps import ImageFile, MapMaker
    from assay.predictions import FloatArray, Predictions
    from assay.predictor import Predictor
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore


@dataclass(frozen=True)
class ExplainedRun:
    """A run as explaining needs it.

    Attributes:
        record: of the run in the store.
        predictor: what was trained.
        predictions: on the test split.
        probabilities: [N, C], calibrated, of `predictions`.
        files: image id -> its file, of every split.
    """

    record: RunRecord
    predictor: Predictor
    predictions: Predictions
    probabilities: FloatArray
    files: dict[str, Path]


@dataclass(frozen=True)
class Explained:
    """What the command leaves.

    Attributes:
        folder: page, form, sheets and overlays.
        evidence: of the checks; None when they were not made.
        computed: maps that were not in the cache.
    """

    folder: Path
    evidence: ExplanationEvidence | None
    computed: int


def explain(request: ExplainRequest, config: DictConfig) -> Explained:
    """Explain pictures by a run's model, write the pages, and record them and the checks in the run.

    Raises:
        AssayError: no such run, image or class, or a picture that cannot be read.
    """
    from assay.explain.cases import cases_of, random_rows, with_target
    from assay.explain.heat import HeatScale
    from assay.explain.maps import MapMaker

    store = open_store(config)
    subject = _load(store.find(request.run), config)
    predictor, test = subject.predictor, subject.predictions
    maker = MapMaker(
        predictor.network, predictor.preprocessing, build(config.explain), cache_dir=cache_folder(config) / EXPLANATIONS
    )
    rows = random_rows(test, request.count, seed=config.seed)
    reference = cases_of(test, subject.probabilities, rows, subject.files, "random")
    cases = with_target(_cases(request, subject, reference), request.target, predictor.class_names)
    reference_maps = maker([case.picture for case in reference], np.array([case.target for case in reference]))
    scale = HeatScale.of(reference_maps, size=predictor.preprocessing.size)
    checked = None
    if request.sanity:
        checked = _check(maker, subject, reference, reference_maps, scale, config.seed)
    folder = _write(request, subject, maker, cases, scale, checked)
    _record(store, subject.record, folder, checked)
    return Explained(folder, checked, maker.computed)


def _load(record: RunRecord, config: DictConfig) -> ExplainedRun:
    """Model, predictions and images of a run, from its folder on this machine or from the store."""
    from assay.run.recorded_run import RecordedRun

    refuse_val_only(record, "explained")

    run = RecordedRun(record)
    try:
        predictor = run.predictor(cache_dir=cache_folder(config))
        predictions, images = run.predictions("test"), run.manifest_to_read
    except TrackingError as error:
        raise DataError(f"run {record.run_id} ({record.status}) cannot be explained: {error}") from error
    files = dict(zip(images.ids.tolist(), images.paths, strict=True))
    return ExplainedRun(record, predictor, predictions, predictor.probabilities(predictions), files)


def _cases(request: ExplainRequest, subject: ExplainedRun, reference: list[ExplainedCase]) -> list[ExplainedCase]:
    """The pictures that `images=` names; what the model says about them is looked up, or asked where it is new."""
    from assay.explain.cases import SHORTEST_ID, ExplainedCase, cases_of, ids_like, pictures_in, worst_rows
    from assay.explain.maps import ImageFile

    words = request.images.split(",")
    test, probabilities = subject.predictions, subject.probabilities
    if set(words) <= {"random", "errors"}:
        worst = worst_rows(test, probabilities, request.count) if "errors" in words else []
        cases = [
            *(reference if "random" in words else []),
            *cases_of(test, probabilities, worst, subject.files, "errors"),
        ]
        if not cases:
            raise DataError("images=errors: the model makes no error on the test images")
        return cases
    path = Path(request.images).expanduser()
    if path.exists():
        pictures = pictures_in(path)
    elif all(len(word) >= SHORTEST_ID and set(word) <= set("0123456789abcdef") for word in words):
        pictures = [ImageFile(image_id, subject.files[image_id]) for image_id in ids_like(words, list(subject.files))]
    else:
        raise ConfigError(
            f"images={request.images}: no such file or folder, and not random, errors, or ids of images (their first "
            f"{SHORTEST_ID} or more characters)"
        )
    known = {str(image_id): row for row, image_id in enumerate(test.ids)}
    cases = []
    for picture, answer in zip(pictures, _answers(subject, pictures), strict=True):
        row = known.get(picture.id)
        label = None if row is None or test.labels[row] < 0 else int(test.labels[row])
        best = int(answer.argmax())
        cases.append(ExplainedCase(picture, "asked", best, float(answer[best]), label, best, picture.id))
    return cases


def _answers(subject: ExplainedRun, pictures: Sequence[ImageFile]) -> FloatArray:
    from assay.explain.served import served_probabilities

    return served_probabilities(subject.predictor)(_pixels(subject, pictures))


def _pixels(subject: ExplainedRun, pictures: Sequence[ImageFile]) -> np.ndarray:
    """uint8 [N, 3, S, S], as the network gets them."""
    from assay.data.image import read_image
    from assay.progress import track

    preprocessing = subject.predictor.preprocessing
    ready = [
        preprocessing(read_image(picture.path, preprocessing.samples)).transpose(2, 0, 1)
        for picture in track(pictures, "reading")
    ]
    return np.stack(ready)


def _check(
    maker: MapMaker,
    subject: ExplainedRun,
    reference: list[ExplainedCase],
    maps: np.ndarray,
    scale: HeatScale,
    seed: int,
) -> ExplanationEvidence:
    from assay.evaluation.resampling import Resampling
    from assay.explain.sanity.check import check_maps
    from assay.explain.served import served_probabilities

    return check_maps(
        maker,
        _pixels(subject, [case.picture for case in reference]),
        maps,
        np.array([case.target for case in reference]),
        served_probabilities(subject.predictor),
        groups=np.array([case.group for case in reference]),
        scale=scale,
        split=subject.predictions.split,
        resampling=Resampling(seed=seed),
    )


def _write(
    request: ExplainRequest,
    subject: ExplainedRun,
    maker: MapMaker,
    cases: list[ExplainedCase],
    scale: HeatScale,
    checked: ExplanationEvidence | None,
) -> Path:
    """Overlays, sheets, page and form into a folder of the run; what an expert has filled in there stays."""
    from assay.explain.drawn import draw
    from assay.explain.overlay import write_png
    from assay.explain.page import write_page
    from assay.explain.review import form_rows, read_form, write_form
    from assay.explain.sheet import write_sheet

    names = subject.predictor.class_names
    folder = subject.record.folder / EXPLANATIONS / _folder_name(request, cases, maker.method.name)
    form = read_form(folder / "review.csv")
    maps = maker([case.picture for case in cases], np.array([case.target for case in cases]))
    drawn = list(draw(cases, maps, scale, subject.predictor.preprocessing))
    for stale in (folder / "overlays").glob("*.png"):
        stale.unlink()
    for drawn_case in drawn:
        write_png(
            drawn_case.overlay, folder / "overlays" / f"{drawn_case.case.picture.id[:16]}-{drawn_case.case.target}.png"
        )
    layer = f"layer {maker.layer.name}, {maker.layer.height}×{maker.layer.width} cells" if maker.layer else "all pixels"
    facts = {
        "run": subject.record.run_id[:12],
        "backbone": subject.predictor.network.backbone.name,
        "method": maker.method.title,
        "explains": layer,
        "class": request.target,
        "pictures": str(len(cases)),
    }
    if subject.predictor.network.backbone.passes > 1:
        facts["shown"] = "each picture as it is; answers are the mean over several views"
    for sheet in dict.fromkeys(case.sheet for case in cases):
        places = [index for index, drawn_case in enumerate(drawn) if drawn_case.case.sheet == sheet]
        write_sheet(
            [drawn[index] for index in places],
            folder / f"{sheet}.png",
            title={"random": "Random predictions", "errors": "Most confident errors"}.get(sheet, "Chosen pictures"),
            subtitle=f"{subject.record.name} · {maker.method.title}, {layer}",
            scale=scale,
            class_names=names,
            first=places[0] + 1,
        )
    rows = form_rows(cases, [drawn_case.signal for drawn_case in drawn], names, form)
    write_form(rows, folder / "review.csv")
    write_page(
        drawn,
        rows,
        folder / "index.html",
        title=subject.record.name,
        facts=facts,
        scale=scale,
        class_names=names,
        evidence=checked,
        key=digest_of([subject.record.run_id, maker.method.settings, [case.picture.id for case in cases]])[:16],
    )
    return folder


def _folder_name(request: ExplainRequest, cases: list[ExplainedCase], method: str) -> str:
    """One folder per method, selection and target, so that filled-in forms of one do not meet the others."""
    parts_of_name = [method]
    if request.images != "random,errors":
        parts_of_name.append("-".join(sorted({case.sheet for case in cases})))
    if request.target != "predicted":
        parts_of_name.append("".join(letter if letter.isalnum() else "_" for letter in request.target)[:40])
    return "-".join(parts_of_name)


def _record(store: TrackingStore, record: RunRecord, folder: Path, checked: ExplanationEvidence | None) -> None:
    """Pages and scores into the run, and the checks into its evidence."""
    from assay.evaluation.evidence import Evidence
    from assay.tracking.seal import broken_seals, seals

    run = store.amend_run(record.run_id)
    if checked is not None:
        path = record.folder / EVIDENCE
        before = record.file(EVIDENCE)
        untouched = not broken_seals({EVIDENCE: before}, record.tags)
        replace(Evidence.load(before), explanation=checked).save(path)
        if untouched:  # what somebody has changed by hand is not vouched for
            run.set_tags(seals(record.folder, [EVIDENCE]))
        run.log_artifact(path)
        run.log_metrics(checked.measured())
    run.log_artifact(folder, EXPLANATIONS)
