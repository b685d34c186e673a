"""Look at the test images once more under every corruption, and measure what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from omegaconf import DictConfig

from assay.augment.corruption import CORRUPTIONS, Corruption
from assay.config.traits import trait
from assay.data.manifest import Manifest
from assay.evaluation.robustness import RobustnessEvidence, in_words, measure_robustness
from assay.evaluation.settings import EvaluationSettings
from assay.output import say
from assay.predictions import Predictions
from assay.predictor.split_predictor import SplitPredictor

FOLDER = "robust"


def robustness(
    settings: EvaluationSettings,
    predictor: SplitPredictor,
    manifest: Manifest,
    clean: Predictions,
    folder: Path | None,
    *,
    seed: int,
    trained_on: Sequence[str] = (),
) -> RobustnessEvidence | None:
    """Predict the images under each corruption and severity that is asked for, and measure.

    Args:
        settings: what is asked for.
        predictor: fitted.
        manifest: the images of `clean`, of one split.
        clean: what the predictor said about them as they are.
        folder: for predictions; a folder `robust` in it takes a file per corruption and severity. None keeps none.
        seed: of corruptions and intervals.
        trained_on: corruptions that the training pictures went through too.

    Returns:
        None when nothing is asked for.
    """
    corruption_settings = settings.robustness
    policies = (
        [
            CORRUPTIONS[name](severity)
            for name in corruption_settings.corruptions
            for severity in corruption_settings.severities
        ]
        if corruption_settings
        else []
    )
    if not policies:
        return None
    _announce(policies, predictor, manifest, seed)
    corrupted: dict[tuple[str, int], Predictions] = {}
    for number, policy in enumerate(policies, start=1):
        what = f"robustness {number}/{len(policies)}, {policy.name} {policy.severity}"
        predicted = predictor.predict(manifest, policy=policy, seed=seed, what=what)
        # The store keeps the embeddings; the statistics are those of the pictures as they are.
        predicted = predicted.answers_only()
        if folder is not None:
            predicted.save(folder / FOLDER / f"{policy.name}-{policy.severity}.parquet")
        corrupted[policy.name, policy.severity] = predicted
    evidence = measure_robustness(
        clean,
        corrupted,
        predictor.calibrator,
        reject=predictor.reject,
        described={(policy.name, policy.severity): policy.described for policy in policies},
        resamples=settings.resamples,
        seed=seed,
        confidence=settings.confidence,
    )
    known_names = [in_words(policy.name, capital=False) for policy in policies if policy.name in trained_on]
    if not known_names:
        return evidence
    note = (
        f"Training pictures went through {', '.join(dict.fromkeys(known_names))} as well: what is left there shows how "
        "well that worked, and says little about a corruption that nobody foresaw."
    )
    return replace(evidence, notes=(*evidence.notes, note))


def trained_on(config: DictConfig) -> tuple[str, ...]:
    """The corruptions that a run's augmentation puts training pictures through."""
    nodes = [node for part in (config.aug.image, config.aug.steps) for node in (part or {}).values()]
    kinds = [kind for node in nodes for kind in trait(node["_target_"], "trains_on", unknown=())]
    return tuple(dict.fromkeys(kinds))


def _announce(policies: list[Corruption], predictor: SplitPredictor, manifest: Manifest, seed: int) -> None:
    """Say how much there is to do and how long it will take, before it is done."""
    workload = predictor.workload(policies, manifest, seed=seed)
    whole = f"{len(policies)} passes over {len(manifest):,} images"
    if not workload.pictures:
        say(f"robustness: {whole}, all of them stored", to_stderr=True)
        return
    stored = len(policies) * len(manifest) - workload.pictures
    known = f", {stored:,} of the pictures are stored" if stored else ""
    say(f"robustness: {whole}{known}; about {spoken(workload.seconds)}", to_stderr=True)


def spoken(seconds: float) -> str:
    """A time as people say it: `40 s`, `3 min`, `1 h 20 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
