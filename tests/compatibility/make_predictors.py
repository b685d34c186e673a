"""Save predictors with every head, calibrator, reject rule and detector that a version knows, and what they answer.

Run it in a checkout of the version whose predictors are wanted, with that version installed:

    python make_predictors.py predictors.tar.xz

`names.json` beside them holds every `_target_` of its options, and configs with their digests.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from assay.tasks.train import config_digest

from assay.config.compose import compose, conf_dir, groups
from assay.data.preprocessing import Preprocessing
from assay.models.backbone import build_backbone
from assay.models.head import CosineHead, Head, LinearHead
from assay.models.network import Network
from assay.models.novelty_head import NoveltyHead
from assay.postprocess import calibration, reject
from assay.postprocess.ood.detector import LinearMap
from assay.postprocess.ood.methods import panel
from assay.postprocess.ood.quick_checks import QuickChecks
from assay.postprocess.ood.two_stage import TwoStage
from assay.predictions import Predictions
from assay.predictor import Predictor

CLASSES = ("amber", "jade", "onyx")
ALONE = ("data", "experiment", "debug", "sweep", "tracking", "ood")
"""Groups whose options set values of other groups."""
NEEDED = {
    "data=folder": ["data.root=photos"],
    "data=table": ["data.path=table.csv"],
    "data=torchvision": ["data.root=photos", "data.name=FashionMNIST"],
    "data=exposr": ["data.root=photos"],
    "experiment=amulet": ["data.root=photos"],
    "experiment=exposr": ["data.root=photos"],
    "model=timm": ["model.name=resnet18"],
}


def main(archive: Path) -> None:
    """Fit, save, ask and pack."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as cache:
        folder = Path(name)
        _predictors(folder, Path(cache))
        (folder / "names.json").write_text(json.dumps({"targets": _targets(), "configs": _digests()}, indent=1))
        with tarfile.open(archive, "w:xz", preset=9) as packed:
            packed.add(folder, ".", filter=_nameless)
    print(f"{archive}: {archive.stat().st_size / 1e6:.2f} MB")


def _predictors(folder: Path, cache: Path) -> None:
    rng = np.random.default_rng(0)
    tints = np.arange(240, dtype=np.uint8)[:, None, None, None] % 6 * 20
    pictures = np.kron(rng.integers(0, 128, (240, 6, 6, 3), np.uint8) + tints, np.ones((1, 4, 4, 1), np.uint8))
    asked = [*pictures[-4:], np.zeros((24, 24, 3), np.uint8), rng.integers(0, 256, (24, 24, 3), np.uint8)]
    np.save(folder / "asked.npy", np.stack(asked))
    torch.manual_seed(0)
    body = build_backbone("test_efficientnet", "none", stages=2, image_size=24)
    dim = body.embedding_dim
    heads = [LinearHead, CosineHead, NoveltyHead, partial(NoveltyHead, kinds=4)]
    calibrators = [kind() for kind in calibration.METHODS.values()]
    rules = [kind() for kind in reject.METHODS.values()]
    detectors = [None, *panel().items()]
    for number in range(len(detectors)):
        chosen = calibrators[number % len(calibrators)], rules[number % len(rules)]
        classes = CLASSES[:2] if isinstance(chosen[0], calibration.FalseAlarms) else CLASSES
        labels = np.arange(240) % len(classes)
        network = Network(body, heads[number % len(heads)](dim, len(classes))).eval()
        empty = Predictor(network, Preprocessing(24, "letterbox"), classes, cache, number % 2 == 1)
        vectors = empty.runtime(empty.pixels(list(pictures)))
        _learned(network.head, vectors[:120], labels[:120])
        every = empty.look(list(pictures))  # as it was called then
        train, calib = _of(every, "train", labels, slice(0, 120)), _of(every, "calib", labels, slice(120, 240))
        fitted = empty.fitted(calib, calibrator=chosen[0], reject=chosen[1])
        detector = detectors[number]
        if detector is not None:
            checks = QuickChecks() if number % 2 else None
            rule = TwoStage(detector[1], checks, 0.3, 0.1).fit(train, calib, head=_map(network.head))
            fitted = replace(fitted, ood=rule)
        parts = (network.head.state()["kind"], chosen[0].method, chosen[1].method, detector[0] if detector else "none")
        own = folder / "-".join(parts)
        own.mkdir()
        fitted.save(own)
        answers = [asdict(answer) for answer in fitted.answers(asked)]
        (own / "answers.json").write_text(json.dumps(answers, indent=1, default=np.ndarray.tolist))


def _learned(head: Head, vectors: np.ndarray, labels: np.ndarray) -> None:
    """Statistics of the head, and a linear layer that tells the classes apart a little."""
    torch.manual_seed(1)
    if isinstance(head, NoveltyHead):
        head.fit_(vectors, labels)
    else:
        head.fit_(vectors)
    optimizer = torch.optim.Adam(head.parameters(), 0.02)
    for _ in range(60):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(head(torch.from_numpy(vectors)), torch.from_numpy(labels)).backward()
        optimizer.step()


def _of(every: Predictions, split: str, labels: np.ndarray, rows: slice) -> Predictions:
    ids = np.array([f"{split}{row:03d}" for row in range(240)])
    return replace(every, split=split, ids=ids, groups=ids, labels=labels).rows(np.arange(240)[rows])


def _map(head: Head) -> LinearMap | None:
    """The head as one linear map, measured at its corners, where it is one."""
    if type(head) is not LinearHead:
        return None
    with torch.inference_mode():
        values = head(torch.cat([torch.zeros(1, head.embedding_dim), torch.eye(head.embedding_dim)])).double().numpy()
    return LinearMap(np.ascontiguousarray((values[1:] - values[0]).T), values[0])


def _targets() -> list[str]:
    named: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            named.update(value for key, value in node.items() if key == "_target_")
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    for path in conf_dir().rglob("*.yaml"):
        walk(yaml.safe_load(path.read_text()))
    return sorted(named)


def _digests() -> list[dict[str, Any]]:
    """Configs that hold every option once, options of independent groups together, and the digest of each."""
    every = {group: options for group, options in groups().items() if not group.startswith("hydra/")}
    rows = [[f"{group}={option}"] for group in ALONE for option in every.pop(group)]
    rows += [
        [f"{group}={options[number]}" for group, options in every.items() if number < len(options)]
        for number in range(max(map(len, every.values())))
    ]
    made = []
    for row in rows:
        words = [*row, *(word for key, needed in NEEDED.items() if key in row for word in needed)]
        made.append({"words": words, "digest": config_digest(compose(words))})
    return made


def _nameless(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
