"""`assay fidelity`: how near generated images come to real ones, and how many of them are copies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from assay.config.changed import changed
from assay.errors import TrackingError
from assay.run.fidelity import fidelity_key, generated_images, measured
from assay.run.fidelity_request import FidelityRequest
from assay.run.images import load_real_manifest
from assay.run.workspace import environment_tags, opened, tracking_store
from assay.synthetic.training.source import synthetic_place
from assay.tracking.names import dataset_name

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.synthetic.fidelity.record import FidelityEvidence
    from assay.tracking.store import TrackingStore

PAGE, JSON, CSV, PAIRS = "fidelity.html", "fidelity.json", "fidelity.csv", "pairs.csv"
SCORES, SHEET, MADE, NEAREST = "scores.png", "sheet.png", "generated.png", "pairs.png"
GENERATED = "generated.parquet"
"""The generated images that were measured, out of which a sample can be drawn for review."""
FILES = (PAGE, JSON, CSV, PAIRS, SCORES, SHEET, MADE, NEAREST, GENERATED)
KEY = "assay.fidelity"
"""Tag of a run that holds a measurement: what it depends on, as a digest."""


@dataclass(frozen=True)
class MeasuredFidelity:
    """What the command leaves.

    Attributes:
        evidence: what was measured.
        folder: page, tables and pictures.
        run: id of the run that holds it; None where it could not be recorded.
        before: whether the run was there already.
        problem: why it could not be recorded; "" where it was.
    """

    evidence: FidelityEvidence
    folder: Path
    run: str | None
    before: bool = False
    problem: str = ""


def fidelity(request: FidelityRequest, config: DictConfig) -> MeasuredFidelity:
    """Read both sides, measure, write the report, and record it as a run of its own.

    The same measurement is recorded once: called again, its run is named.

    Raises:
        AssayError: images, weights or store are not there.
    """
    synthetic_place(request.synthetic)  # before the real images are listed, which can take minutes
    store = tracking_store(config).of_dataset(dataset_name(config.data))
    config = changed(config, {"data.ood": [], "data.ood_val": []})  # no part of the comparison
    real = load_real_manifest(config)
    generated = generated_images(config, request.synthetic, real, layout=request.layout)
    evidence = measured(config, real, generated)
    key = fidelity_key(config, real, generated)
    name = Path(request.synthetic).expanduser().absolute().name
    folder = Path(request.output).expanduser() if request.output else _folder(store, name, key)
    if not _is_written(folder, evidence):
        _write(folder, evidence, real, generated, _facts(request, config, evidence, real))
    try:
        run, before = _record(store, config, request, evidence, folder, key, name, real)
    except TrackingError as error:
        problem = f"the measurement is in {folder}, but could not be recorded: {error}"
        return MeasuredFidelity(evidence, folder, None, problem=problem)
    return MeasuredFidelity(evidence, folder, run, before)


def _folder(store: TrackingStore, name: str, key: str) -> Path:
    """One folder for each measurement, so that the same takes its own place again."""
    plain = re.sub(r"[^\w.=+-]+", "-", name).strip("-.") or "generated"
    return store.work.parent / "fidelity" / f"{plain}-{key[:8]}"


def _is_written(folder: Path, evidence: FidelityEvidence) -> bool:
    """Whether the folder holds the whole report of this evidence; the JSON is written last."""
    from assay.errors import DataError
    from assay.synthetic.fidelity.record import FidelityEvidence as Record

    if not all((folder / name).exists() for name in FILES):
        return False
    try:
        return Record.load(folder / JSON) == evidence
    except DataError:
        return False


def _write(
    folder: Path, evidence: FidelityEvidence, real: Manifest, generated: Manifest, facts: dict[str, str]
) -> None:
    from assay.pages.png import to_png
    from assay.synthetic.report.page import write_page
    from assay.synthetic.report.plot import scores_plot
    from assay.synthetic.report.sheet import chosen_pictures, write_generated_sheet, write_pairs_sheet, write_sheet
    from assay.synthetic.report.table import write_pairs, write_rows

    folder.mkdir(parents=True, exist_ok=True)
    (folder / JSON).unlink(missing_ok=True)
    size = int(facts["size"].split()[0])
    pictures = chosen_pictures(evidence, real, generated, size=size)
    to_png(scores_plot(evidence), folder / SCORES)
    write_sheet(folder / SHEET, evidence, pictures)
    write_generated_sheet(folder / MADE, evidence, pictures)
    write_pairs_sheet(folder / NEAREST, evidence, pictures)
    write_page(folder / PAGE, evidence, pictures, facts=facts, size=size)
    write_rows(folder / CSV, evidence)
    write_pairs(folder / PAIRS, evidence)
    generated.save(folder / GENERATED)
    evidence.save(folder / JSON)


def _record(
    store: TrackingStore,
    config: DictConfig,
    request: FidelityRequest,
    evidence: FidelityEvidence,
    folder: Path,
    key: str,
    name: str,
    real: Manifest,
) -> tuple[str, bool]:
    """The run that holds the measurement, and whether it was there before."""
    from assay.tracking.search import search
    from assay.tracking.sqlite_lookup import finished_run

    if known_run := finished_run(store, KEY, key):
        return known_run, True
    opened(store)
    known = search(store, {KEY: key}, status="FINISHED")
    if known:
        return known[0].run_id, True
    params = {
        "data": OmegaConf.to_container(config.data, resolve=True),
        "fidelity": OmegaConf.to_container(config.fidelity, resolve=True),
        "synthetic": {"path": request.synthetic, "layout": request.layout},
        "seed": config.seed,
    }
    tags = {**environment_tags(config), **evidence.tags(), "dataset_digest": real.digest, KEY: key}
    with store.start_run(f"fidelity {name}", params=params, tags=tags) as run:
        run.log_dataset(real)
        run.log_metrics(evidence.flat())
        for file in FILES:
            run.log_artifact(folder / file)
        return run.run_id, False


def _facts(request: FidelityRequest, config: DictConfig, evidence: FidelityEvidence, real: Manifest) -> dict[str, str]:
    whole, makers = evidence.row(), len(evidence.generators)
    return {
        "generated": f"{whole.generated if whole else 0:,} images, {makers} generator{'' if makers == 1 else 's'}",
        "real": f"{whole.real if whole else 0:,} images of {', '.join(evidence.against)}",
        "features": evidence.extractor.rpartition("@")[0],
        "size": f"{config.fidelity.size or config.data.image_size} pixels, {config.data.resize}",
        "dataset": real.digest[:12],
        "folder": Path(request.synthetic).name,
        "made": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
