"""Real against generated as pictures are delivered: predict test after each chain, and val made smaller and smaller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from assay.augment.chain import Chain
from assay.data.generators import generators_of, trained_generators
from assay.data.manifest import Manifest
from assay.errors import ConfigError, DataError
from assay.evaluation.delivery import measure_delivery, smallest_side
from assay.evaluation.delivery_evidence import DeliveryEvidence
from assay.evaluation.generator_evidence import CLEAN
from assay.evaluation.generators import generated_label
from assay.evaluation.resampling import Resampling
from assay.evaluation.settings import DeliverySettings, EvaluationSettings
from assay.output import say
from assay.predictions import Predictions
from assay.predictor.split_predictor import SplitPredictor
from assay.run.robustness import spoken

FOLDER = "chains"
SMALLER = "made-smaller"


def delivery(
    settings: EvaluationSettings,
    predictor: SplitPredictor,
    manifest: Manifest,
    predictions: dict[str, Predictions],
    folder: Path | None,
    *,
    seed: int,
) -> DeliveryEvidence | None:
    """Measure after each chain, where the settings ask for it.

    Args:
        settings: what is asked for.
        predictor: whose answers are judged.
        manifest: all splits.
        predictions: of val and test, as they are.
        folder: for predictions; a folder `chains` in it takes a file per chain. None keeps none.
        seed: of the intervals.

    Raises:
        ConfigError: a chain that is none.
        DataError: it is asked for, and the test images are not real and generated.
    """
    if settings.delivery is None:
        return None
    chains = chains_of(settings.delivery, manifest)
    test = manifest.only("test")
    made = dict(zip(test.table["id"], test.table["generator"], strict=True))
    positive = generated_label(test.labels, test.table["generator"].to_numpy(dtype=np.str_))
    sides = _sides(settings.delivery, manifest.only("val"))
    _announce(chains, sides, predictor, manifest, seed)
    tests = {("", CLEAN): predictions["test"]}
    for number, chain in enumerate(chains, start=1):
        what = f"delivery {number}/{len(chains)}, {chain.name}"
        predicted = predictor.predict(test, policy=chain, seed=seed, what=what).answers_only()
        tests[chain.name, chain.described] = predicted
        if folder is not None:
            predicted.save(folder / FOLDER / f"{chain.name}.parquet")
    how_drawn = Resampling(settings.resamples, seed, settings.confidence)
    evidence = measure_delivery(
        tests, made, predictor.calibrator, seen=trained_generators(manifest), how_drawn=how_drawn
    )
    if not sides:
        return replace(evidence, notes=_notes(evidence))
    smaller = {
        side: predictor.predict(
            manifest.only("val"), policy=chain, seed=seed, what=f"shorter side {side} px"
        ).answers_only()
        for side, chain in sides.items()
    }
    measured_sides, least = smallest_side(
        smaller,
        positive,
        predictor.calibrator,
        accuracy=settings.delivery.accuracy,
        accused=settings.delivery.accused,
        how_drawn=how_drawn,
    )
    evidence = replace(evidence, sides=measured_sides, smallest_side=least)
    return replace(evidence, notes=_notes(evidence))


def chains_of(settings: DeliverySettings, manifest: Manifest) -> list[Chain]:
    """The chains that are asked for, once all that is asked for can be done.

    Raises:
        ConfigError: a chain, or a side, that is none.
        DataError: no test image names its generator.
    """
    for side in settings.sides:
        if side < 1:
            raise ConfigError(f"evaluation.delivery.sides: a side has at least 1 pixel, got {side!r}")
    chains = [Chain(name, steps) for name, steps in settings.chains.items()]
    if not generators_of(manifest.only("test")):
        raise DataError(
            "evaluation=delivery: no test image names its generator; use data=exposr, or a table with the column "
            "generator"
        )
    return chains


def _sides(settings: DeliverySettings, val: Manifest) -> dict[int, Chain]:
    """What brings val to each side that its pictures have; always the usual one, which is the median."""
    if not settings.sides or len(val) == 0:
        return {}
    usual = int(np.median(val.table[["width", "height"]].min(axis=1)))
    asked = {usual, *(side for side in settings.sides if side < usual)}
    return {side: Chain(SMALLER, [{"short_side": side}]) for side in sorted(asked, reverse=True)}


def _announce(
    chains: Sequence[Chain], sides: dict[int, Chain], predictor: SplitPredictor, manifest: Manifest, seed: int
) -> None:
    """Say how long it will take, before it is done."""
    test, val = manifest.only("test"), manifest.only("val")
    seconds = predictor.workload(chains, test, seed=seed).seconds if chains else 0.0
    seconds += predictor.workload(list(sides.values()), val, seed=seed).seconds if sides else 0.0
    passes = f"{len(chains)} chains over {len(test):,} images"
    smaller = f", {len(sides)} sides over {len(val):,}" if sides else ""
    say(
        f"delivery: {passes}{smaller}; {f'about {spoken(seconds)}' if seconds else 'all of them stored'}",
        to_stderr=True,
    )


def _notes(evidence: DeliveryEvidence) -> tuple[str, ...]:
    notes = []
    if not evidence.unseen:
        notes.append(
            "Every generator in test was seen in training: how an unseen one fares after delivery is unknown. "
            "data.holdout_generator=NAME leaves one out."
        )
    if evidence.sides and evidence.smallest_side is None:
        largest = evidence.sides[0]
        notes.append(
            f"Not even pictures of val as large as they usually are (shorter side {largest.side} pixels) are told "
            "apart as well as is asked for: no smallest side can be named, and no picture is held back for its size."
        )
    return tuple(notes)
