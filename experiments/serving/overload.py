"""What happens when far more is asked than can be answered: a constant rate of ten times what the service can do.

    python experiments/serving/overload.py [--quick] [--folder DIR]

Measured: p95 with one connection; p95 of what is accepted with 32; then, for a minute at ten times the rate that 32
connections reached, p95 of accepted answers and of refusals from the moment at which each was due, from when it was
sent (without the load's own wait for a free connection) and, of refusals, from the first byte that the service saw
(without the load's wait for a core); the memory of the service and what it started, ten seconds later; and how soon a
first answer comes once the load has ended.

Clients are not on the machine that they ask: the load has the last core for itself, and the service the others.
`--shared` lets them share all, as they have to on a machine of one core.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from bundles import make_bundles, make_pictures
from load import Target, closed, opened, quantile, rate_of
from services import Server, assay_served
from usage import own_memory_bytes

TIMES, MANY, CONNECTIONS = 10, 32, 400
CALM = 10.0
"""Seconds until the memory is looked at: a service gives back what it took when it has looked that nobody uses it."""
UNWATCHED = "watch_every=0"
"""The watcher's process begins a minute after the service, and would count as memory that overload has taken."""
BOUNDS = {
    "p95 at 1, ms": 100.0,
    "p95 of accepted at 32, ms": 2000.0,
    "p95 of accepted under overload, ms": 2000.0,
    "p95 of refusals under overload, ms": 20.0,
    "p95 of accepted since sent, ms": 2000.0,
    "p95 of refusals since sent, ms": 20.0,
    "p95 of refusals within the service, ms": 20.0,
    "memory after against before": 1.2,
    "first answer after, s": 1.0,
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="ten seconds of overload")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "assay-serving")
    parser.add_argument("--shared", action="store_true", help="load and service share all cores")
    asked = parser.parse_args(arguments)
    bundles, picture = make_bundles(asked.folder), make_pictures()["140 kB"]
    cores = sorted(os.sched_getaffinity(0))
    own = len(cores) > 1 and not asked.shared
    print(f"cores of the service: {len(cores) - own}, of the load: {1 if own else len(cores)}", flush=True)
    seconds = 10 if asked.quick else 60
    measured: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory(dir=asked.folder) as folder,
        on(cores[:-1] if own else cores),
        assay_served(bundles.onnx, Path(folder), "deadline_ms=2000", UNWATCHED) as server,
        on(cores[-1:] if own else cores),
    ):
        target = Target.of(server, picture)
        closed(target, MANY, requests=2 * MANY)  # warm, with every size of batch
        measured["p95 at 1, ms"] = quantile(closed(target, 1, requests=30 if asked.quick else 300), 0.95)
        many = closed(target, MANY, seconds=seconds / 2)
        accepted = [reply for reply in many if reply.status == 200]
        measured["p95 of accepted at 32, ms"] = quantile(accepted, 0.95)
        known = refusal_buckets(server)
        before, rate = own_memory_bytes(server.process.pid), rate_of(many)
        print(f"{rate:.1f} answers a second with {MANY} connections; {TIMES * rate:.0f} are asked for now", flush=True)
        replies = opened(target, TIMES * rate, seconds, connections=CONNECTIONS)
        ended = time.monotonic()
        measured["p95 of refusals within the service, ms"] = 1000 * p95_between(known, refusal_buckets(server))
        first = closed(target, 1, seconds=0.0, requests=1)[0]
        while first.status != 200 and time.monotonic() - ended < 30:
            first = closed(target, 1, requests=1)[0]
        measured["first answer after, s"] = first.milliseconds / 1000
        time.sleep(CALM)
        measured["memory after against before"] = own_memory_bytes(server.process.pid) / before
    statuses = Counter(reply.status for reply in replies)
    print("under overload:", dict(statuses))
    for name, status in (("accepted", 200), ("refusals", 503)):
        chosen = [reply for reply in replies if reply.status == status]
        measured[f"p95 of {name} under overload, ms"] = quantile(chosen, 0.95)
        measured[f"p95 of {name} since sent, ms"] = float(np.quantile([each.since_sent_ms for each in chosen], 0.95))
    return report(measured, set(statuses), asked.folder)


@contextmanager
def on(cores: Sequence[int]) -> Iterator[None]:
    """For a block, what this process begins runs on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def refusal_buckets(server: Server) -> dict[float, float]:
    """Refused requests by the seconds that they took at most, from the first byte to the last, as /metrics has them."""
    request = urllib.request.Request(f"{server.address}/metrics", headers=server.headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read().decode()
    wanted = 'assay_request_seconds_bucket{le="([^"]+)",route="/v1/classify",status="503"} ([0-9.e+]+)'
    return {float(bound): float(count) for bound, count in re.findall(wanted, text)}


def p95_between(before: dict[float, float], after: dict[float, float]) -> float:
    """Seconds within which 95 % of the requests between two moments were refused: the bound of their bucket."""
    counts = {bound: count - before.get(bound, 0.0) for bound, count in after.items()}
    return next((bound for bound in sorted(counts) if counts[bound] >= 0.95 * counts[math.inf]), math.nan)


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
