"""Generated and repeated training images of a config: read, measured once, screened, and mixed in."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from omegaconf import DictConfig, OmegaConf

from assay.config.synthetic import BETWEEN
from assay.data.manifest import Manifest
from assay.data.split_names import split_of
from assay.errors import ConfigError, DataError, did_you_mean
from assay.files import digest_of, write_cache
from assay.run.workspace import cache_folder, plain_node
from assay.synthetic.fidelity.record import FidelityEvidence
from assay.synthetic.fidelity.settings import FidelitySettings
from assay.synthetic.training.decision import decided_on
from assay.synthetic.training.generated_use import SyntheticUse
from assay.synthetic.training.limits import Limits
from assay.synthetic.training.mixing import (
    chosen_classes,
    draw,
    refuse_generated_outside_train,
    with_generated,
    with_repeats,
)
from assay.synthetic.training.review import parse_review
from assay.synthetic.training.screen import Screened, screen

if TYPE_CHECKING:
    from collections.abc import Sequence
_log = logging.getLogger(__name__)

VERSION = 2  # of what is kept
MOST = 1000
"""Images of a side that the distance between classes is computed of."""


@dataclass(frozen=True)
class Candidates:
    """Generated images that could be trained on, and what is known about them.

    Attributes:
        usable: without those that come too near to a real image outside train, or are one of the dataset.
        evidence: about all of them.
        digest: of all generated images that were given, whatever generators are asked for.
        too_near, same: how many were left out, and why.
    """

    usable: Manifest
    evidence: FidelityEvidence
    digest: str
    too_near: int
    same: int


def prepare(config: DictConfig, real: Manifest) -> tuple[Manifest, SyntheticUse | None]:
    """The manifest that a config trains on, with more images in train where it asks for them.

    Args:
        config: composed and checked.
        real: the dataset with its splits, which stay as they are.

    Raises:
        DataError: generated images outside train, none that can be used, or none that passes.
        ConfigError: no such class or generator.
    """
    data = config.data
    if not data.get("synthetic") and not data.get("repeat_ratio"):
        return real, None
    train = real.only("train")
    classes = chosen_classes(train, plain_node(data.synthetic_classes))
    manifest = with_repeats(real, classes, data.repeat_ratio, config.seed) if data.repeat_ratio else real
    if not data.synthetic:
        return manifest, None
    candidate_images = candidates(config, real)
    if not len(candidate_images.usable):
        raise DataError(
            f"data.synthetic={data.synthetic}: nothing is left to train on: {candidate_images.same} are images of the "
            f"dataset itself, and {candidate_images.too_near} are copies of images outside train"
        )
    screened = screen(candidate_images.evidence, limits_of(config, real))
    review = decided_on(Path(str(data.synthetic)).expanduser(), candidate_images.digest, real.digest)
    passed = candidate_images.usable
    left_out: tuple[str, ...] = ()
    if data.synthetic_screen and (not review or parse_review(review).elsewhere):
        passed, left_out = _passing(candidate_images.usable, screened, {train.class_names[label] for label in classes})
    drawn, added = draw(passed, train, classes, data.synthetic_ratio, config.seed)
    use = SyntheticUse(
        candidate_images.evidence, screened, added, candidate_images.too_near, candidate_images.same, left_out, review
    )
    _say(use)
    return with_generated(manifest, drawn), use


def candidates(config: DictConfig, real: Manifest) -> Candidates:
    """The generated images of a config, measured against the real ones; what must not be trained on is left out."""
    refuse_generated_outside_train(real)
    every = generated_images(config, real.class_names)
    generated = _asked_for(config, every)
    evidence = _measured(config, real, every, generated)
    near = {pair.generated_id: pair for pair in evidence.exclude}
    known = set(real.table["id"])
    table = generated.table
    same = table["id"].isin(known)
    too_near = table["id"].isin(near) & ~same
    reasons = [(path, "an image of the dataset itself") for path in table["path"][same]]
    reasons += [
        (path, f"a {near[image].kind} of {near[image].real_path} in {near[image].real_split}")
        for path, image in zip(table["path"][too_near], table["id"][too_near], strict=True)
    ]
    excluded = pd.concat(
        [generated.excluded, pd.DataFrame(reasons, columns=["path", "reason"], dtype="str")], ignore_index=True
    )
    usable = replace(generated, table=table[~same & ~too_near], excluded=excluded)
    return Candidates(usable, evidence, every.digest, int(too_near.sum()), int(same.sum()))


def generated_images(config: DictConfig, class_names: tuple[str, ...]) -> Manifest:
    """Those of `data.synthetic`, by all generators.

    Raises:
        DataError: there are none, or some are meant for another split than train.
    """
    from assay.run.fidelity import class_places
    from assay.synthetic.training.source import read_synthetic

    entry = str(config.data.synthetic)
    places = class_places(config, class_names)
    synthetic = read_synthetic(entry, class_names, cache_folder(config) / "scans", places=places)
    splits = [name for name in set(synthetic.table["generator"]) if split_of(name) not in (None, "train")]
    if splits and Path(entry).expanduser().is_dir():
        raise DataError(
            f"data.synthetic={entry}: the folder {splits[0]} is called like a split; generated images are only trained "
            "on, never measured on: take it out, or call it like its generator"
        )
    return synthetic


def limits_of(config: DictConfig, real: Manifest) -> Limits:
    """What generated images have to keep to.

    Args:
        config: composed and checked.
        real: the dataset, whose classes say how far apart images may be where no number is given.
    """
    values: dict[str, Any] = plain_node(config.data.synthetic_limits)
    kid = values["kid"]
    if kid == BETWEEN:
        kid = _between(config, real)
    elif kid is not None:
        kid = dict.fromkeys(real.class_names, float(kid))
    return Limits(**{**values, "fid": values["fid"] or {}, "kid": kid})


def _asked_for(config: DictConfig, every: Manifest) -> Manifest:
    asked = plain_node(config.data.synthetic_generators)
    if asked is None:
        return every
    names = sorted(set(every.table["generator"]))
    for name in asked:
        if str(name) not in names:
            raise ConfigError(f"data.synthetic_generators: {name}: no such generator; {did_you_mean(str(name), names)}")
    return replace(every, table=every.table[every.table["generator"].isin([str(name) for name in asked])])


def _measured(config: DictConfig, real: Manifest, every: Manifest, wanted: Manifest) -> FidelityEvidence:
    """About the images that are asked for; what was measured of one generator among all is not measured again."""
    generators = tuple(dict.fromkeys(wanted.table["generator"].astype(str)))
    if len(generators) != 1:
        return _measured_once(config, real, wanted)
    evidence = _measured_once(config, real, every)
    (name,) = generators
    return replace(
        evidence,
        generators=generators,
        rows=tuple(row for row in evidence.rows if row.generator == name),
        pairs=tuple(pair for pair in evidence.pairs if pair.generator == name),
        exclude=tuple(pair for pair in evidence.exclude if pair.generator == name),
        generated_digest=wanted.digest,
    )


def _between(config: DictConfig, real: Manifest) -> dict[str, float]:
    """By class, the KID between its real images and those of the other classes, test images apart.

    Classes with fewer than two images, or no two groups, on a side have none.
    """
    from assay.run.fidelity import extractor_of
    from assay.synthetic.fidelity.extractor import build_embedder
    from assay.synthetic.fidelity.kernel import KernelDistance

    spec, cache = extractor_of(config), cache_folder(config)
    measured = real.table["split"].isin(FidelitySettings().against) & (real.table["generator"] == "")
    measured_images = replace(real, table=real.table[measured])
    kept = cache / "fidelity" / f"between-{digest_of([VERSION, measured_images.digest, spec.label])[:32]}.json"
    if kept.is_file():
        distances: dict[str, float] = json.loads(kept.read_text(encoding="utf-8"))
        return distances
    features, labels, groups = (
        build_embedder(spec, cache)(measured_images),
        measured_images.labels,
        measured_images.groups,
    )
    distances = {}
    for label, name in enumerate(real.class_names):
        sides = [
            np.random.default_rng([label, 8]).permutation(rows)[:MOST]
            for rows in (np.flatnonzero(labels == label), np.flatnonzero(labels != label))
        ]
        if min(len(set(groups[rows])) for rows in sides) < 2:
            continue
        own, others = sides
        distance = KernelDistance(features[own], features[others], groups[own], groups[others])
        value = distance.measure(resamples=0, confidence=0.95, seed=0).value
        if value is not None:
            distances[name] = value
    write_cache(
        kept, lambda path: path.write_text(json.dumps(distances), encoding="utf-8"), "it is measured again next time"
    )
    return distances


def _measured_once(config: DictConfig, real: Manifest, generated: Manifest) -> FidelityEvidence:
    """Distances and copies from the cache, whatever the seed of the training."""
    from assay.run.fidelity import measured

    seedless = OmegaConf.merge(config, {"seed": 0})
    assert isinstance(seedless, DictConfig)
    return measured(seedless, real, generated)


def _passing(usable: Manifest, screened: Sequence[Screened], classes: set[str]) -> tuple[Manifest, tuple[str, ...]]:
    """The images of classes and generators that pass, and those of `classes` that do not."""
    kept = {(row.generator, row.name) for row in screened if row.decision == "keep"}
    names = [usable.class_names[label] for label in usable.labels]
    rows = [pair in kept for pair in zip(usable.table["generator"], names, strict=True)]
    left_out = [row for row in screened if row.name in classes and row.generated and row.decision != "keep"]
    reasons = tuple(f"{row.generator}/{row.name} ({row.reasons})" for row in left_out)
    if not any(name in classes for _, name in kept):
        listed = "".join(f"\n  {reason}" for reason in reasons[:10])
        raise DataError(
            f"data.synthetic: no generated images pass:{listed}\nChange data.synthetic_limits (null asks nothing), "
            "train with data.synthetic_screen=false to see what they do, or let assay study study=synthetic_ab decide"
        )
    return replace(usable, table=usable.table[rows]), reasons


def _say(use: SyntheticUse) -> None:
    _log.info("generated images %s", use.screening)
    if use.left_out:
        _log.warning("%d classes and generators are left out (first: %s)", len(use.left_out), use.left_out[0])
