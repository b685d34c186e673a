"""TorchScript and torch.export beside the bundle: archives that hold code, with what is known of them as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assay.deploy.bundle.exports import ABOUT, Exports
from assay.deploy.bundle.format import Format
from assay.deploy.bundle.packing import packed
from assay.deploy.bundle.settings import ExportSettings
from assay.evaluation.record import save_record
from assay.files import sha256_of_file

if TYPE_CHECKING:
    from assay.data.image import Pixels
    from assay.deploy.bundle.bundle import Bundle
    from assay.deploy.graph.session import GraphSession
    from assay.predictions import Predictions
    from assay.predictor import Predictor
    from assay.tracking.read import RunRecord

LEGACY = "legacy: TorchScript is deprecated since torch 2.9; it takes pictures that the test transform has made"
CODE = "an archive that can run code when it is opened: open only one whose sha256 you know"


def export_torch(bundle: Bundle, record: RunRecord, settings: ExportSettings, folder: Path) -> dict[str, Format]:
    """Write what is asked for of these forms, each held against the float model; nothing where neither is.

    Raises:
        BundleError: a form cannot be exported, or does not say what the weights say.
    """
    from assay.deploy.export.exported_form import notes_on
    from assay.deploy.graph.torch_formats import (
        FILES,
        PROGRAM,
        TORCHSCRIPT,
        open_torch,
        write_program,
        write_torchscript,
    )

    writers = {TORCHSCRIPT: write_torchscript, PROGRAM: write_program}
    wanted: list[str] = [name for name in writers if name in settings.formats]
    if not wanted:
        return {}
    predictor = bundle.float_predictor
    formats: dict[str, Format] = {}
    with packed(folder) as making:
        for name in wanted:
            path = making.folder / FILES[name]
            writers[name](predictor, path)
            notes = (LEGACY, CODE) if name == TORCHSCRIPT else (*notes_on(predictor, inside=True), CODE)
            formats[name] = _held(bundle, record, name, path, open_torch(path), square=name == TORCHSCRIPT, notes=notes)
        digests = {FILES[name]: sha256_of_file(making.folder / FILES[name]) for name in wanted}
        save_record(making.folder / ABOUT, Exports(record.run_id, digests, formats), schema=1)
    return formats


def _held(
    bundle: Bundle,
    record: RunRecord,
    name: str,
    path: Path,
    session: GraphSession,
    *,
    square: bool,
    notes: tuple[str, ...],
) -> Format:
    from assay.deploy.bundle.answering import predict_files
    from assay.deploy.bundle.parity import in_order_of, parity, refusal_of_float
    from assay.errors import BundleError
    from assay.run.recorded_run import RecordedRun

    run = RecordedRun(record)
    test = run.manifest.only("test")
    predictor = bundle.float_predictor
    outputs = predict_files(
        partial(_predict, predictor, session, square), test, predictor.samples, what=f"{name}, test"
    )
    measured = run.predictions("test")
    measured_parity = parity(in_order_of(measured, outputs), predictor.calibrator, outputs, predictor.calibrator)
    if why := refusal_of_float(measured_parity):
        raise BundleError(f"{path.name}: the form {name} is refused: {why}")
    return Format(path.name, "", path.stat().st_size, measured_parity, notes=notes)


def _predict(predictor: Predictor, session: GraphSession, square: bool, images: Sequence[Pixels]) -> Predictions:
    from assay.deploy.graph.session import run
    from assay.predictor import unlabelled_predictions

    if square:
        output = session(predictor.pixels(images))
    else:
        output = run(session, predictor.prepared(images))
    logits, embeddings = (np.asarray(value) for value in (output.logits, output.embeddings))
    return unlabelled_predictions(images, logits, embeddings, predictor.class_names, ordered=predictor.ordered)
