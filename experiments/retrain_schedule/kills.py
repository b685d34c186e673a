"""Two schedulers, a thousand slots, and somebody who kills and stops them at random: none double, none lost.

    python -m experiments.retrain_schedule.kills FOLDER [--quick] [--database URL] [--seed 0]

Real processes and a real `kill -9`; the clock of both is so fast that an hour, in which one slot comes, passes in some
tenths of a second. Some are stopped (SIGSTOP) for longer than their lease and woken again. At the end each of the
slots, which are counted by plain arithmetic, has to have one run that is done, with each step done once, one champion
promoted, and the audit trail has to hold. Prints a table; exits with 1 where anything does not hold.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from experiments.retrain_schedule.scheduler import JOB, LEASE_SECONDS, START, FastClock, keep, settings
from sqlalchemy import select

from assay.retraining.job import DONE
from assay.retraining.planning import plan_slots
from assay.retraining.rows import attempts, runs
from assay.store.ids import as_time
from assay.store.service_store import ServiceStore
from assay.store.tables import TRAIL
from assay.store.trail import trail_findings

SLOT_SECONDS = 0.6
FACTOR = 3600 / SLOT_SECONDS
EVERY = 2.0
"""Mean seconds between two deeds of whoever kills."""
STOPPED = 0.15
"""Share of them that stop a process instead, for longer than its lease."""


class Schedulers:
    """Two processes, which are started again whenever one is gone."""

    def __init__(self, database: str, folder: Path, begin: float) -> None:
        self.arguments = (database, folder, begin, FACTOR)
        # Children of a server that has imported everything begin at once; they are processes like any other.
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["experiments.retrain_schedule.scheduler"])
        self.running = [self.start(), self.start()]
        self.asleep: dict[int, float] = {}
        self.kills = self.stops = 0

    def start(self) -> BaseProcess:
        process = self.context.Process(target=keep, args=self.arguments)
        process.start()
        return process

    def disturb(self, rng: random.Random) -> None:
        """Kill one, or put it to sleep."""
        which = rng.randrange(2)
        process = self.running[which]
        if rng.random() < STOPPED and not self.asleep:
            os.kill(process.pid, signal.SIGSTOP)
            self.asleep[which] = time.monotonic() + rng.uniform(0.5, 2.5) * LEASE_SECONDS
            self.stops += 1
            return
        self.asleep.pop(which, None)
        process.kill()
        process.join()
        self.kills += 1
        self.running[which] = self.start()

    def wake(self) -> None:
        """Wake who has slept long enough, and start again who has ended by himself."""
        for which, until in list(self.asleep.items()):
            if time.monotonic() > until:
                os.kill(self.running[which].pid, signal.SIGCONT)
                del self.asleep[which]
        for which, process in enumerate(self.running):
            if not process.is_alive():
                self.running[which] = self.start()

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.join()


def slots_from_start(slots: int) -> list[str]:
    """Full hours, the first of them the one before the start, since a new job begins with a slot of the last hour."""
    first = START - timedelta(minutes=30)
    return [as_time(first + timedelta(hours=number)) for number in range(slots)]


def disturb_until_done(database: str, folder: Path, slots: int, seed: int) -> tuple[Schedulers, float]:
    """Let both work, disturbed, until the slots have their runs."""
    rng, begin = random.Random(seed), time.time()
    clock = FastClock(begin, FACTOR)
    schedulers, began = Schedulers(database, folder, begin), time.monotonic()
    last = slots_from_start(slots)[-1]
    deed, looked = began + rng.expovariate(1 / EVERY), began
    # Opened once: opening waits for whoever writes, and whoever writes may be asleep until he is woken from here.
    store = ServiceStore(database)
    try:
        while True:
            time.sleep(0.02)
            schedulers.wake()
            if time.monotonic() > deed:
                schedulers.disturb(rng)
                deed = time.monotonic() + rng.expovariate(1 / EVERY)
            if time.monotonic() > looked + 2:
                looked = time.monotonic()
                with store.reading() as connection:
                    of_job = runs(connection, JOB)
                done = sum(run.state == DONE and run.slot <= last for run in of_job)
                print(f"\r{done} of {slots} done, it is {clock.now():%m-%d %H:%M}", end="", file=sys.stderr, flush=True)
                if done >= slots:
                    return schedulers, time.monotonic() - began
    finally:
        schedulers.end()
        store.close()
        print(file=sys.stderr)


def findings(database: str, folder: Path, slots: int) -> tuple[dict[str, int], list[str]]:
    """What was counted, and what does not hold."""
    expected = slots_from_start(slots)
    with ServiceStore(database) as store, store.reading() as connection:
        of_job = [run for run in runs(connection, JOB) if run.slot <= expected[-1]]
        steps = {run.slot: attempts(connection, run.id) for run in of_job}
        broken = trail_findings(connection)
        ids = {run.id for run in of_job}
        lines = Counter(
            kind
            for kind, content in connection.execute(select(TRAIL.c.kind, TRAIL.c.content))
            if json.loads(content)["run"] in ids
        )
    wrong = [f"trail: {finding}" for finding in broken]
    if [run.slot for run in of_job] != expected:
        extra, missing = set(steps) - set(expected), set(expected) - set(steps)
        wrong.append(f"slots: {len(extra)} that are none, {len(missing)} lost, {len(of_job)} rows")
    for run in of_job:
        finished = [each.step for each in steps[run.slot] if each.state == "done"]
        manifest = hashlib.sha256(run.slot.encode()).hexdigest()
        model = hashlib.sha256(manifest.encode()).hexdigest()
        champion = (folder / "promoted" / run.slot.replace(":", "")).read_text()
        results = [each.result.get("model") for each in steps[run.slot] if each.state == "done"][1:]
        if run.state != DONE or finished != ["draw", "train", "promote"] or {*results, champion} != {model}:
            wrong.append(f"{run.slot}: {run.state}, steps {finished}, champion {champion == model}")
    kinds = ("retraining started", "retraining verdict", "retraining ended")
    wrong += [f"trail: {lines[kind]} lines of {kind}" for kind in kinds if lines[kind] != slots]
    journal = Counter(tuple(line.split()[:2]) for line in (folder / "journal.log").read_text().splitlines())
    states = Counter(each.state for of_run in steps.values() for each in of_run)
    log = folder / "scheduler.log"
    counts = {
        "runs that are done": sum(run.state == DONE for run in of_job),
        "runs that more than one process had": sum(run.fence > 1 for run in of_job),
        "attempts that were killed": states["killed"],
        "steps that were begun again": sum(count > 1 for count in journal.values()),
        "slots that were promoted twice": sum(count > 1 for (what, _), count in journal.items() if what == "promote"),
        "times a process learned that it had lost its run": log.read_text().count("another process has taken it up")
        if log.exists()
        else 0,
    }
    return counts, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true", help="60 slots")
    parser.add_argument("--database", default="", help="URL; a SQLite file in the folder without it")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    slots = 60 if asked.quick else 1000
    folder = asked.folder.absolute()
    folder.mkdir(parents=True)
    database = asked.database or f"sqlite:///{folder}/service.db"
    (folder / "promoted").mkdir()
    with ServiceStore(database) as store:
        store.write(lambda connection: plan_slots(connection, JOB, settings(FACTOR), START))
    schedulers, seconds = disturb_until_done(database, folder, slots, asked.seed)
    counts, wrong = findings(database, folder, slots)
    kind = database.partition(":")[0]
    counts = {"slots": slots, "kill -9": schedulers.kills, "put to sleep": schedulers.stops, **counts}
    for name, count in counts.items():
        print(f"| {kind} | {name} | {count} |")
    print(f"| {kind} | seconds | {seconds:.0f} |")
    for each in wrong:
        print(f"wrong: {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
