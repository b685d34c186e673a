"""Pseudo-generators of a config: pictures made of real training images, written once, added to train as generated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from omegaconf import DictConfig

from assay.data.build import Records, build_manifest
from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.disk import note_use
from assay.errors import ConfigError, DataError, did_you_mean
from assay.evaluation.generators import generated_label
from assay.files import atomic_write, digest_of
from assay.output import say
from assay.run.workspace import cache_folder
from assay.synthetic.pseudo.generator import PREFIX, ByteImages
from assay.synthetic.pseudo.generators import PSEUDO

FOLDER = "pseudo"
VERSION = 1
MOST = 2000
"""Real pictures that are learned from, and pictures of each pseudo-generator."""
LARGEST_SIDE = 256
"""Pixels of what is made; of larger pictures the middle is taken as it is."""


def with_pseudo_generators(config: DictConfig, manifest: Manifest) -> Manifest:
    """The manifest with pictures of the pseudo-generators in train, in the class of the generated, and no other change.

    They are made of the real pictures of train alone, so that val, calib and test stay unseen, and lie in the cache,
    where they are made again, the same, when they are gone.

    Args:
        config: composed and checked.
        manifest: the dataset with its splits.

    Raises:
        ConfigError: no such pseudo-generator.
        DataError: train is not of real and generated pictures, or has too few real ones.
    """
    names = [str(name) for name in config.data.get("pseudo_generators") or ()]
    if not names:
        return manifest
    for name in names:
        if name not in PSEUDO:
            raise ConfigError(f"data.pseudo_generators: {name}: no such one; {did_you_mean(name, PSEUDO)}")
    train = manifest.only("train")
    generators = train.table["generator"].to_numpy(dtype=np.str_)
    if not (generators != "").any():
        raise DataError(
            "data.pseudo_generators: no training image names its generator; use data=exposr, or a table with the "
            "column generator"
        )
    label = generated_label(train.labels, generators)
    real = replace(train, table=train.table[(generators == "")])
    if len(real) < 2:
        raise DataError("data.pseudo_generators: two real training images or more are needed, got one")
    count = max(1, round(min(len(real), MOST) * config.data.pseudo_ratio))
    paths = _made(config, real, dict.fromkeys(names), count)
    table = pd.DataFrame(
        [
            {"path": str(path), "label": manifest.class_names[label], "generator": PREFIX + name, "split": "train"}
            for name, own in paths.items()
            for path in own
        ],
        dtype="str",
    ).assign(source=FOLDER)
    added = build_manifest(
        Records(table, class_names=(manifest.class_names[label],)),
        cache_folder(config) / "scans",
        where="data.pseudo_generators",
        on_error="skip",
        on_conflict="drop",
    )
    rows = added.table[~added.table["id"].isin(set(manifest.table["id"]))]
    rows = rows.assign(group=rows["id"], label=label)
    return replace(manifest, table=pd.concat([manifest.table, rows], ignore_index=True))


def _made(
    config: DictConfig, real: Manifest, names: Sequence[str] | dict[str, Any], count: int
) -> dict[str, list[Path]]:
    """The files of each pseudo-generator; those that are not there are made."""
    rows = np.unique(np.linspace(0, len(real) - 1, min(MOST, len(real))).astype(int))
    part = replace(real, table=real.table.iloc[rows])
    side = max(8, int(min(LARGEST_SIDE, part.table[["width", "height"]].min(axis=1).median())))
    made: dict[str, list[Path]] = {}
    pictures: ByteImages | None = None
    for name in names:
        key = digest_of([VERSION, name, sorted(part.ids.tolist()), side, count, part.samples.state()])
        folder = cache_folder(config) / FOLDER / key[:32]
        made[name] = [folder / f"{number:05d}.png" for number in range(count)]
        if all(path.is_file() for path in made[name]):
            note_use(folder)
            continue
        if pictures is None:
            say(f"making pictures of {', '.join(names)} from {len(part):,} real ones …", to_stderr=True)
            square = Preprocessing(side, "native")
            pictures = np.stack([square(read_image(path, part.samples)) for path in part.paths])
        drawn = PSEUDO[name].draw(pictures, count, np.random.default_rng([0, int(key[:8], 16)]))
        folder.mkdir(parents=True, exist_ok=True)
        for path, picture in zip(made[name], drawn, strict=True):
            with atomic_write(path) as temporary:
                temporary.write_bytes(_png(picture))
    return made


def _png(picture: ByteImages) -> bytes:
    grey = bool((picture == picture[..., :1]).all())
    _, encoded = cv2.imencode(".png", picture[..., 0] if grey else picture[..., ::-1])
    return encoded.tobytes()
