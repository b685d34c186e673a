"""A predictor with what learns from predictions of calib; of calib as delivered too, where the calibration asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.targets import build
from assay.postprocess.calibration.false_alarms_delivered import FalseAlarmsDelivered
from assay.run.learning import build_calibrator

if TYPE_CHECKING:
    from assay.augment.chain import Chain
    from assay.data.manifest import Manifest
    from assay.embeddings.extract import Embedder
    from assay.predictions import Predictions
    from assay.predictor import Predictor


def fitted(
    config: DictConfig, predictor: Predictor, embedder: Embedder, manifest: Manifest, calib: Predictions
) -> Predictor:
    """The predictor with calibrator and reject rule.

    Args:
        config: composed and checked.
        predictor: nothing has learned for it yet.
        embedder: of its network.
        manifest: all splits.
        calib: predictions of the split calib.

    Raises:
        ConfigError: a chain of the calibration is none.
    """
    calibrator = build_calibrator(config)
    if isinstance(calibrator, FalseAlarmsDelivered):
        images = manifest.only("calib")
        calibrator.deliver(
            {
                chain.name: predictor.predict(
                    images, embedder, policy=chain, seed=config.seed, what=f"calib, {chain.name}"
                ).answers_only()
                for chain in calibration_chains(config)
            }
        )
    return predictor.fitted(calib, calibrator=calibrator, reject=build(config.reject))


def calibration_chains(config: DictConfig) -> list[Chain]:
    """What images of calib go through before the calibration is fitted; nothing for most calibrations.

    Raises:
        ConfigError: a chain is none.
    """
    calibrator = build(config.calibration)
    if not isinstance(calibrator, FalseAlarmsDelivered):
        return []
    from assay.augment.chain import Chain  # OpenCV, for those alone who need it

    return [Chain(name, steps, where="calibration.chains") for name, steps in calibrator.chains.items()]
