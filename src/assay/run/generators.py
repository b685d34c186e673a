"""Real against generated: predict the test images as they are, handled and with formats swapped; probe the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig

from assay.augment.delivery import AGAIN, Delivery
from assay.augment.handling import Handling, Saved
from assay.data.file_facts import encoding_of, file_facts, shown_by
from assay.data.generators import generators_of, trained_generators
from assay.data.image import read_bytes
from assay.data.manifest import Manifest
from assay.embeddings.views import ViewPolicy
from assay.errors import DataError
from assay.evaluation.file_probe import FileProbe, probe_files
from assay.evaluation.generator_evidence import CLEAN, GeneratorEvidence
from assay.evaluation.generators import generated_label, measure_generators
from assay.evaluation.settings import EvaluationSettings, GeneratorSettings
from assay.evaluation.stability import Stability, measure_stability
from assay.output import say
from assay.predictions import Predictions
from assay.predictor.split_predictor import SplitPredictor
from assay.synthetic.pseudo.generator import PREFIX

FOLDER, DELIVERED = "handled", "delivered"
FIRST = 2000  # files per split that the probe reads


def ensure_generators(manifest: Manifest) -> None:
    """Return when test images name their generators, which is known before anything is trained.

    Raises:
        DataError: none does.
    """
    if not generators_of(manifest.only("test")):
        raise DataError(
            "evaluation.generators: no test image names its generator; use data=exposr, or a table with the column "
            "generator"
        )


def generators(
    config: DictConfig,
    settings: EvaluationSettings,
    predictor: SplitPredictor,
    manifest: Manifest,
    predictions: dict[str, Predictions],
    folder: Path | None,
) -> GeneratorEvidence | None:
    """Measure per generator, where the settings ask for it.

    Args:
        config: of the run.
        settings: what is asked for.
        predictor: whose answers are judged.
        manifest: all splits.
        predictions: of val, calib and test, clean.
        folder: for predictions; a folder `handled` in it takes a file per condition, `delivered` one per delivery. None
            keeps none.

    Raises:
        DataError: it is asked for, and the test images are not real and generated.
    """
    generator_settings = settings.generators
    if generator_settings is None:
        return None
    ensure_generators(manifest)
    test = manifest.only("test")
    positive = generated_label(test.labels, test.table["generator"].to_numpy(dtype=np.str_))
    seen_as = predictor.preprocessing
    came = _probe(manifest, positive, settings, config.seed, read_bytes)
    probe = came
    if seen_as.normalise is not None:
        probe = _probe(manifest, positive, settings, config.seed, shown_by(seen_as))
    tests: dict[tuple[str, str], Predictions] = {("", CLEAN): predictions["test"]}
    policies = _policies(generator_settings)
    for number, policy in enumerate(policies, start=1):
        what = f"perturbation {number}/{len(policies)}, {policy.described}"
        tests[policy.kind, policy.described] = predictor.predict(
            test, policy=policy, seed=config.seed, what=what
        ).answers_only()
    notes = [probe.sentence] if probe is came else [probe.sentence, _as_they_came(came)]
    if generator_settings.swap_formats:
        swapped, note = _swapped(predictor, test, positive, config.seed)
        notes += [note] if note else []
        if swapped is not None:
            tests["formats", swapped[0]] = swapped[1]
    if folder is not None:
        for number, predicted in enumerate(list(tests.values())[1:], start=1):
            predicted.save(folder / FOLDER / f"{number:02d}.parquet")
    evidence = measure_generators(
        predictions["calib"],
        tests,
        dict(zip(test.table["id"], test.table["generator"], strict=True)),
        seen=trained_generators(manifest),
        rate=generator_settings.false_alarm_rate,
        files=probe,
        notes=notes,
        resamples=settings.resamples,
        seed=config.seed,
        confidence=settings.confidence,
    )
    if probe.alarm:
        say(probe.sentence, to_stderr=True)
    if not generator_settings.deliveries:
        return evidence
    return replace(evidence, stability=_stability(config, settings, predictor, manifest, predictions["val"], folder))


def _stability(
    config: DictConfig,
    settings: EvaluationSettings,
    predictor: SplitPredictor,
    manifest: Manifest,
    clean: Predictions,
    folder: Path | None,
) -> Stability:
    """Val asked about again: what a service says of such pictures is "unsure", which test is not to tune."""
    delivered = {}
    for number, described in enumerate(AGAIN, start=1):
        what = f"delivery {number}/{len(AGAIN)}, {described}"
        predicted = predictor.predict(manifest.only("val"), policy=Delivery(described), seed=config.seed, what=what)
        delivered[described] = predicted.answers_only()
        if folder is not None:
            delivered[described].save(folder / DELIVERED / f"{number}.parquet")
    return measure_stability(clean, delivered, predictor.calibrator, confidence=settings.confidence)


def _policies(settings: GeneratorSettings) -> list[Handling]:
    return [
        *(Handling("jpeg", quality) for quality in settings.jpeg),
        *(Handling("resize", share) for share in settings.resize),
        *(Handling("blur", sigma) for sigma in settings.blur),
    ]


def _probe(
    manifest: Manifest, positive: int, settings: EvaluationSettings, seed: int, read: Callable[[Path], bytes]
) -> FileProbe:
    """What the files of train and test say, as `read` gives them; of at most `FIRST` images each, drawn evenly."""
    facts, made, groups = [], [], np.empty(0, dtype=np.str_)
    for split in ("train", "test"):
        part = manifest.only(split)
        # What pseudo-generators make is a file of ours, and says nothing of how the classes came.
        own = part.table["generator"].str.startswith(PREFIX).to_numpy(dtype=bool)
        part = replace(part, table=part.table[~own])
        rows = np.unique(np.linspace(0, len(part) - 1, min(FIRST, len(part))).astype(int))
        paths = part.paths
        facts.append(file_facts([paths[row] for row in rows], read))
        made.append((part.labels[rows] == positive).astype(np.int64))
        groups = part.groups[rows]
    return probe_files(
        facts[0],
        made[0],
        facts[1],
        made[1],
        groups,
        resamples=settings.resamples,
        seed=seed,
        confidence=settings.confidence,
    )


def _as_they_came(probe: FileProbe) -> str:
    named = ", ".join(f"{name} {value:.2f}" for name, value in probe.facts.items())
    return (
        "Every picture is compressed anew in one way before the network sees it, in training, evaluation and use. "
        f"Before that, the metadata-only baseline reaches AUROC {probe.auroc.value:.2f}"
        f"{f' (alone: {named})' if named else ''}; what an earlier compression left in the pixels stays there."
    )


def _swapped(
    predictor: SplitPredictor, test: Manifest, positive: int, seed: int
) -> tuple[tuple[str, Predictions] | None, str]:
    """The test images with each class saved as most files of the other class are; or a sentence why not."""
    generated = test.labels == positive
    usual = {
        side: _usual([path for path, own in zip(test.paths, generated == side, strict=True) if own]) for side in (0, 1)
    }
    if usual[0] == usual[1]:
        return None, "Real and generated files are compressed alike: swapping their formats would change nothing."
    if not any(Saved(encoding).changes for encoding in usual.values()):
        return None, "Neither class is usually stored with loss: swapping their formats would change no pixel."
    parts: list[Predictions] = []
    descriptions = []
    for side, name in ((0, "real"), (1, "generated")):
        policy: ViewPolicy = Saved(usual[1 - side])
        rows = replace(test, table=test.table[generated == side])
        predictions = predictor.predict(rows, policy=policy, seed=seed, what="formats swapped")
        parts.append(predictions.answers_only())
        descriptions.append(f"{name} {Saved(usual[1 - side]).described}")
    order = np.argsort(np.r_[np.flatnonzero(~generated), np.flatnonzero(generated)])
    both: dict[str, Any] = {
        field: np.concatenate([getattr(part, field) for part in parts])[order]
        for field in ("ids", "groups", "labels", "logits")
    }
    return ("formats swapped: " + ", ".join(descriptions), replace(parts[0], **both)), ""


def _usual(paths: Sequence[Path]) -> dict[str, Any]:
    """The commonest way in which these files are compressed, as told by up to 200 of them."""
    rows = np.unique(np.linspace(0, len(paths) - 1, min(200, len(paths))).astype(int))
    encodings = [encoding_of(paths[row]) for row in rows]
    names = Counter(repr(sorted(encoding.items())) for encoding in encodings)
    commonest = names.most_common(1)[0][0]
    return next(encoding for encoding in encodings if repr(sorted(encoding.items())) == commonest)
