"""Out of distribution: fit the two stages, hold every detector against the OOD sets, and measure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from omegaconf import DictConfig

from assay.config.ood import set_name
from assay.config.targets import build
from assay.evaluation.ood import OodEvidence, measure_ood
from assay.postprocess.ood.detector import Detector, LinearMap
from assay.postprocess.ood.ensemble import Ensemble
from assay.postprocess.ood.left_out_classes import choose_by_classes
from assay.postprocess.ood.methods import AutoDetector, choose, fit_panel, name_in_panel
from assay.postprocess.ood.none import NoOod
from assay.postprocess.ood.two_stage import TwoStage
from assay.predictions import Predictions

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.embeddings.extract import Embedder
    from assay.evaluation.settings import EvaluationSettings
    from assay.models.network import Network
    from assay.predictor import Predictor


@dataclass(frozen=True)
class OodStage:
    """A fitted rule, and what it was chosen from.

    Attributes:
        rule: both stages with their cut-offs.
        detectors: every detector, fitted, by name.
        detector: name of the chosen one.
        chosen: how it came to be chosen, a sentence.
    """

    rule: TwoStage
    detectors: dict[str, Detector]
    detector: str
    chosen: str


def predict_sets(
    config: DictConfig, predictor: Predictor, manifest: Manifest, embedder: Embedder, folder: Path
) -> dict[str, Predictions]:
    """Predictions of each OOD set of a manifest, kept as `ood_<set>.parquet` in the folder; none for `ood=none`."""
    if isinstance(build(config.ood), NoOod):
        return {}
    sets = {name: predictor.predict(rows, embedder) for name, rows in manifest.ood_sets().items()}
    for name, predicted in sets.items():
        predicted.save(folder / f"ood_{name.replace('/', '_')}.parquet")
    return sets


def chooses_by_classes(config: DictConfig) -> bool:
    """Whether the detector is to be chosen, and no OOD sets to choose on are named."""
    rule = build(config.ood)
    return isinstance(rule, TwoStage) and isinstance(rule.detector, AutoDetector) and not config.data.ood_val


def sets_to_choose_on(
    config: DictConfig, predictor: Predictor, manifest: Manifest, embedder: Embedder
) -> dict[str, Predictions]:
    """Predictions of the OOD sets that `ood/detector=auto` chooses on; on the others numbers are reported."""
    names = {set_name(entry) for entry in config.data.ood_val}
    return {name: predictor.predict(rows, embedder) for name, rows in manifest.ood_sets().items() if name in names}


def fit_ood(
    config: DictConfig, predictions: dict[str, Predictions], sets: dict[str, Predictions], network: Network
) -> OodStage | None:
    """Fit every detector and the quick checks on `train`, choose where that is asked for, place cut-offs with `calib`.

    Returns:
        None for `ood=none`.
    """
    rule = build(config.ood)
    if isinstance(rule, NoOod):
        return None
    train, head = predictions["train"], linear_map(network)
    if isinstance(rule.detector, AutoDetector):
        detectors = fit_panel(train, Ensemble(), head=head)
        names = [set_name(entry) for entry in config.data.ood_val]
        name, chosen = _chosen(detectors, train, predictions["val"], {name: sets[name] for name in names})
    else:
        detectors = fit_panel(train, rule.detector, head=head)
        name, chosen = name_in_panel(rule.detector), "set in the config"
    rule.detector = detectors[name]
    if rule.checks is not None:
        rule.checks.fit(train)
    return OodStage(rule.cut(predictions["calib"]), detectors, name, chosen)


def _chosen(
    detectors: dict[str, Detector], train: Predictions, val: Predictions, sets: dict[str, Predictions]
) -> tuple[str, str]:
    """What `ood/detector=auto` takes, and a sentence about how it was chosen: on OOD sets, else on classes left out."""
    if sets:
        name, means = choose(detectors, val, sets)
        judged_on = f"on {', '.join(sets)}: {means[name]:.3f}, against the split val"
    else:
        name, means, left_out = choose_by_classes(
            lambda known, layer: fit_panel(known, Ensemble(), head=layer), train, val
        )
        judged_on = f"on val images of a class that it was fitted without, over {len(left_out)} classes: "
        judged_on += f"{means[name]:.3f}, which ranks detectors and promises nothing of other pictures"
    draws = sum(mean == means[name] for mean in means.values()) - 1
    several = f"; {draws} others reach it too, so these pictures decide nothing" if draws else ""
    return name, f"the highest mean AUROC {judged_on}{several}"


def measure_stage(
    stage: OodStage | None,
    config: DictConfig,
    settings: EvaluationSettings,
    test: Predictions,
    sets: dict[str, Predictions],
) -> OodEvidence | None:
    """The evidence of a fitted stage on the test images and the sets that are reported on."""
    if stage is None:
        return None
    hidden = {set_name(entry) for entry in config.data.ood_val}
    return measure_ood(
        stage.rule,
        stage.detectors,
        test,
        {name: predictions for name, predictions in sets.items() if name not in hidden},
        detector=stage.detector,
        chosen=stage.chosen,
        resamples=settings.resamples,
        seed=config.seed,
        confidence=settings.confidence,
    )


def linear_map(network: Network) -> LinearMap | None:
    """The head as one linear layer on embeddings, standardisation included; None where it is not linear."""
    import torch

    from assay.models.head import LinearHead

    head = network.head
    if type(head).forward is not LinearHead.forward:  # what is built on it has more than the layer
        return None
    with torch.inference_mode():
        corners = torch.cat([torch.zeros(1, head.embedding_dim), torch.eye(head.embedding_dim)])
        outputs = head(corners).double().numpy()
    return LinearMap(np.ascontiguousarray((outputs[1:] - outputs[0]).T), outputs[0])
