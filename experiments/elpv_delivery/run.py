"""Delivered cells of generators that nobody trained on: `python run.py GENERATED_FOLDER WORK_FOLDER [arm …]`.

Trains what is missing in the store of the current folder (`mlruns/`) with gan and with vae left out, and asks each
model about real test cells and pictures of every generator that it never saw, as they are and after each chain.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
from own_generators import GENERATORS
from own_generators import main as draw

from assay.augment.chain import Chain
from assay.config.compose import compose
from assay.data.image import read_image
from assay.data.preprocessing import ByteImage
from assay.evaluation.delivery import measure_delivery
from assay.evaluation.delivery_evidence import DeliveryEvidence
from assay.evaluation.resampling import Resampling
from assay.measurement import Measurement
from assay.predictions import Predictions, joined
from assay.predictor import Predictor
from assay.run.recorded_run import RecordedRun
from assay.run.workspace import cache_folder, open_store
from assay.studies.left_out.request import LeftOutRequest
from assay.studies.left_out.study import exposr

REAL, EACH, BATCH = 400, 200, 100
CHAINS = {
    "JPEG 80": [{"jpeg": 80}],
    "JPEG 60": [{"jpeg": 60}],
    "to half and back": [{"there_and_back": 0.5}],
    "messenger twice": [{"jpeg": 75}, {"jpeg": 60}],
    "denoised": [{"denoise": 20}],
    "half": [{"scale": 0.5}],
}
FINAL = {"held out: cut, to 60 % and back, WebP 50": [{"cut": 0.08}, {"there_and_back": 0.6}, {"webp": 50}]}
"""Nothing was chosen on it, nor on the generator `diffusion`."""
CLEAN = (
    "evaluation.generators.jpeg=[]",
    "evaluation.generators.resize=[]",
    "evaluation.generators.blur=[]",
    "evaluation.generators.swap_formats=false",
    "+evaluation.generators.deliveries=false",
)
USUAL = ("data.image_size=64", "data.normalise_files=true", "evaluation=quick", *CLEAN)
FEW = ("data.pseudo_ratio=0.3", "finetune.views=3", "evaluation.figures=false", *USUAL)
BEFORE = ("aug=recompress", "model.stages=3", "head=novelty_kinds", "calibration=false_alarms")
ARMS = {
    "exposr": FEW,
    "weight2": ("head=novelty_kinds", *FEW),
    "no_pseudo": ("data.pseudo_generators=[]", *FEW),
    "before": ("data.pseudo_generators=[]", *BEFORE, *FEW),
}


def main(generated: Path, work: Path, arms: list[str]) -> None:
    """Run the arms and print what came out."""
    root = work / "cells"
    _beside("elpv_exposr/prepare.py").main(generated, root)
    draw(work / "own", [])
    pictures = _pictures(root, work / "own")
    for arm in arms or list(ARMS):
        words = ("experiment=exposr", f"data.root={root}", *ARMS[arm])
        _, found = exposr(LeftOutRequest(words, name=f"elpv_delivery_{arm}"))
        for one in found:
            if one.run_id is not None:
                _ask(arm, one.generator, one.run_id, pictures)


def _ask(arm: str, left_out: str, run_id: str, pictures: dict[str, list[ByteImage]]) -> None:
    config = compose([])
    predictor = RecordedRun(open_store(config).find(run_id)).predictor(cache_dir=cache_folder(config))
    unseen = [left_out, *(name for name in GENERATORS if name in pictures)]
    asked = {name: pictures[name] for name in ("real", *unseen)}
    tests = {("", "as they are"): _predicted(predictor, asked, None)}
    for number, (described, steps) in enumerate({**CHAINS, **FINAL}.items()):
        tests[f"chain{number}", described] = _predicted(predictor, asked, Chain(f"chain{number}", steps))
    print(f"\n{arm}, trained without {left_out}\n")
    print("| handled | " + " | ".join(unseen) + " | false accusations |\n| --- |" + " ---: |" * (len(unseen) + 1))
    of = {image: image.rpartition("-")[0].replace("real", "") for image in next(iter(tests.values())).ids.tolist()}
    told: list[DeliveryEvidence] = [
        measure_delivery(
            tests, of, predictor.calibrator, seen=[each for each in unseen if each != name], how_drawn=Resampling(400)
        )
        for name in unseen
    ]
    for place, chain in enumerate(told[0].chains):
        cells = [f"{_shown(each.chains[place].auroc)}, {_shown(each.chains[place].accuracy)}" for each in told]
        print(f"| {chain.described} | " + " | ".join(cells) + f" | {_shown(chain.false_accusations)} |", flush=True)


def _predicted(predictor: Predictor, asked: dict[str, list[ByteImage]], chain: Chain | None) -> Predictions:
    every = [
        (f"{name}-{number}", int(name != "real"), picture)
        for name, own in asked.items()
        for number, picture in enumerate(own)
    ]
    parts = []
    for start in range(0, len(every), BATCH):
        shown = [
            picture if chain is None else chain.delivered(picture) for _, _, picture in every[start : start + BATCH]
        ]
        parts.append(predictor.raw_predictions(shown))
    ids, labels = np.array([entry[0] for entry in every]), np.array([entry[1] for entry in every])
    return joined(parts).about(ids, ids, labels, "test").answers_only()


def _pictures(root: Path, own: Path) -> dict[str, list[ByteImage]]:
    folders = {"real": root / "test" / "real"}
    folders |= {path.name: path for path in sorted((root / "test" / "generated").iterdir())}
    folders |= {name: own / name for name in GENERATORS}
    counts = {name: REAL if name == "real" else EACH for name in folders}
    return {
        name: [read_image(path) for path in sorted(folder.glob("*.png"))[: counts[name]]]
        for name, folder in folders.items()
    }


def _shown(measured: Measurement) -> str:
    return f"{measured.value:.3f} [{measured.low:.3f}, {measured.high:.3f}]"


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("prepare_exposr", Path(__file__).resolve().parents[1] / name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
