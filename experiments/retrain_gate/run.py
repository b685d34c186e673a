"""Is a retrained model that is 3 points worse ever promoted, when 50 of them are handed in one after the other?

python experiments/retrain_gate/run.py [--sequences 40] [--retrainings 50] [--quick]

Champion and candidates are simulated as in `experiments/gate_simulations`, so the truth is known; what decides are the
checks of the gates themselves. Prints the table of the README.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
from scipy import stats

from assay.comparison.hypotheses import sample_of
from assay.comparison.one_sided import gains
from assay.gate.alpha_spending import alpha_at
from assay.gate.checks.non_inferior import NonInferior
from assay.gate.checks.superior import Superior

LOSS, CHAMPION, FLOOR = 0.03, 0.88, 0.85
SIMULATIONS = Path(__file__).parents[1] / "gate_simulations" / "run.py"


def simulations() -> ModuleType:
    """The models of `experiments/gate_simulations`."""
    spec = importlib.util.spec_from_file_location("gate_simulations", SIMULATIONS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sequence(number: int, *, decide: Callable[..., bool], retrainings: int, loss: float) -> list[int]:
    """Which of so many retrainings, one after the other on the same test images, are promoted; none moves the champion.

    Args:
        number: of the sequence.
        decide: the gate's part that compares: of champion, candidate and rank.
        retrainings: in it.
        loss: true accuracy that each candidate lacks.
    """
    champion, *candidates = simulations().models(number, [CHAMPION] + [CHAMPION - loss] * retrainings)
    return [rank for rank, one in enumerate(candidates, 1) if decide(champion, one, rank)]


def by_value(champion, candidate, rank: int) -> bool:
    """Whoever has the better value, which promises nothing."""
    value = simulations().value
    return bool(value(candidate, "accuracy") > value(champion, "accuracy"))


def exposr(champion, candidate, rank: int) -> bool:
    """`gate=exposr`: accuracy of .85, and better by .01, significantly."""
    value = simulations().value
    if value(candidate, "accuracy") < max(FLOOR, value(champion, "accuracy") + 0.01):
        return False
    check = Superior(gain=0.01, metric="accuracy")
    if simulations().hopeless(champion, candidate, "accuracy", alpha_at(check.alpha, rank)):
        return False
    return check.held(gained(champion, candidate, "accuracy", rank), alpha_at(check.alpha, rank), "").passed


def default(champion, candidate, rank: int) -> bool:
    """`not_worse` of `gate=default`, in accuracy, in which the loss is as large as the margin."""
    check = NonInferior(margin=LOSS, metric="accuracy")
    first, second = (sample_of(each).correct.astype(float) for each in (champion, candidate))
    gain = second - first
    # A bound of chance ten times as large, by the normal: where that fails, the bootstrap's does.
    loose = gain.mean() - stats.norm.isf(min(0.5, 10 * alpha_at(check.alpha, rank))) * gain.std() / len(gain) ** 0.5
    if loose <= -LOSS:
        return False
    return check.held(gained(champion, candidate, "accuracy", rank), alpha_at(check.alpha, rank), "").passed


def gained(champion, candidate, metric: str, rank: int):
    """What the candidate gains, at the level of its rank."""
    return gains(champion, candidate, [metric], level=alpha_at(0.05, rank), families=simulations().counted_metrics)


ROWS: dict[str, tuple[str, Callable[..., bool], float, str]] = {
    "by_value": ("3 points worse, better by value", by_value, LOSS, "nothing"),
    "exposr": ("3 points worse, gate=exposr", exposr, LOSS, "at most 0.05"),
    "default": ("3 points worse, gate=default (margin 0.03)", default, LOSS, "at most 0.05"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=40)
    parser.add_argument("--retrainings", type=int, default=50)
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--quick", action="store_true", help="two sequences")
    asked = parser.parse_args()
    sequences = 2 if asked.quick else asked.sequences
    print("| handed in | candidates promoted | sequences with any, 95 % interval | promised |")
    print("| --- | --- | --- | --- |")
    for name in asked.rows:
        what, decide, loss, promised = ROWS[name]
        study = partial(sequence, decide=decide, retrainings=asked.retrainings, loss=loss)
        promoted = [study(number) for number in range(sequences)]
        hits, total = sum(map(bool, promoted)), sum(map(len, promoted))
        low, high = stats.binomtest(hits, sequences).proportion_ci(0.95, method="exact")
        share = f"{hits} of {sequences}, {hits / sequences:.3f} [{low:.3f}, {high:.3f}]"
        print(f"| {what} | {total} of {sequences * asked.retrainings} | {share} | {promised} |", flush=True)
    print(f"\nseed of each sequence: its number; {np.__name__} {np.__version__}")


if __name__ == "__main__":
    main()
