"""What is typed behind `assay bench`: the bundle, how it is measured, and the command's help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from omegaconf import DictConfig

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError, did_you_mean
from assay.tracking.registered import MODEL

TAKEN = ("tracking", "cache", "seed")


@dataclass(frozen=True)
class Asked:
    """The words of the command itself; one of the first three names the bundle.

    Attributes:
        bundle: folder of a bundle; "" for none.
        run: id of a run, or its beginning; "" for none.
        model: version of a registered model; "" for none.
        formats: names; empty for all.
        batch_sizes: pictures per call.
        threads: numbers of threads.
        runs: timed calls of each combination, at most.
        warmup: untimed calls before that, at most.
        seconds: of timing for all combinations together; None for as long as the runs take.
        images: folder of pictures, or one picture; "" for test images of the run.
        output: folder of page and tables; "" for one beside the runs.
    """

    bundle: str = ""
    run: str = ""
    model: str = ""
    formats: tuple[str, ...] = ()
    batch_sizes: tuple[int, ...] = (1, 8, 32)
    threads: tuple[int, ...] = (1, 2)
    runs: int = 1000
    warmup: int = 50
    seconds: float | None = 45.0
    images: str = ""
    output: str = ""


OWN = tuple(entry.name for entry in fields(Asked) if entry.name != "model")


def understood(arguments: Sequence[str]) -> tuple[Asked, DictConfig]:
    """The command's own words, and the checked config of the store.

    Raises:
        ConfigError: no bundle is named, or several are; a word or value cannot be.
    """
    words = [word.removeprefix("--") for word in arguments]
    own = {word.partition("=")[0]: word.partition("=")[2] for word in words if word.partition("=")[0] in OWN}
    models = [word for word in words if MODEL.fullmatch(word)]
    rest = [word for word in words if word.partition("=")[0] not in own and word not in models]
    for word in rest:
        if "=" not in word:
            raise ConfigError(f"{word}: cannot be understood; {did_you_mean(word, [f'{name}=' for name in OWN])}")
    if foreign := [word for word in rest if not word.lstrip("+~").startswith(TAKEN)]:
        raise ConfigError(
            f"{' '.join(foreign)}: a bundle is measured as it is; take it away (what can be set here: "
            f"{', '.join(OWN)}, tracking, cache, seed)"
        )
    named = [*models, *(f"{key}={own[key]}" for key in ("bundle", "run") if own.get(key))]
    if len(named) != 1:
        raise ConfigError(f"one bundle is needed, got {len(named)}: bundle=FOLDER, run=RUN_ID or NAME@ALIAS")
    usual = Asked()
    asked = Asked(
        bundle=own.get("bundle", ""),
        run=own.get("run", ""),
        model=models[0] if models else "",
        formats=tuple(dict.fromkeys(_list(own.get("formats", "")))),
        batch_sizes=_counts("batch_sizes", own, usual.batch_sizes, 4096),
        threads=_counts("threads", own, usual.threads, 1024),
        runs=_count("runs", own.get("runs", str(usual.runs)), 10**7),
        warmup=_count("warmup", own.get("warmup", str(usual.warmup)), 10**6),
        seconds=_seconds(own.get("seconds", str(usual.seconds))),
        images=own.get("images", ""),
        output=own.get("output", ""),
    )
    config = compose(rest)
    check(config)
    return asked, config


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


def _list(text: str) -> list[str]:
    return [entry.strip() for entry in text.strip("[]() ").split(",") if entry.strip()]


def _counts(name: str, own: dict[str, str], usual: tuple[int, ...], most: int) -> tuple[int, ...]:
    if name not in own:
        return usual
    found = sorted({_count(name, text, most) for text in _list(own[name])})
    if not found:
        raise ConfigError(f"{name}={own[name]}: a list of whole numbers is needed, e.g. {name}=[1,2]")
    return tuple(found)


def _count(name: str, text: str, most: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ConfigError(f"{name}={text}: a whole number from 1 to {most} is needed")
    return int(text)


def _seconds(text: str) -> float | None:
    if text in ("null", "None"):
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 10**7:
        raise ConfigError(f"seconds={text}: a number above 0 is needed, or null for as long as the runs take")
    return value
