"""Planted shifts: windows of changed, other or generated pictures, and how often each is significant."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pictures import COUNTS
from referees import adwin_alarms, usual_p
from world import REFERENCE, World

from assay.monitoring.drift.family import DriftFamily
from assay.monitoring.profile import Profile

KEYS = 30
SHIFTS = (
    *("none", "light", "blur", "jpeg", "downscale", "module type", "prior"),
    *("new class 5 %", "new class 10 %", "new class 20 %", "generator 20 %"),
)
PRIOR = 0.55
"""Share of defective cells under the shift of the prior."""


def power_of(world: World, windows: int, *, sizes: list[int], shifts: list[str]) -> Iterator[tuple[str, dict]]:
    """Share of windows in which anything is significant at .05 after Holm, from 30 keys, and what was significant."""
    for shift in shifts:
        for n in sizes:
            if shift.split()[0] in COUNTS and shift.split()[0] not in world.answers:
                continue
            met, usual, adwin, names = 0, 0, 0, {}
            for number in range(windows):
                rng = np.random.default_rng([number, n, SHIFTS.index(shift)])
                order = rng.permutation(world.usual)
                reference = world.answers["cells"].rows(order[:REFERENCE])
                window = planted(world, order[REFERENCE:], shift, n, rng)
                tests = DriftFamily(reference, seed=number).against(window, draws=4999)
                significant = [each.measure.column for each in tests if each.p_holm <= 0.05]
                met += bool(significant)
                usual += usual_p(reference, window) <= 0.05
                adwin += number < windows // 4 and adwin_alarms(reference, [window])[0]
                for name in significant:
                    names[name] = names.get(name, 0) + 1
            best = dict(sorted(names.items(), key=lambda item: -item[1])[:3])
            numbers = {"windows": windows, "power": met / windows, "usual": usual / windows}
            yield f"{shift}, n {n}", {**numbers, "adwin": adwin / max(1, windows // 4), "by": best}


def planted(world: World, pool: np.ndarray, shift: str, n: int, rng: np.random.Generator) -> Profile:
    """A window of n pictures; with more than the pool has, some are in it twice."""
    block = rng.integers(0, KEYS, n)

    def usual(count: int, rows: np.ndarray = pool) -> np.ndarray:
        return rng.choice(rows, count, replace=count > len(rows))

    kind = shift.split()[0]
    if kind in world.answers:
        changed = int(n * 0.2) if kind == "generator" else n
        rows = rng.choice(len(world.answers[kind]), changed, replace=changed > len(world.answers[kind]))
        return world.window([(kind, rows), ("cells", usual(n - changed))], block)
    if kind == "module":
        return world.window([("cells", usual(n, pool[~world.mono[pool]]))], block)
    if kind == "prior":
        defective = world.answers["cells"].labels[pool] == 1
        second = int(PRIOR * n)
        return world.window(
            [("cells", usual(second, pool[defective])), ("cells", usual(n - second, pool[~defective]))], block
        )
    if kind == "new":
        new = round(n * float(shift.split()[2]) / 100)
        parts = [("cells", rng.choice(world.new_class, new, replace=False)), ("cells", usual(n - new))]
        return world.window(parts, rng.permutation(block))
    return world.window([("cells", usual(n))], block)
