"""`assay bench`: what a bundle costs to run on this machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.targets import build
from assay.errors import AssayError, BundleError, ConfigError, DataError, TrackingError
from assay.tasks.bench_words import Asked, help_text, understood

if TYPE_CHECKING:
    from assay.deploy.benchmark.benchmark import Benchmark
    from assay.deploy.bundle import Bundle
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

PAGE, JSON, CSV, PNG = "bench.html", "bench.json", "bench.csv", "bench.png"
FOLDER = "bench"
PICTURES = 64
"""Pictures that a benchmark goes through again and again."""
MADE_UP = 300
"""Side of made-up pictures, in pixels."""


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


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name; a missed target is an answer, not a failure."""
    if any(word in ("-h", "--help") for word in arguments):
        print(help_text(program))
        return
    benched = bench(*understood(arguments))

    from assay.tasks.bench_show import show

    show(benched.benchmark, benched.folder, _recorded(benched))
    if benched.problem:
        raise TrackingError(benched.problem)


def bench(asked: Asked, config: DictConfig) -> Benched:
    """Open the bundle, measure it, write page and tables, and record them in its run.

    Raises:
        AssayError: there is no such bundle, run, version or format, or a picture cannot be decoded.
    """
    from assay.deploy.benchmark.benchmark import Settings, measure

    store: TrackingStore = build(config.tracking)
    bundle = _bundle(asked, config, store)
    record = _record_of(store, bundle, insist=not asked.bundle)
    pictures, about = _pictures(asked, record, int(config.seed))
    settings = Settings(
        formats=asked.formats,
        batch_sizes=asked.batch_sizes,
        threads=asked.threads,
        runs=asked.runs,
        warmup=asked.warmup,
        seconds=asked.seconds,
    )
    beside, remarks = _beside(record)
    folder = _folder(asked, record, store)
    folder.mkdir(parents=True, exist_ok=True)
    benchmark = measure(bundle, pictures, settings, about=about, beside=beside, remarks=remarks)
    files = _write(folder, benchmark)
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


def _bundle(asked: Asked, config: DictConfig, store: TrackingStore) -> Bundle:
    from assay.deploy.bundle import Bundle
    from assay.deploy.mlflow_model import fetch_bundle
    from assay.tasks.export import bundle_of
    from assay.tasks.parts import cache_folder

    if asked.bundle:
        folder = Path(asked.bundle).expanduser()
        if not folder.is_dir():
            raise ConfigError(f"bundle={asked.bundle}: there is no such folder; make one with assay export run=…")
        return Bundle.open(folder, cache_dir=cache_folder(config))
    store.check()
    if asked.model:
        return fetch_bundle(store, asked.model, cache_dir=cache_folder(config))
    return bundle_of(config, store, store.find(asked.run))


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
    from assay.deploy import exports
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


def _pictures(asked: Asked, record: RunRecord | None, seed: int) -> tuple[list[bytes], str]:
    """Files as bytes, and what they are: those asked for, else test images of the run, else made up."""
    from assay.data.image import read_bytes

    if asked.images:
        files = _files(Path(asked.images).expanduser())
        return [read_bytes(path) for path in files], f"{len(files)} from {Path(asked.images).name}"
    test = [] if record is None else _test_files(record, seed)
    if test:
        try:
            return [read_bytes(path) for path in test], f"{len(test)} test images"
        except DataError:
            pass
    return _made_up(), f"4 made up, {MADE_UP}×{MADE_UP}, JPEG (the run's test images are not here)"


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = sorted(one for one in path.rglob("*") if one.is_file() and not one.name.startswith("."))[:PICTURES]
    if not files:
        raise ConfigError(f"images={path}: there is no such picture, nor a folder with any")
    return files


def _test_files(record: RunRecord, seed: int) -> list[Path]:
    import numpy as np

    from assay.data.manifest import Manifest

    try:
        paths = Manifest.load(record.file("manifest.parquet")).only("test").paths
    except AssayError:
        return []
    rows = np.random.default_rng(seed).permutation(len(paths))[:PICTURES]
    return [paths[row] for row in rows]


def _made_up() -> list[bytes]:
    import io

    from PIL import Image

    from assay.embeddings.runtime import made_up_pictures

    files = []
    for pixels in made_up_pictures(MADE_UP, 4):
        buffer = io.BytesIO()
        Image.fromarray(pixels.transpose(1, 2, 0)).save(buffer, "JPEG", quality=90)
        files.append(buffer.getvalue())
    return files


def _folder(asked: Asked, record: RunRecord | None, store: TrackingStore) -> Path:
    if asked.output:
        return Path(asked.output).expanduser()
    if record is not None:
        return record.folder / FOLDER
    name = re.sub(r"[^\w.=+-]+", "-", Path(asked.bundle).expanduser().resolve().name).strip("-.")
    return store.work.parent / "benchmarks" / (name or "bundle")


def _write(folder: Path, benchmark: Benchmark) -> list[Path]:
    from assay.deploy.benchmark.figures import write_png
    from assay.deploy.benchmark.page import write_page

    write_page(folder / PAGE, benchmark)
    write_png(folder / PNG, benchmark)
    benchmark.save_json(folder / JSON)
    benchmark.save_csv(folder / CSV)
    return [folder / name for name in (PAGE, JSON, CSV, PNG)]


def _recorded(benched: Benched) -> str:
    if benched.run:
        return f"run {benched.run}, artifacts {FOLDER}/"
    return "not recorded" if benched.problem else "not recorded: the store does not have the bundle's run"
