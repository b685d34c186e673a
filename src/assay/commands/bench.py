"""`assay bench`: what a bundle costs to run on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from omegaconf import DictConfig

from assay.config.values import listed, number, whole
from assay.config.words import Words
from assay.deploy.benchmark.bench import FOLDER, Benched, bench
from assay.deploy.benchmark.request import BenchmarkRequest
from assay.errors import ConfigError, TrackingError
from assay.tracking.registered import MODEL


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name; a missed target is an answer, not a failure."""
    if any(word in ("-h", "--help") for word in arguments):
        print(help_text(program))
        return
    benched = bench(*parse_bench(arguments))

    from assay.commands.show.bench import show

    show(benched.benchmark, benched.folder, _recorded(benched))
    if benched.problem:
        raise TrackingError(benched.problem)


def _recorded(benched: Benched) -> str:
    if benched.run:
        return f"run {benched.run}, artifacts {FOLDER}/"
    return "not recorded" if benched.problem else "not recorded: the store does not have the bundle's run"


WORDS = Words(
    own=tuple(entry.name for entry in fields(BenchmarkRequest) if entry.name != "model"),
    taken=("tracking", "cache", "seed"),
    because="a bundle is measured as it is",
    bare=lambda word: MODEL.fullmatch(word) is not None,
    bare_is="a version of a registered model, NAME@ALIAS",
)


def parse_bench(arguments: Sequence[str]) -> tuple[BenchmarkRequest, DictConfig]:
    """The command's own words, and the checked config of the store.

    Raises:
        ConfigError: no bundle is named, or several are; a word or value cannot be.
    """
    parted = WORDS.part(arguments)
    own = parted.own
    named = [*parted.bare, *(f"{key}={own[key]}" for key in ("bundle", "run") if own.get(key))]
    if len(named) != 1:
        raise ConfigError(f"one bundle is needed, got {len(named)}: bundle=FOLDER, run=RUN_ID or NAME@ALIAS")
    usual = BenchmarkRequest()
    asked = BenchmarkRequest(
        bundle=own.get("bundle", ""),
        run=own.get("run", ""),
        model=parted.bare[0] if parted.bare else "",
        formats=listed(own.get("formats", "")),
        batch_sizes=_counts("batch_sizes", own, usual.batch_sizes, 4096),
        threads=_counts("threads", own, usual.threads, 1024),
        runs=whole("runs", own["runs"], most=10**7) if "runs" in own else usual.runs,
        warmup=whole("warmup", own["warmup"], most=10**6) if "warmup" in own else usual.warmup,
        seconds=_seconds(own["seconds"]) if "seconds" in own else usual.seconds,
        images=own.get("images", ""),
        output=own.get("output", ""),
    )
    return asked, parted.config()


def help_text(program: str) -> str:
    """The page for a terminal."""
    return "\n".join(
        [
            "Measure what a bundle costs to run here: latency, throughput, cold start and memory of each form.",
            "",
            f"{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] bundle=FOLDER | run=RUN_ID | NAME@ALIAS [formats=[…]] […]",
            "",
            f"  {program} run=3f2a",
            "      all forms side by side; 45 seconds of timing, and a fresh process for each form: one to two minutes",
            f"  {program} digits@champion formats=[onnx,int8] batch_sizes=[1] runs=1000 seconds=null",
            "      a thousand answers of each, however long that takes; gives the p99, too",
            f"  {program} bundle=exported images=photos output=benchmark",
            "      a bundle in a folder, on pictures of your own",
            "",
            "formats      torch (eager), torchscript, torch_export, float (as trained), onnx, int8; all that there are",
            "batch_sizes  pictures per call, [1,8,32]",
            "threads      that everything on the CPU may use, [1,2]",
            "runs         timed calls of each combination at most, 1000; a p95 needs 72, a p99 368",
            "warmup       untimed calls before that at most, 50",
            "seconds      of timing for all combinations together, 45; null takes as long as the runs take",
            "images       a picture or a folder of them; test images of the run where they can be read",
            "output       folder for bench.html, bench.json, bench.csv and bench.png",
            "",
            "Recorded in the bundle's run where the store has it: artifacts bench/, metrics bench/FORMAT/…;",
            "tracking=server tracking.uri=…, as in the training. Other programs on the machine spoil the numbers.",
        ]
    )


def _counts(name: str, own: dict[str, str], usual: tuple[int, ...], most: int) -> tuple[int, ...]:
    if name not in own:
        return usual
    found = sorted({whole(name, text, most=most) for text in listed(own[name])})
    if not found:
        raise ConfigError(f"{name}={own[name]}: a list of whole numbers is needed, e.g. {name}=[1,2]")
    return tuple(found)


def _seconds(text: str) -> float | None:
    return None if text in ("null", "None") else number("seconds", text, least=0.01, most=10**7)
