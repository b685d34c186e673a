"""Kill every long command at random moments, give it again, and hold what is there then against one that nobody killed.

    python experiments/reliability/kills.py [--each 10] [--seed 0] [--only NAME] [--folder DIR]

A kill (SIGKILL to the command and all that it started) comes at a moment drawn uniformly from the time that the command
takes here. Then the command is given again; a training whose first line had been printed is resumed instead. It held
where

- the second command ended with the exit code of one that was never killed,
- the finished runs, their numbers and the aliases of the registry are those of one that was never killed,
- no file of a run that had been finished before has changed, and
- `assay history --verify` finds nothing.

One line a kill goes to `kills.csv` in the folder, the counts to the terminal; exit code 1 where one did not hold.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from world import GATE, NAME, NETWORK, PICTURES, PROBE, RUN_ID, SEARCH, World

from processes import KILLED, Command, Ended, run


@dataclass(frozen=True)
class Scenario:
    """A long command, what lies in its folder before, and what it is repeated by.

    Attributes:
        name: of the scenario.
        state: of the folder: "new", "trained", "promoted" or "twice".
        words: the command; {cnn} and {probe} stand for the runs in the folder.
        code: exit code of one that nobody killed.
        resumes: whether `resume=RUN` goes on with it once its run has an id.
    """

    name: str
    state: str
    words: tuple[str, ...]
    code: int = 0
    resumes: bool = False


SCENARIOS = (
    Scenario("first training in a new folder", "new", ("train", *NETWORK), resumes=True),
    Scenario("training", "trained", ("train", *NETWORK, "seed=3"), resumes=True),
    Scenario("probe on stored embeddings", "trained", ("train", *PROBE, "loss=focal"), resumes=True),
    Scenario("multirun", "new", ("train", "-m", *PROBE, "loss=cross_entropy,focal")),
    Scenario(
        "search",
        "new",
        ("train", "-m", *PROBE, *SEARCH),
    ),
    Scenario("study", "new", ("study", "study=study.yaml", *PICTURES)),
    Scenario("embed", "new", ("embed", *PICTURES)),
    Scenario("audit", "new", ("audit", *PICTURES)),
    Scenario("fidelity", "trained", ("fidelity", *PICTURES, "synthetic=generated", "output=fidelity")),
    Scenario("explain", "trained", ("explain", "run={cnn}", "count=6")),
    Scenario("compare", "trained", ("compare", "{cnn}", "{probe}", "output=comparison")),
    Scenario("export", "trained", ("export", "run={cnn}")),
    Scenario("first promotion", "trained", ("promote", "run={cnn}", f"gate={GATE}", f"registry.name={NAME}")),
    Scenario("promotion", "promoted", ("promote", "run={probe}", f"gate={GATE}", f"registry.name={NAME}")),
    Scenario("rollback", "twice", ("rollback", "reason=test", "by=Ada", f"registry.name={NAME}")),
    Scenario("deletion", "trained", ("runs", "delete", "{probe}", "--yes")),
)


def result(folder: Path, log: Path) -> dict[str, Any]:
    """What a folder holds once a command has ended: finished runs with their numbers, aliases, state of the history."""
    listed = document(["runs", "--nested", "limit=200", "status=finished"], folder, log)
    # A multirun that is given again trains its jobs again: what is held is which results there are, not how often.
    runs = sorted(
        {
            json.dumps([row["kind"], row["model"], row["split"], _numbers(row["metrics"])], sort_keys=True)
            for row in listed["runs"]
        }
    )
    models = document(["models"], folder, log)
    aliases = {model["name"]: model.get("aliases") for model in models.get("models", [])}
    verified = {name: run(["history", f"name={name}", "--verify"], folder, log).code for name in aliases}
    return {"runs": runs, "aliases": aliases, "history": verified}


def document(words: list[str], folder: Path, log: Path) -> dict[str, Any]:
    ended = run([*words, "format=json"], folder, log)
    begin = ended.text.find("{")
    return json.loads(ended.text[begin : ended.text.rfind("}") + 1]) if begin >= 0 else {"runs": [], "said": ended.text}


def _numbers(metrics: dict[str, Any]) -> dict[str, float]:
    """Values of metrics that are not measured by a clock."""
    return {name: entry["value"] for name, entry in metrics.items() if "latency" not in name and "cost" not in name}


def files_of_runs(folder: Path) -> dict[str, str]:
    """Path to sha256 of what finished runs had recorded; what another command may add to a run is not among them."""
    kept = [*folder.glob("mlruns/work/*/predictions/*"), *folder.glob("mlruns/work/*/model/*")]
    kept += [*folder.glob("mlruns/work/*/manifest.parquet"), *folder.glob("mlruns/work/*/config.yaml")]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def again(scenario: Scenario, words: list[str], killed: str) -> list[str]:
    """What a person gives after a kill, who has seen what the command had printed."""
    begun = RUN_ID.findall(killed)
    return ["train", f"resume={begun[0]}"] if scenario.resumes and begun else words


def differences(
    expected: dict[str, Any], seen: dict[str, Any], before: dict[str, str], after: dict[str, str]
) -> list[str]:
    """What is another now than in a folder where nothing was killed, and which files of earlier runs are."""
    found = [f"only {who}: {run[:300]}" for who, run in _one_sided(expected["runs"], seen["runs"])]
    found += [
        f"{key}: {seen[key]} instead of {expected[key]}" for key in ("aliases", "history") if seen[key] != expected[key]
    ]
    return found + [f"changed or gone: {name}" for name, digest in before.items() if after.get(name) != digest]


def _one_sided(expected: list[str], seen: list[str]) -> list[tuple[str, str]]:
    lost = [("without a kill", run) for run in expected if run not in seen]
    return lost + [("after a kill", run) for run in seen if run not in expected]


def kill_once(world: World, scenario: Scenario, expected: dict[str, Any], moment: float) -> dict[str, Any] | None:
    """A kill and the command again; None where the command had ended before the kill."""
    folder = world.copied(scenario.state, "killed")
    before = {} if scenario.name == "deletion" else files_of_runs(folder)
    words = world.words(scenario.words)
    command = Command(words, folder, world.log)
    early = command.wait(moment)
    if early is None:
        command.kill()
        early = command.wait(60)
    assert early is not None
    if early.code != KILLED:
        return None
    repeated = again(scenario, words, early.text)
    ended: Ended = run(repeated, folder, world.log)
    found = [] if ended.code == scenario.code else [f"exit code {ended.code}: {ended.text[-1200:]}"]
    found += differences(expected, result(folder, world.log), before, files_of_runs(folder))
    row = {"scenario": scenario.name, "moment": round(moment, 2), "again": repeated[1][:12], "held": not found}
    return row | {"found": " | ".join(found)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=8, help="kills of each command")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--only", default="", help="scenarios whose name contains this")
    parser.add_argument("--folder", type=Path, help="where kills.csv and the folders lie; a temporary one without it")
    asked = parser.parse_args(arguments)
    root = asked.folder or Path(tempfile.mkdtemp(prefix="reliability-"))
    root.mkdir(parents=True, exist_ok=True)
    rng = random.Random(asked.seed)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(dir=root) as work:
        world = World(Path(work))
        for scenario in (one for one in SCENARIOS if asked.only in one.name):
            folder = world.copied(scenario.state, "undisturbed")
            whole = run(world.words(scenario.words), folder, world.log)
            if whole.code != scenario.code:
                print(f"{scenario.name} ended with {whole.code} without a kill:\n{whole.text[-2000:]}", file=sys.stderr)
                return 2
            expected = result(folder, world.log)
            done = 0
            while done < asked.each:
                row = kill_once(world, scenario, expected, rng.uniform(0, whole.seconds))
                if row is None:
                    continue
                done += 1
                rows.append(row)
                if not row["held"]:
                    print(f"{scenario.name} at {row['moment']} s: {row['found']}", file=sys.stderr, flush=True)
            held = sum(row["held"] for row in rows[-asked.each :])
            print(f"{scenario.name:32} {held:3} of {asked.each:3} held ({whole.seconds:.0f} s)", flush=True)
    with (root / "kills.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    print(f"{sum(row['held'] for row in rows)} of {len(rows)} held; {root / 'kills.csv'}")
    return 0 if all(row["held"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
