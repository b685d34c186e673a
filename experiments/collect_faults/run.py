"""Sources with a fifth of faults: every good picture, no bad one, a reason for each, within limits; and kills.

python experiments/collect_faults/run.py faults wikimedia 1200
python experiments/collect_faults/run.py kills 20
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import world

from assay.collection.ledger import AddressLedger
from assay.collection.limits import file_limits
from assay.collection.request import CollectRequest
from assay.collection.sources.catalogue import SOURCES
from assay.config.compose import compose
from assay.housekeeping.collect import Doors, collect_through

HERE = Path(__file__).parent
ENDPOINTS = {
    "wikimedia": "http://commons.test/w/api.php",
    "openverse": "http://openverse.test/v1/images/",
    "flickr": "http://flickr.test/services/rest/",
}
SHARE, WORKERS = 0.2, 4


def collect(servers: world.World | world.Far, folder: Path, source: str, **more: object) -> None:
    """What `assay collect` does, with the internet of `servers`."""
    config = compose([f"cache={folder}/cache", f"tracking.uri=sqlite:///{folder}/runs.db"])
    asked = {"source": source, "query": "jade", "label": "jade", "width": 0, "endpoint": ENDPOINTS.get(source, "")}
    asked = {**asked, "to": str(folder / "stones"), "contact": "me@example.org", "seconds": 1.0, "wait": 1e7}
    request = CollectRequest(**{**asked, "minimum": 5_000, "workers": WORKERS, **more})  # type: ignore[arg-type]
    collect_through(request, config, Doors(servers.clock, servers.resolve, servers.connect))


def faults(source: str, count: int) -> dict[str, object]:
    """One source, from nothing to all that it has."""
    os.environ["ASSAY_FLICKR_KEY"] = "key"
    items = world.items_of(source, count, SHARE)
    servers = world.World({source: items}, world.JumpingClock())
    begun, since = time.monotonic(), servers.clock.now()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        collect(servers, folder, source)
        table = pd.read_parquet(folder / "stones" / "metadata.parquet")
        changed = [
            row.file_name
            for row in table.itertuples()
            if (folder / "stones" / str(row.file_name)).read_bytes() != world.picture(str(row.title))
        ]
        ledger = AddressLedger(folder / "stones")
        outcomes = {entry.address: entry for entry in ledger.entries()}
        ledger.close()
    good, kept = servers.good(source), set(table["address"])
    wrong = [
        f"{item.fault}: {outcomes[item.address].outcome}"
        for item in items
        if item.fault and (expected := world.FAULTS[item.fault]) and outcomes[item.address].outcome != expected
    ]
    silent = [entry.address for entry in outcomes.values() if entry.outcome != "kept" and not entry.reason]
    api, files = SOURCES[source].limits(key=source == "flickr"), file_limits(f"files-{source}.test")
    host = world.HOSTS[source]
    return {
        "source": source,
        "pictures": count,
        "with faults": sum(bool(item.fault) for item in items),
        "good": len(good),
        "good and missing": len(good - kept),
        "bad and there": len(kept - good) + len(changed),
        "other outcomes than expected": wrong,
        "without a reason": len(silent),
        "outcomes": dict(Counter(entry.outcome for entry in outcomes.values()).most_common()),
        "requests": len(servers.arrivals),
        "above a limit": len(servers.judge(host, api.windows, api.at_once))
        + len(servers.judge(f"files-{source}.test", files.windows, files.at_once)),
        "connections elsewhere": sum(address != world.PUBLIC for address in servers.connected),
        "minutes by the collector's clock": round((servers.clock.now() - since) / 60, 1),
        "seconds": round(time.monotonic() - begun, 1),
    }


def kills(times: int) -> dict[str, object]:
    """One collection, killed again and again at other places; what was asked for twice is counted by the server."""
    source, count = "wikimedia", 400
    servers = world.World({source: world.items_of(source, count, 0.0)}, world.JumpingClock())
    with tempfile.TemporaryDirectory() as name:
        folder, killed, again = Path(name), 0, []
        for number in range(times + 1):
            fetched = Counter(each.path for each in servers.arrivals if each.path.endswith(".jpg"))
            child = subprocess.Popen(
                [sys.executable, __file__, "child", str(folder), str(servers.port), "resume" if number else "fetch"]
            )
            stop = len(servers.arrivals) + 15 + 7 * number % 11
            while child.poll() is None and (number == times or len(servers.arrivals) < stop):
                time.sleep(0.002)
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
                killed += 1
            child.wait()
            now = Counter(each.path for each in servers.arrivals if each.path.endswith(".jpg"))
            again.append(sum(1 for path in now if fetched[path] and now[path] > fetched[path]))
        table = pd.read_parquet(folder / "stones" / "metadata.parquet")
        whole = all(
            (folder / "stones" / str(row.file_name)).read_bytes() == world.picture(str(row.title))
            for row in table.itertuples()
        )
    asked = {each.path for each in servers.arrivals if each.path.endswith(".jpg")}
    return {
        "kills": killed,
        "pictures": len(table),
        "named": count,
        "fetched and missing": len(asked) - len(table),
        "files as their servers have them": whole,
        "workers": WORKERS,
        "asked for again after a kill, at most": max(again),
    }


def child(folder: str, port: str, deed: str) -> None:
    """In a process that is killed: collect from the servers of the parent."""
    servers = world.Far(world.JumpingClock(), int(port))
    collect(servers, Path(folder), "wikimedia" if deed == "fetch" else "", deed=deed)
    if deed == "resume":
        collect(servers, Path(folder), "wikimedia")


def main() -> None:
    what, *rest = sys.argv[1:]
    if what == "child":
        child(*rest)
        return
    result = faults(rest[0], int(rest[1])) if what == "faults" else kills(int(rest[0]))
    name = f"faults-{rest[0]}" if what == "faults" else "kills"
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
