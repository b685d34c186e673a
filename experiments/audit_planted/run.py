"""Plants what spoils datasets into real pictures, and counts what the audit finds of it, beside other tools.

python experiments/audit_planted/run.py [--quick] [--parts duplicates,blur] [--on cells,garments,pieces]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import duplicates
import labels
import numpy as np
import quality
import shortcuts
from planted import Picture, garments, pieces, solar_cells, write
from tables import SHOWN

RESULTS, QUICK = (Path(__file__).with_name(f"{name}.json") for name in ("results", "quick"))
PARTS = ("duplicates", "blur", "labels", "shortcuts")
OTHER_TOOLS = ("imagededup==0.3.3.post2", "cleanvision==0.3.7", "imagehash", "PyWavelets")


def environment(folder: Path) -> str:
    """A folder with the other tools, which take what they need besides from this environment; "" where none comes."""
    asked = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), *OTHER_TOOLS]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"the other tools are not there: {done.stderr.strip().splitlines()[-1:]}")
    return "" if done.returncode else str(folder)


def datasets(wanted: list[str], quick: bool) -> dict[str, tuple[list[Picture], list[str]]]:
    """The pictures that something is planted into; what is not installed is left out and said."""
    makers = {"cells": solar_cells, "garments": lambda: garments(600 if quick else 2624), "pieces": pieces}
    made = {}
    for name in wanted:
        try:
            pictures, names = makers[name]()
        except (ImportError, OSError) as error:
            print(f"{name}: left out, {error}")
            continue
        made[name] = (pictures[:600], names[:600]) if quick else (pictures, names)
    return made


def embeddings(pictures: list[Picture], names: list[str], folder: Path) -> np.ndarray:
    """By the default backbone, as the audit has them."""
    from assay.config.compose import compose
    from assay.run.findings import Embeddings
    from assay.run.images import list_manifest

    paths = {
        str(write(picture, folder / name.replace(".", "_") / f"{row:05}.png")): row
        for row, (picture, name) in enumerate(zip(pictures, names, strict=True))
    }
    config = compose(["data=folder", f"data.root={folder}", "data.on_conflict=drop"])
    manifest = list_manifest(config)
    vectors = Embeddings(manifest, config)(manifest)
    ordered = np.zeros((len(pictures), vectors.shape[1]), dtype=np.float32)
    ordered[[paths[path] for path in manifest.table["path"]]] = vectors
    return ordered


def pixels(pictures: list[Picture]) -> np.ndarray:
    """Grey values of 28 × 28 pixels."""
    small = [cv2.resize(picture, (28, 28), interpolation=cv2.INTER_AREA)[..., 1] for picture in pictures]
    return np.asarray(small, dtype=np.float32).reshape(len(small), -1) / 255


def main() -> None:
    """Run the parts that are asked for, and add what came out to the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="600 pictures of each dataset, 60 copies, 40 resamples")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--pixels", action="store_true", help="labels by raw pixels instead of embeddings")
    parser.add_argument("--on", default="cells,garments,pieces")
    parser.add_argument("--first", type=int, help="so many pictures of each dataset")
    parser.add_argument("--each", type=int, help="so many copies of each kind")
    parser.add_argument("--alone", action="store_true", help="copies by the audit, without other tools")
    arguments = parser.parse_args()
    kept = QUICK if arguments.quick else RESULTS
    results = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        parts = arguments.parts.split(",")
        asks = {"duplicates", "blur"} & set(parts) and not arguments.alone
        tools = environment(root / "tools") if asks else ""
        for name, (pictures, names) in datasets(arguments.on.split(","), arguments.quick).items():
            pictures, names = pictures[: arguments.first], names[: arguments.first]
            for part in parts:
                folder = root / name / part
                if part == "duplicates":
                    each = arguments.each or (60 if arguments.quick else 500)
                    made = duplicates.run(name, pictures, names, folder, each, tools, alone=arguments.alone)
                elif part == "blur":
                    made = quality.run(name, pictures, names, folder, tools)
                elif part == "labels":
                    vectors = pixels(pictures) if arguments.pixels else embeddings(pictures, names, folder / "pictures")
                    made = labels.run(name, vectors, names, folder)
                else:
                    made = shortcuts.run(name, pictures, folder, 40 if arguments.quick else 200)
                results.setdefault(part, {})[name] = made
                print(f"\n{SHOWN[part](made)}", flush=True)
                kept.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
