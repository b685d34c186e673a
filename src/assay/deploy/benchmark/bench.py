"""`assay bench`: what a bundle costs to run on this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.deploy.benchmark.pictures import _pictures
from assay.deploy.benchmark.request import BenchmarkRequest
from assay.errors import AssayError, BundleError, ConfigError, TrackingError

if TYPE_CHECKING:
    from assay.deploy.benchmark.benchmark import Benchmark
    from assay.deploy.bundle.bundle import Bundle
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

PAGE, JSON, CSV, PNG = "bench.html", "bench.json", "bench.csv", "bench.png"
KEPT = "bench.kept.jsonl"
FOLDER = "bench"


@dataclass(frozen=True)
class Benched:
    """What the command leaves.

    Attributes:
        benchmark: what was measured.
        folder: page and tables.
        run: id of the run that it was recorded in; "" where the store has none.
        problem: why it could not be recorded, though there is a run; "" without one.
    """

    benchmark: Benchmark
    folder: Path
    run: str = ""
    problem: str = ""


def bench(request: BenchmarkRequest, config: DictConfig) -> Benched:
    """Open the bundle, measure it, write page and tables, and record them in its run.

    Raises:
        AssayError: there is no such bundle, run, version or format, or a picture cannot be decoded.
    """
    from assay.deploy.benchmark.benchmark import Settings, measure
    from assay.run.workspace import tracking_store

    store = tracking_store(config)
    bundle = _bundle(request, config, store)
    record = _record_of(store, bundle, insist=not request.bundle)
    pictures, about = _pictures(request, record, int(config.seed))
    settings = Settings(
        formats=request.formats,
        batch_sizes=request.batch_sizes,
        threads=request.threads,
        runs=request.runs,
        warmup=request.warmup,
        seconds=request.seconds,
    )
    beside, remarks = _beside(record)
    folder = _folder(request, record, store)
    folder.mkdir(parents=True, exist_ok=True)
    keep = folder / KEPT
    benchmark = measure(bundle, pictures, settings, about=about, beside=beside, remarks=remarks, keep=keep)
    files = _write(folder, benchmark)
    keep.unlink(missing_ok=True)
    if record is None:
        return Benched(benchmark, folder)
    try:
        run = store.amend_run(record.run_id)
        for file in files:
            run.log_artifact(file, FOLDER)
        run.log_metrics(benchmark.flat())
    except TrackingError as error:
        return Benched(benchmark, folder, problem=f"the benchmark is in {folder}, but could not be recorded: {error}")
    return Benched(benchmark, folder, record.run_id)


def _bundle(request: BenchmarkRequest, config: DictConfig, store: TrackingStore) -> Bundle:
    from assay.deploy.bundle.bundle import Bundle
    from assay.deploy.export.export import bundle_of
    from assay.deploy.mlflow.model import fetch_bundle
    from assay.run.workspace import cache_folder, existing

    if request.bundle:
        folder = Path(request.bundle).expanduser()
        if not folder.is_dir():
            raise ConfigError(f"bundle={request.bundle}: there is no such folder; make one with assay export run=…")
        return Bundle.open(folder, cache_dir=cache_folder(config))
    existing(store)
    if request.model:
        return fetch_bundle(store, request.model, cache_dir=cache_folder(config), history=config.registry.history)
    return bundle_of(config, store, store.find(request.run))


def _record_of(store: TrackingStore, bundle: Bundle, *, insist: bool) -> RunRecord | None:
    """The bundle's run; a bundle in a folder may come from another store, or from none."""
    try:
        return store.find(bundle.about.run_id)
    except AssayError:
        if insist:
            raise
        return None


def _beside(record: RunRecord | None) -> tuple[dict[str, Path], list[str]]:
    """Files of the forms that were exported beside the run's bundle, and why they are left out where they are."""
    from assay.deploy.bundle import exports
    from assay.tracking.seal import TAG

    if record is None:
        return {}, []
    try:
        folder = record.file(exports.FOLDER)
    except TrackingError:
        return {}, []
    try:
        seal = record.tags.get(f"{TAG}{exports.ABOUT}", "")
        return exports.sealed_exports(folder, run_id=record.run_id, seal=seal), []
    except BundleError as error:
        return {}, [f"TorchScript and torch.export are left out, since opening them runs code: {error}"]


def _folder(request: BenchmarkRequest, record: RunRecord | None, store: TrackingStore) -> Path:
    if request.output:
        return Path(request.output).expanduser()
    if record is not None:
        return record.folder / FOLDER
    name = re.sub(r"[^\w.=+-]+", "-", Path(request.bundle).expanduser().resolve().name).strip("-.")
    return store.work.parent / "benchmarks" / (name or "bundle")


def _write(folder: Path, benchmark: Benchmark) -> list[Path]:
    from assay.deploy.benchmark.figures import write_png
    from assay.deploy.benchmark.page import write_page

    write_page(folder / PAGE, benchmark)
    write_png(folder / PNG, benchmark)
    benchmark.save_json(folder / JSON)
    benchmark.save_csv(folder / CSV)
    return [folder / name for name in (PAGE, JSON, CSV, PNG)]
