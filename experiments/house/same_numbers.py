"""Run a command of `train` at two commits and compare every number that they record, to the last bit, times left out.

    python experiments/house/same_numbers.py 3cf6216                        # that commit against the working tree
    python experiments/house/same_numbers.py 3cf6216 -- loss=focal seed=3

Compared are the evidence, predictions of every split, draws, weights and rules of the saved model, the best weights of
each stage, and every metric that MLflow holds, step by step. Exit code 1 says that something differs.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file

REPOSITORY = Path(__file__).parents[2]
TIMES = ("seconds/", "cost/latency", "latency", "p50", "p95", "p99", "times", "cost.load")


def train(tree: Path, work: Path, cache: Path, words: list[str]) -> Path:
    """Train in an empty folder with the code of a tree; gives the run's folder."""
    work.mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "ASSAY_CACHE": str(cache)}
    subprocess.run([sys.executable, str(tree / "train.py"), *words], cwd=work, env=environment, check=True)
    (evidence,) = work.glob("mlruns/work/*/evidence.json")
    return evidence.parent


def numbers(folder: Path) -> dict[str, Any]:
    """Everything that a run recorded but times, by a name that says where it stands."""
    found: dict[str, Any] = {}
    for name in ("evidence.json", "model/predictor.json"):
        found |= {f"{name}: {key}": value for key, value in _leaves(json.loads((folder / name).read_text()), "")}
    for path in [*sorted(folder.glob("predictions/*.parquet")), folder / "draws.parquet"]:
        table = pd.read_parquet(path)
        found |= {f"{path.name}: {column}": _bytes(table[column].to_numpy()) for column in table}
    for path in sorted(folder.glob("model/*.safetensors")):
        name = path.name.replace("backbone.", "model.")  # weights lie in one file or in two
        found |= {f"{name}: {key}": _tensor(value) for key, value in load_file(path).items()}
    for path in sorted(folder.glob("stages/*/best.ckpt")):
        stored = torch.load(path, map_location="cpu", weights_only=True)
        found |= {f"{path.parent.name}: {key}": _tensor(value) for key, value in stored["state_dict"].items()}
        found |= {f"{path.parent.name}: epoch": stored["epoch"], f"{path.parent.name}: steps": stored["global_step"]}
    with sqlite3.connect(folder.parents[1] / "mlflow.db") as database:
        rows = database.execute("select key, step, value from metrics where run_uuid = ?", [folder.name])
        found |= {f"metric {key} at {step}": value for key, step, value in rows}
    return {name: value for name, value in found.items() if not _is_time(name)}


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key != "environment":
                yield from _leaves(inner, f"{name}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{name}[{index}]")
    else:
        yield name, value


def _is_time(name: str) -> bool:
    return any(part in name for part in TIMES)


def _tensor(value: torch.Tensor) -> tuple[str, tuple[int, ...], bytes]:
    array = value.contiguous().reshape(-1).view(torch.uint8).numpy()
    return str(value.dtype), tuple(value.shape), array.tobytes()


def _bytes(values: Any) -> Any:
    return values.tobytes() if values.dtype != object else [np.asarray(value).tobytes() for value in values]


def main() -> None:
    """Run both, compare, and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit", help="the commit that is compared with the working tree")
    parser.add_argument("--cache", type=Path, help="kept between calls; none takes an empty one for each side")
    arguments = sys.argv[1:]
    border = arguments.index("--") if "--" in arguments else len(arguments)
    given, words = parser.parse_args(arguments[:border]), arguments[border + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        before = root / "before"
        subprocess.run(["git", "worktree", "add", "-q", "--detach", before, given.commit], cwd=REPOSITORY, check=True)
        try:
            caches = [given.cache or root / f"cache{side}" for side in range(2)]
            runs = [
                numbers(train(tree, root / name, cache.absolute(), words))
                for tree, name, cache in zip((before, REPOSITORY), ("first", "second"), caches, strict=True)
            ]
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", before], cwd=REPOSITORY, check=True)
    different = [name for name in {**runs[0], **runs[1]} if repr(runs[0].get(name)) != repr(runs[1].get(name))]
    print(f"{len(runs[0])} and {len(runs[1])} values, {len(different)} different")
    print(*different[:50], sep="\n")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
