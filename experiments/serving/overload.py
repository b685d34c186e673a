"""What happens when far more is asked than can be answered: a constant rate of ten times what the service can do.

    python experiments/serving/overload.py [--quick] [--folder DIR]

Measured: p95 with one connection; p95 of what is accepted with 32; then, for a minute at ten times the rate that 32
connections reached, p95 of accepted answers and of refusals from the moment at which each was due, the memory of the
service and what it started, and how soon a first answer comes once the load has ended.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bundles import make_bundles, make_pictures
from load import Target, closed, opened, quantile, rate_of
from services import assay_served
from usage import memory_bytes

TIMES, MANY, CONNECTIONS = 10, 32, 400
BOUNDS = {
    "p95 at 1, ms": 100.0,
    "p95 of accepted at 32, ms": 2000.0,
    "p95 of accepted under overload, ms": 2000.0,
    "p95 of refusals under overload, ms": 20.0,
    "memory after against before": 1.2,
    "first answer after, s": 1.0,
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="ten seconds of overload")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "assay-serving")
    asked = parser.parse_args(arguments)
    bundles, picture = make_bundles(asked.folder), make_pictures()["140 kB"]
    seconds = 10 if asked.quick else 60
    measured: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory(dir=asked.folder) as folder,
        assay_served(bundles.onnx, Path(folder), "deadline_ms=2000") as server,
    ):
        target = Target.of(server, picture)
        closed(target, MANY, requests=2 * MANY)  # warm, with every size of batch
        measured["p95 at 1, ms"] = quantile(closed(target, 1, requests=30 if asked.quick else 300), 0.95)
        many = closed(target, MANY, seconds=seconds / 2)
        accepted = [reply for reply in many if reply.status == 200]
        measured["p95 of accepted at 32, ms"] = quantile(accepted, 0.95)
        before, rate = memory_bytes(server.process.pid), rate_of(many)
        print(f"{rate:.1f} answers a second with {MANY} connections; {TIMES * rate:.0f} are asked for now", flush=True)
        replies = opened(target, TIMES * rate, seconds, connections=CONNECTIONS)
        ended = time.monotonic()
        first = closed(target, 1, seconds=0.0, requests=1)[0]
        while first.status != 200 and time.monotonic() - ended < 30:
            first = closed(target, 1, requests=1)[0]
        measured["first answer after, s"] = first.milliseconds / 1000
        measured["memory after against before"] = memory_bytes(server.process.pid) / before
    statuses = Counter(reply.status for reply in replies)
    print("under overload:", dict(statuses))
    for name, status in (("accepted", 200), ("refusals", 503)):
        chosen = [reply for reply in replies if reply.status == status]
        measured[f"p95 of {name} under overload, ms"] = quantile(chosen, 0.95)
    return report(measured, set(statuses), asked.folder)


def report(measured: dict[str, float], statuses: set[int], folder: Path) -> int:
    """Print what was measured beside its bound; 1 where one is not kept, or another status than 200 and 503 came."""
    rows: list[dict[str, Any]] = []
    for name, bound in BOUNDS.items():
        rows.append({"what": name, "measured": measured[name], "at most": bound, "held": measured[name] <= bound})
        print(f"{name:38} {measured[name]:10.2f}   at most {bound:g}   {'held' if rows[-1]['held'] else 'NOT HELD'}")
    (folder / "overload.json").write_text(json.dumps(rows, indent=1))
    return 0 if all(row["held"] for row in rows) and statuses <= {200, 503} else 1


if __name__ == "__main__":
    raise SystemExit(main())
