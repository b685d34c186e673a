"""A retraining whose process is killed twice in each step: does it end in the same manifest, model and verdict?

python experiments/retrain_kill/run.py [--folder FOLDER] [--steps train promote …] [--quick]

Trains a small champion on drawn pictures, promotes it, has reviewers decide on new pictures, and keeps all that as a
snapshot. From it one retraining goes through undisturbed, and one is killed by SIGKILL half-way through each step, and
again when the step has done everything and the ledger does not know. Prints the table of the README.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
STEPS = ("recipe", "collect", "labels", "manifest", "audit", "embed", "sweep", "train", "gate", "canary", "promote")


def build(world: Path) -> None:
    """A champion, nine decided pictures, and a retraining that nobody is at."""
    from assay.config.compose import compose
    from assay.run.train import train
    from conftest import _draw_photos
    from finished import TINY, Finished, store_words
    from killed_steps import IDS
    from retrained_world import RetrainedWorld

    (world / "photos").mkdir(parents=True)
    _draw_photos(world / "photos")
    store = world / "mlruns"
    store.mkdir()
    made = train(compose([*TINY, f"data.root={world / 'photos'}", *store_words(store)]))
    trial = RetrainedWorld(world, Finished(store, made.run_id))
    trial.crown()
    trial.decide(9)
    (world / IDS).write_text(json.dumps({"champion": made.run_id, "retraining": trial.queue().id}))
    trial.close()


def main() -> None:
    from killed_steps import END, MIDDLE, killed, undisturbed

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="empty; one that is removed afterwards without it")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=STEPS)
    parser.add_argument("--quick", action="store_true", help="train and promote alone")
    asked = parser.parse_args()
    kills = [(step, when) for step in (("train", "promote") if asked.quick else asked.steps) for when in (MIDDLE, END)]
    with tempfile.TemporaryDirectory() as own:
        world, snapshot = (asked.folder or Path(own)) / "world", (asked.folder or Path(own)) / "snapshot"
        build(world)
        whole = undisturbed(world, snapshot)
        other, count = killed(world, snapshot, kills, whole["seconds"])
    print(f"processes killed: {count} of {len(kills)}\n")
    print("| | undisturbed | killed twice in each step | same |\n| --- | --- | --- | --- |")
    for name, value in whole["made"].items():
        shown = [str(each)[:16] if isinstance(each, str) else str(each) for each in (value, other["made"][name])]
        print(f"| {name} | {shown[0]} | {shown[1]} | {'yes' if value == other['made'][name] else 'NO'} |")
    print(f"| attempts | {sum(whole['attempts'].values())} | {sum(other['attempts'].values())} | |")


if __name__ == "__main__":
    main()
