"""SIGKILL at random moments under load: every answer that a client has received is in the log and in the audit trail.

    python experiments/serving/kills.py [--kills 200] [--seed 0] [--quick] [--folder DIR]

One store for all kills. Each time `assay serve` is started, asked over eight connections, killed with all that it
started at a moment drawn uniformly from three seconds, and its store is opened: each answer with 200 has to have its
prediction and the line of the trail that belongs to it. In the end `assay audit-trail verify` has to find nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from bundles import ASSAY, make_bundles, make_pictures
from load import Reply, Target, closed
from services import Server, assay_served
from sqlalchemy import create_engine, text

SECONDS, CONNECTIONS = 3.0, 8
ROWS = "SELECT p.id FROM predictions p JOIN audit_trail t ON t.number = p.trail WHERE t.kind = 'prediction'"


def killed_under_load(server: Server, picture: bytes, moment: float) -> list[Reply]:
    """What clients had received when the server was killed, and a little later."""
    timer = threading.Timer(moment, lambda: os.killpg(server.process.pid, signal.SIGKILL))
    timer.start()
    replies = closed(Target.of(server, picture, keep=True), CONNECTIONS, seconds=moment + 0.3)
    timer.join()
    server.process.wait()
    return replies


def ids_of(replies: Sequence[Reply]) -> set[str]:
    """Of answers that were received whole."""
    good = [reply for reply in replies if reply.status == 200]
    return {result["id"] for reply in good for result in json.loads(reply.body)["results"]}


def kept_in(store: Path) -> set[str]:
    """Ids of predictions that have their line in the trail."""
    with contextlib.closing(create_engine(f"sqlite:///{store}").connect()) as connection:
        return {row[0] for row in connection.execute(text(ROWS))}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--quick", action="store_true", help="five kills")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "assay-serving")
    asked = parser.parse_args(arguments)
    kills = 5 if asked.quick else asked.kills
    bundles, picture, draw = make_bundles(asked.folder), make_pictures()["30 kB"], random.Random(asked.seed)
    received: set[str] = set()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        store = Path(folder) / "assay.db"
        for number in range(kills):
            with assay_served(bundles.onnx, Path(folder), fresh=number == 0) as server:
                replies = killed_under_load(server, picture, draw.uniform(0, SECONDS))
            mine = ids_of(replies)
            received |= mine
            lost = received - kept_in(store)
            print(f"kill {number + 1}: {len(mine)} answers received, {len(lost)} of all not kept", flush=True)
            if lost:
                return 1
        words = [*ASSAY, "audit-trail", "verify", f"store={store}"]
        verified = subprocess.run(words, cwd=bundles.project, capture_output=True, text=True, check=False)
        print(f"{kills} kills, {len(received)} answers received, {len(kept_in(store))} kept\n{verified.stdout.strip()}")
        print(verified.stderr.strip())
        return verified.returncode


if __name__ == "__main__":
    raise SystemExit(main())
