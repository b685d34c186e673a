"""How fast pictures are answered, beside a bare FastAPI application and other servers of the same graph.

    python experiments/serving/latency.py [--quick] [--only PART] [--folder DIR]

Parts: "bare" (one connection and 32, three sizes of picture), "int8" (INT8 against the float bundle), "cache" (a
picture that was sent before), "rivals" (LitServe, BentoML and `mlflow models serve`). In each, the servers run side by
side and are asked in turns; a ratio is the median of those of the rounds, with the smallest and the largest behind it.
CPU is what a server's processes used for one answer, which a busy machine changes less than the time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bundles import Bundles, make_bundles, make_pictures
from load import Reply, Target, closed, quantile, rate_of
from rival_servers import RIVALS, rival_served
from services import Server, assay_served, free_port, started
from usage import cpu_seconds

HERE, MANY = Path(__file__).parent, 32
HEADERS = {"Content-Type": "image/jpeg"}
LONG = ("int8", "rivals")
"""Parts that --quick leaves out."""
FORMAT = "%-34s %12s %12s   ratio %s"


@dataclass(frozen=True)
class Compared:
    """A server and where it is asked."""

    server: Server
    target: Target

    @classmethod
    def of(cls, server: Server, picture: bytes, **further: Any) -> Compared:
        return cls(server, Target.of(server, picture, **further))


def compare(
    what: str,
    ours: Compared,
    theirs: Compared,
    connections: int,
    requests: int,
    rounds: int,
    rows: list[dict[str, Any]],
) -> None:
    """Ask two servers in turns, and print and keep ratios: of p50 with one connection, else of answers a second."""
    measure: Callable[[Sequence[Reply]], float] = rate_of if connections > 1 else lambda replies: quantile(replies, 0.5)
    values: dict[str, list[float]] = {"ours": [], "theirs": []}
    cpu: dict[str, list[float]] = {"ours": [], "theirs": []}
    sides = [("ours", ours), ("theirs", theirs)]
    for _, each in sides:
        closed(each.target, connections, requests=max(4, connections))  # warm
    for turn in range(rounds):
        for side, each in sides if turn % 2 else reversed(sides):
            before = cpu_seconds(each.server.process.pid)
            replies = closed(each.target, connections, requests=requests)
            refuse_others(each.server, replies)
            values[side].append(measure(replies))
            cpu[side].append(1000 * (cpu_seconds(each.server.process.pid) - before) / requests)
    unit = "/s" if connections > 1 else " ms"
    for label, found, unit_ in (("", values, unit), (" CPU", cpu, " ms")):
        ratios = [one / other for one, other in zip(found["ours"], found["theirs"], strict=True) if other]
        row = {
            "what": f"{what}{label}",
            "against": theirs.server.name,
            "connections": connections,
            "ours": statistics.median(found["ours"]),
            "theirs": statistics.median(found["theirs"]),
            "unit": unit_.strip(),
            "ratio": statistics.median(ratios) if ratios else float("nan"),
            "lowest": min(ratios, default=float("nan")),
            "highest": max(ratios, default=float("nan")),
            "rounds": rounds,
        }
        rows.append(row)
        spread = f"{row['ratio']:.2f} ({row['lowest']:.2f} to {row['highest']:.2f})"
        shown = f"{row['what']}, {connections} at once"
        print(FORMAT % (shown, f"{row['ours']:.1f}{unit_}", f"{row['theirs']:.1f}{unit_}", spread), flush=True)


def refuse_others(server: Server, replies: Sequence[Reply]) -> None:
    """Only answers are compared."""
    if bad := [reply for reply in replies if reply.status != 200]:
        raise SystemExit(f"{server.name}: {len(bad)} of {len(replies)} requests failed, one with {bad[0]}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few requests, one size of picture, no INT8, no rivals")
    parser.add_argument("--only", choices=PARTS, help="one part alone, also one that --quick leaves out")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "assay-serving")
    asked = parser.parse_args(arguments)
    bundles, pictures = make_bundles(asked.folder), make_pictures()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        for name, part in PARTS.items():
            if name == asked.only or (asked.only is None and not (asked.quick and name in LONG)):
                print(f"{name}: assay first", flush=True)
                part(bundles, pictures, Path(folder), asked, rows)
    (asked.folder / "latency.json").write_text(json.dumps(rows, indent=1))
    print(asked.folder / "latency.json")
    return 0


def against_bare(
    bundles: Bundles, pictures: dict[str, bytes], folder: Path, asked: argparse.Namespace, rows: list[dict[str, Any]]
) -> None:
    port = free_port()
    words = [sys.executable, str(HERE / "bare.py"), str(bundles.onnx / "onnx" / "model.onnx"), str(port)]
    bare = started("bare", words, folder, port=port, path="/classify", ready="/ready", headers=HEADERS)
    with assay_served(bundles.onnx, folder) as ours, bare as theirs:
        for name, picture in pictures.items():
            if asked.quick and name != "140 kB":
                continue
            share = 5 if name == "3 MB" else 1  # a fifth of the requests
            for connections, requests in ((1, 20 if asked.quick else 200), (MANY, 96 if asked.quick else 800)):
                pair = Compared.of(ours, picture), Compared.of(theirs, picture)
                compare(name, *pair, connections, requests // share, 3 if asked.quick else 9, rows)


def int8_against_float(
    bundles: Bundles, pictures: dict[str, bytes], folder: Path, asked: argparse.Namespace, rows: list[dict[str, Any]]
) -> None:
    if bundles.int8 is None:
        print("skipped: the export refused INT8")
        return
    with (
        assay_served(bundles.int8, folder, name="int8") as ours,
        assay_served(bundles.onnx, folder, name="float") as theirs,
    ):
        for name in ("30 kB",) if asked.quick else ("30 kB", "140 kB"):
            for connections, requests in ((1, 20 if asked.quick else 200), (MANY, 96 if asked.quick else 800)):
                pair = Compared.of(ours, pictures[name]), Compared.of(theirs, pictures[name])
                compare(f"INT8 {name}", *pair, connections, requests, 3 if asked.quick else 9, rows)


def cache_hits(
    bundles: Bundles, pictures: dict[str, bytes], folder: Path, asked: argparse.Namespace, rows: list[dict[str, Any]]
) -> None:
    """Answers a second and p50 of a picture that was sent before, against one that is new each time."""
    with assay_served(bundles.onnx, folder, name="cache") as server:
        for name in ("140 kB",) if asked.quick else tuple(pictures):
            share = 5 if name == "3 MB" else 1
            for connections, requests in (
                (1, 20 if asked.quick else 100 // share),
                (MANY, 96 if asked.quick else 320 // share),
            ):
                pair = Compared.of(server, pictures[name], distinct=False), Compared.of(server, pictures[name])
                compare(f"hit {name}", *pair, connections, requests, 3 if asked.quick else 9, rows)


def against_rivals(
    bundles: Bundles, pictures: dict[str, bytes], folder: Path, asked: argparse.Namespace, rows: list[dict[str, Any]]
) -> None:
    graph = bundles.onnx / "onnx" / "model.onnx"
    for rival in RIVALS:
        with contextlib.ExitStack() as stack:
            try:
                theirs = stack.enter_context(rival_served(rival, graph, asked.folder, folder))
            except (RuntimeError, SystemExit) as error:
                print(f"{rival.name} is skipped: {error}")
                continue
            ours = stack.enter_context(assay_served(bundles.onnx, folder, name=f"beside {rival.name}"))
            for name in ("140 kB",) if asked.quick else ("30 kB", "140 kB"):
                picture, wrapped = pictures[name], {"wrap": rival.wrap, "base64": rival.base64}
                for connections, requests in ((1, 20 if asked.quick else 200), (MANY, 96 if asked.quick else 800)):
                    pair = Compared.of(ours, picture), Compared.of(theirs, picture, **wrapped)
                    compare(f"{rival.name} {name}", *pair, connections, requests, 3 if asked.quick else 9, rows)


PARTS: dict[str, Callable[..., None]] = {
    "bare": against_bare,
    "int8": int8_against_float,
    "cache": cache_hits,
    "rivals": against_rivals,
}

if __name__ == "__main__":
    raise SystemExit(main())
