"""What a benchmark says in words: where the time goes, and what to keep in mind."""

from __future__ import annotations

from collections.abc import Sequence

from assay.deploy.benchmark.machine import Machine
from assay.deploy.benchmark.timing import NEEDED, Timing

WORDS = {
    "decode": "decoding the picture",
    "preprocess": "preprocessing",
    "network": "the network",
    "rest": "what comes after the network (head, calibration, domain, reject rule)",
}
HALF = 0.5


def bottleneck(timing: Timing) -> str:
    """Which step takes most of a call, and what it would gain at most to speed it up."""
    shares = timing.share_of_steps
    worst = max(shares, key=lambda name: shares[name])
    others = ", ".join(f"{name} {share:.0%}" for name, share in shares.items() if name != worst)
    pictures = "one picture" if timing.batch == 1 else f"a batch of {timing.batch}"
    message = (
        f"{WORDS[worst]} takes {shares[worst]:.0%} of {sum(timing.steps.values()):.1f} ms for {pictures} ({others})"
    )
    if worst == "network" or shares["network"] >= HALF:
        return message
    return f"{message}; a faster network alone gains {shares['network']:.0%} at most"


def notes(timings: Sequence[Timing], machine: Machine, runs: int) -> tuple[str, ...]:
    """What the numbers cannot tell, and what disturbed them."""
    sentences = []
    if machine.busy:
        sentences.append(
            f"the machine was not at rest: {machine.load:.1f} processes wanted its {machine.cores} cores in the minute "
            "before. All formats were measured in turns, so they compare; each alone would be faster"
        )
    single = [timing for timing in timings if timing.batch == 1]
    for name, needed in NEEDED.items():
        if any(name in timing.left_out for timing in single):
            fewest = min(timing.runs for timing in single)
            sentences.append(
                f"the {name} of single pictures needs {needed} runs and is left out where there were fewer (the "
                f"fewest: {fewest}); {_remedy(single, runs, needed)}"
            )
    if larger := [timing.runs for timing in timings if timing.batch > 1]:
        few, many = min(larger), max(larger)
        times = "once" if many == 1 else f"{few} times" if few == many else f"{few} to {many} times"
        sentences.append(f"larger batches were timed {times}; throughput is by their median")
    sentences.append(
        "intervals take the runs as independent; what slows a machine down for minutes is in none of them. Reading the "
        "file and the way over a network are not measured"
    )
    return tuple(sentences)


def _remedy(timings: Sequence[Timing], runs: int, needed: int) -> str:
    """What to set, and how long that takes."""
    seconds = sum(needed * (timing.latency["p50"].value or 0.0) for timing in timings) / 1000
    return f"batch_sizes=[1] runs={max(runs, needed)} seconds={max(30, round(seconds * 1.3, -1)):.0f} gives it"
