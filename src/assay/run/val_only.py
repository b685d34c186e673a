"""A run that is measured on val alone, as searches are: no test split, no evidence, no report, and it says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config import door
from assay.config.searched import without_search
from assay.config.targets import build
from assay.config.traits import trait
from assay.errors import DataError
from assay.program import training_command

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.evaluation.settings import ValSettings
    from assay.models.network import Network
    from assay.predictor import Predictor
    from assay.tracking.read import RunRecord

EVIDENCE, MEASURE = "assay.evidence", "assay.measure"
NONE = "none: measured on val alone (evaluation=val)"
PARAMETERS = "cost/parameters"
ONLY_VAL, COST = "evaluation=val", "evaluation.cost=true"
SHOWN = "evaluation.tta"


@dataclass(frozen=True)
class Scored:
    """What is known of a run that was measured on val alone.

    Attributes:
        predictor: calibrated; with its OOD stage only where the cost was measured.
        val: calibrated metrics by name.
        cost: by logged name; size and latency only where they were asked for.
    """

    predictor: Predictor
    val: dict[str, float | None]
    cost: dict[str, float]


def score(config: DictConfig, manifest: Manifest, network: Network, folder: Path) -> Scored:
    """Predict val and calib, fit on calib what learns from predictions, measure on val.

    Args:
        config: composed and checked, with `evaluation=val`.
        manifest: all splits; the images of test are not looked at.
        network: trained.
        folder: of the run; takes the model where the cost is measured.
    """
    from assay.evaluation.evaluate import calibrated_values
    from assay.run.fitted import fitted
    from assay.run.measure import fresh

    settings: ValSettings = build(config.evaluation)
    predictor, embedder = fresh(config, manifest, network, folder)
    val, calib = (predictor.predict(manifest.only(split), embedder) for split in ("val", "calib"))
    predictor = fitted(config, predictor, embedder, manifest, calib)
    values = calibrated_values(val, predictor.calibrator)
    if not settings.cost:
        return Scored(predictor, values, {PARAMETERS: float(sum(weights.numel() for weights in network.parameters()))})
    from assay.run.measure import measure_cost, shared_backbones
    from assay.run.ood import fit_ood, sets_to_choose_on
    from assay.tracking.run_files import MODEL

    train = predictor.predict(manifest.only("train"), embedder)
    outside = sets_to_choose_on(config, predictor, manifest, embedder)
    stage = fit_ood(config, {"train": train, "val": val, "calib": calib}, outside, network)
    predictor = replace(predictor, ood=None if stage is None else stage.rule)
    predictor.save(folder / MODEL, shared=shared_backbones(config, folder))
    return Scored(predictor, values, measure_cost(predictor, manifest.only("val"), settings, folder / MODEL).flat())


def is_val_only(config: DictConfig) -> bool:
    """Whether a training of this config leaves no evidence."""
    return not trait(config.evaluation["_target_"], "leaves_evidence", unknown=True)


def val_only_tags() -> dict[str, str]:
    """What such a run says about itself in the store, and what to type for its evidence."""
    words, _ = door.typed_overrides()
    return {EVIDENCE: NONE, MEASURE: with_evidence(words)}


def with_evidence(words: Sequence[str]) -> str:
    """The command that makes the same training once more, with its evidence.

    Args:
        words: overrides of the training that has none; empty where nobody typed any.
    """
    kept = [word for word in without_search(words) if not word.startswith("resume=") and not _of_evaluation(word)]
    return training_command([*kept, "evaluation=standard"]) if words else "evaluation=standard"


def refuse_val_only(record: RunRecord, purpose: str) -> None:
    """Say why a run cannot be compared or explained, where that is because it was never measured.

    Raises:
        DataError: it was measured on val alone; with what to type.
    """
    if EVIDENCE in record.tags:
        again = record.tags.get(MEASURE, "evaluation=standard")
        raise DataError(
            f"run {record.run_id} cannot be {purpose}: it was measured on val alone (evaluation=val, as searches do) "
            f"and has no evidence. The same training with its evidence: {again}"
        )


def default_of_searches(overrides: Sequence[str], varied: Sequence[str], metrics: Sequence[str]) -> list[str]:
    """What a search adds to the overrides of its trials: `evaluation=val`, unless they say anything of evaluation.

    Args:
        overrides: of every trial.
        varied: keys that differ from trial to trial.
        metrics: what is optimised, by its logged names; cost is measured where it is among them.
    """
    if any(_of_evaluation(word) for word in (*overrides, *varied)):
        return []
    cost = [name for name in metrics if name.startswith("cost/") and name != PARAMETERS]
    if not cost:
        return [ONLY_VAL]
    latency = any("latency" in name for name in cost)
    return [ONLY_VAL, COST, *([] if latency else ["evaluation.latency_runs=0"])]


def _of_evaluation(word: str) -> bool:
    """Whether an override, or a key, says how a run is measured; what its model is shown belongs to the model."""
    key = word.lstrip("+~").partition("=")[0]
    return key.partition(".")[0] == "evaluation" and key.partition("[")[0] != SHOWN
