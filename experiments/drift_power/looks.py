"""False alarms: rows of twelve looks at windows without drift, with and without a key that sends two fifths alike."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from referees import adwin_alarms, usual_p
from world import REFERENCE, World

from assay.monitoring.drift.family import DriftFamily
from assay.monitoring.profile import Profile

LOOKS, N = 12, 100
LEVEL = 0.05
KEYS = 30
BURST = 20
SCENES = ("each picture alone", "30 keys", "one key sends 40 %, alike")


def look_rates(world: World, replays: int) -> Iterator[tuple[str, dict]]:
    """Share of rows with any false alarm when twelve looks share the level, and of looks at the whole level."""
    for scene in SCENES:
        smallest, usual, streamed = (np.ones((replays, count)) for count in (LOOKS, LOOKS, 1))
        for number in range(replays):
            rng = np.random.default_rng([number, len(scene)])
            order = rng.permutation(world.usual)
            reference, pool = world.answers["cells"].rows(order[:REFERENCE]), order[REFERENCE:]
            family = DriftFamily(reference, seed=number)
            for look in range(LOOKS):
                window = window_of(world, pool, look, scene, rng)
                smallest[number, look] = min(each.p_holm for each in family.against(window))
                usual[number, look] = usual_p(reference, window)
            streamed[number] = adwin_alarms(reference, [window])[0]
        yield scene, {"replays": replays, **_rates("flips", smallest), **_rates("usual", usual), **_adwin(streamed)}


def window_of(world: World, pool: np.ndarray, look: int, scene: str, rng: np.random.Generator) -> Profile:
    """A window of the pool; no picture of it was in an earlier one, apart from bursts."""
    own = pool[look * N : (look + 1) * N]
    if scene == SCENES[0]:
        return world.window([("cells", own)], np.arange(N))
    if scene == SCENES[1]:
        return world.window([("cells", own)], rng.integers(0, KEYS, N))
    first = int(0.4 * N)
    others = own[first:]
    free = np.setdiff1d(pool, others)
    places = world.answers["cells"].components
    bursts = []
    for _ in range(first // BURST):
        near = np.square(places[free] - places[rng.choice(free)]).sum(axis=1)
        bursts.append(free[np.argsort(near)[:BURST]])
    block = np.concatenate([np.zeros(first), 1 + rng.integers(0, KEYS, N - first)]).astype(int)
    return world.window([("cells", np.concatenate([*bursts, others]))], block)


def _rates(name: str, smallest: np.ndarray) -> dict:
    """With the look's share of the level, and the bound of nominal + 2 standard errors that it is held against."""
    row = float((smallest <= LEVEL / LOOKS).any(axis=1).mean())
    bound = LEVEL + 2 * np.sqrt(LEVEL * (1 - LEVEL) / len(smallest))
    return {
        f"{name}_any_of_12": row,
        f"{name}_each_look": float((smallest <= LEVEL).mean()),
        "bound_any": float(bound),
    }


def _adwin(alarms: np.ndarray) -> dict:
    return {"adwin_each_look": float(alarms[:, 0].mean())}
