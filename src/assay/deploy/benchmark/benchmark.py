"""Benchmark: all that was measured of a bundle, as a record; and the measuring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from assay.deploy.benchmark.benchmarked_format import (
    CPU,
    NONE,
    TORCH,
    BenchmarkedFormat,
    chosen_formats,
    gpu_name,
    gpus,
    open_format,
)
from assay.deploy.benchmark.cold import ColdStart, cold_start
from assay.deploy.benchmark.interleaved import STEPS, TimedConfiguration, time_interleaved
from assay.deploy.benchmark.kept import KeptMeasurements, saying_how_to_go_on
from assay.deploy.benchmark.machine import Machine
from assay.deploy.benchmark.sentences import bottleneck, notes
from assay.deploy.benchmark.targets import JudgedTarget, judged_latency, judged_size
from assay.deploy.benchmark.timing import NEEDED, Timing
from assay.deploy.bundle.bundle import Bundle
from assay.evaluation.record import load_record, save_record
from assay.predictor import decoded
from assay.spreadsheet import save_csv

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Settings:
    """How to measure.

    Attributes:
        formats: names; empty for all that the bundle has.
        batch_sizes: pictures per call.
        threads: numbers of threads.
        runs: timed calls of each combination, at most.
        warmup: untimed calls before that, at most.
        seconds: of timing, for all combinations together; None takes as long as the runs take.
    """

    formats: tuple[str, ...] = ()
    batch_sizes: tuple[int, ...] = (1, 8, 32)
    threads: tuple[int, ...] = (1, 2)
    runs: int = 1000
    warmup: int = 50
    seconds: float | None = 45.0


@dataclass(frozen=True)
class FormatCost:
    """What a format costs apart from time per call.

    Attributes:
        format: its name.
        words: what it is.
        size_mb: of the files that it needs, MB (10^6 bytes).
        cold: of a fresh process, with the largest number of threads.
        bottleneck: what takes most of the time of one picture, in words.
    """

    format: str
    words: str
    size_mb: float
    cold: ColdStart
    bottleneck: str


@dataclass(frozen=True)
class Benchmark:
    """What a bundle costs to run.

    Attributes:
        name: of the run.
        run_id: of the run.
        bundle_digest: of the bundle.
        serves: the format that answers.
        made: when, ISO 8601, UTC.
        pictures: what was answered about, in words.
        bundle_mb: of all files of the bundle, MB.
        settings: how it was measured.
        machine: where.
        formats: each with its size, cold start and memory.
        timings: each combination of format, device, batch size and threads.
        judged: the targets.
        notes: what to keep in mind.
    """

    name: str
    run_id: str
    bundle_digest: str
    serves: str
    made: str
    pictures: str
    bundle_mb: float
    settings: Settings
    machine: Machine
    formats: tuple[FormatCost, ...]
    timings: tuple[Timing, ...]
    judged: tuple[JudgedTarget, ...]
    notes: tuple[str, ...]

    def save_json(self, path: Path) -> None:
        """Write it as JSON."""
        save_record(path, self, schema=SCHEMA_VERSION)

    @classmethod
    def load(cls, path: Path) -> Benchmark:
        """Read what `save_json` wrote.

        Raises:
            DataError: the file holds something else.
        """
        return load_record(path, cls, "benchmark", schema=SCHEMA_VERSION)

    def save_csv(self, path: Path) -> None:
        """Write one row per timing."""
        names = ["format", "device", "batch", "threads", "runs", "warmup"]
        spans = [f"{name}_{part}ms" for name in NEEDED for part in ("", "low_", "high_")]
        heads = [*names, *spans, "network_p50_ms", "network_p95_ms", *(f"{step}_ms" for step in STEPS), "per_second"]
        rows = []
        for timing in self.timings:
            row: list[object] = [getattr(timing, name) for name in names]
            for name in NEEDED:
                measured = timing.latency.get(name)
                row += [measured.value, measured.low, measured.high] if measured else [None] * 3
            row += [timing.network[name].value if name in timing.network else None for name in ("p50", "p95")]
            rows.append([*row, *timing.steps.values(), timing.throughput.value])
        save_csv(path, heads, rows)

    def single(self, name: str) -> Timing | None:
        """The timing of single pictures on the CPU with the most threads."""
        matching_timings = [
            timing for timing in self.timings if timing.format == name and timing.batch == 1 and timing.device == CPU
        ]
        return max(matching_timings, key=lambda timing: timing.threads, default=None)

    def flat(self) -> dict[str, float]:
        """Metrics by their logged names, `bench/<format>/latency_p95_ms` for single pictures with the most threads."""
        metrics: dict[str, float] = {}
        for cost in self.formats:
            timing = self.single(cost.format)
            for name, measured in timing.latency.items() if timing else ():
                if measured.value is not None:
                    metrics[f"bench/{cost.format}/latency_{name}_ms"] = measured.value
            rates = [each.throughput.value or 0.0 for each in self.timings if each.format == cost.format]
            metrics |= {
                f"bench/{cost.format}/images_per_second": max(rates, default=0.0),
                f"bench/{cost.format}/cold_start_s": cost.cold.seconds,
                f"bench/{cost.format}/peak_memory_mb": cost.cold.peak_mb,
                f"bench/{cost.format}/size_mb": cost.size_mb,
            }
        return metrics


def measure(
    bundle: Bundle,
    pictures: Sequence[bytes],
    settings: Settings,
    *,
    about: str,
    beside: Mapping[str, Path] = NONE,
    remarks: Sequence[str] = (),
    keep: Path | None = None,
) -> Benchmark:
    """Measure the formats of a bundle on this machine.

    Args:
        bundle: opened.
        pictures: files as bytes; reading them from disk is not measured.
        settings: how.
        about: what the pictures are, in words.
        beside: files of forms that lie beside the bundle, see `open_format`.
        remarks: what to keep in mind besides what is found here.
        keep: file for what was measured so far, from which the same call goes on after an end before its time; None
            keeps nothing.

    Raises:
        BundleError: a fresh process does not answer.
        ConfigError: the bundle has no such format.
        DataError: a picture cannot be decoded.
    """
    names = chosen_formats(bundle, settings.formats, beside)
    machine = Machine.here(gpu_name() if gpus() else "")
    opened = [
        (open_format(bundle, name, threads=threads, beside=beside), threads)
        for name in names
        for threads in sorted(set(settings.threads))
    ]
    if TORCH in names:
        opened += [(open_format(bundle, TORCH, threads=1, device=device), 1) for device in gpus()[:1]]
    configurations = [
        TimedConfiguration(benchmarked, batch, threads)
        for benchmarked, threads in opened
        for batch in sorted(set(settings.batch_sizes))
    ]
    for index, picture in enumerate(pictures):
        decoded(picture, f"picture {index + 1}", bundle.predictor.samples)
    about_all = {"bundle": bundle.digest, "formats": names, "settings": asdict(settings), "pictures": about}
    kept = None if keep is None else KeptMeasurements(keep, {**about_all, "cpu": machine.cpu, "cores": machine.cores})
    if kept is not None:
        kept.restore(configurations)
    with saying_how_to_go_on(kept):
        time_interleaved(
            configurations,
            pictures,
            runs=settings.runs,
            warmup=settings.warmup,
            seconds=settings.seconds,
            passed=kept.passed if kept else 0.0,
            after_turn=kept.turn if kept else None,
        )
        timings = tuple(Timing.of(configuration) for configuration in configurations)
        formats = tuple(
            _format(bundle, name, opened, timings, pictures, settings, beside.get(name), kept) for name in names
        )
    if kept is not None and kept.restored:
        remarks = [*remarks, f"{kept.restored:,} of the runs were timed by a call that was ended before its time"]
    return Benchmark(
        name=bundle.about.name,
        run_id=bundle.about.run_id,
        bundle_digest=bundle.digest,
        serves=bundle.about.serves,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        pictures=about,
        bundle_mb=sum(entry.bytes for entry in bundle.about.files.values()) / 1e6,
        settings=settings,
        machine=machine,
        formats=formats,
        timings=timings,
        judged=(*judged_latency(timings), *(judged_size(cost.format, cost.size_mb) for cost in formats)),
        notes=(*remarks, *notes(timings, machine, settings.runs)),
    )


def _format(
    bundle: Bundle,
    name: str,
    opened: Sequence[tuple[BenchmarkedFormat, int]],
    timings: Sequence[Timing],
    pictures: Sequence[bytes],
    settings: Settings,
    file: Path | None,
    kept: KeptMeasurements | None,
) -> FormatCost:
    benchmarked = next(candidate for candidate, _ in opened if candidate.format == name)
    own = [timing for timing in timings if timing.format == name and timing.device == CPU]
    most = max(settings.threads)
    cold = kept.cold(name) if kept else None
    if cold is None:
        cold = cold_start(
            bundle.folder,
            name,
            cache_dir=bundle.cache_dir,
            threads=most,
            pictures=pictures,
            batch=max(settings.batch_sizes),
            file=file,
        )
        if kept is not None:
            kept.cold_started(name, cold)
    first = min(own, key=lambda timing: (timing.batch, -timing.threads))
    return FormatCost(name, benchmarked.words, benchmarked.size_mb, cold, bottleneck(first))
