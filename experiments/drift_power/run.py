"""False alarms of the watch over a row of looks, and the power with which it sees planted shifts of real solar cells.

python experiments/drift_power/run.py [--quick] [--parts false,power,adwin] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from looks import look_rates
from pictures import COUNTS, load_cells
from shifts import SHIFTS, power_of
from world import build_world

RESULTS, QUICK = (Path(__file__).with_name(f"{name}.json") for name in ("results", "quick"))
QUICK_KINDS = ("blur", "jpeg")


def main() -> None:
    """Run the parts that are asked for; each number is written as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="40 replays, 20 windows a shift, blur and JPEG alone")
    parser.add_argument("--parts", default="false,power")
    parser.add_argument("--kinds", default="", help="of pictures to be made; all without it")
    parser.add_argument("--replays", type=int, default=500)
    parser.add_argument("--windows", type=int, default=200)
    parser.add_argument("--shifts", default="", help="planted, separated by commas; all without it")
    parser.add_argument("--sizes", default="", help="pictures of a window, separated by commas")
    parser.add_argument("--output", default="", help="file of the results; results.json or quick.json without it")
    parser.add_argument("--folder", default=str(Path(tempfile.gettempdir()) / "assay_drift_power"))
    arguments = parser.parse_args()
    file = Path(arguments.output) if arguments.output else QUICK if arguments.quick else RESULTS
    replays, windows = (40, 20) if arguments.quick else (arguments.replays, arguments.windows)
    kinds = list(QUICK_KINDS if arguments.quick else arguments.kinds.split(",") if arguments.kinds else COUNTS)
    sizes = [int(size) for size in arguments.sizes.split(",") if size] or (
        [300] if arguments.quick else [100, 300, 1000]
    )
    shifts = [shift for shift in arguments.shifts.split(",") if shift] or list(SHIFTS)
    world = build_world(load_cells(Path(arguments.folder), kinds))
    reference = world.answers["cells"].rows(world.usual)
    accuracy = float((reference.predicted == reference.labels).mean())
    print(f"{len(world.usual)} cells to draw from, accuracy {accuracy:.3f}", flush=True)
    results = json.loads(file.read_text("utf-8")) if file.is_file() else {}

    def note(part: str, name: str, numbers: dict) -> None:
        results.setdefault(part, {})[name] = numbers
        file.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
        print(part, name, json.dumps(numbers), flush=True)

    note("world", "about", {"drawn_from": len(world.usual), "accuracy": accuracy, "kinds": kinds})
    for part in arguments.parts.split(","):
        begun = time.monotonic()
        if part == "false":
            for name, numbers in look_rates(world, replays):
                note(part, name, numbers)
        if part == "power":
            for name, numbers in power_of(world, windows, sizes=sizes, shifts=shifts):
                note(part, name, numbers)
        print(f"{part}: {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()
