"""What predictions gave when they were measured before: fitted rules and evidence, by all that they depend on."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig

from assay.disk import note_use
from assay.errors import DataError
from assay.evaluation.evidence import Evidence
from assay.files import atomic_write, digest_of, link_or_copy, sha256_of_file
from assay.output import say
from assay.postprocess.calibration import CALIBRATORS
from assay.postprocess.conformal import CONFORMAL
from assay.postprocess.ood.detector import DETECTORS, LinearMap
from assay.postprocess.reject import REJECT_RULES
from assay.predictions import IntArray, Predictions
from assay.predictor.rules import ABOUT, OOD, Rules, load_rules
from assay.run.config_digest import config_digest
from assay.run.fitted import calibration_chains
from assay.run.workspace import cache_folder, plain_node

logger = logging.getLogger(__name__)

KEPT, EVIDENCE, DIGESTS = "evidence", "evidence.json", "digests.json"
FITTED = ("calibration", "reject", "ood", "evaluation")
"""Parts of a config that name what is fitted on predictions and measures them."""
SURROUNDINGS = ("lock_digest", "python", "platform", "cpu", "cpu_flags")
"""Of the environment, what numbers may depend on: every package's version, and the machine's arithmetic."""
SOURCES = ("evaluation", "postprocess", "run", "predictor", "data/generated.py", "measurement.py", "predictions.py")
"""Assay's own code that makes the numbers."""


@dataclass(frozen=True)
class KeptMeasurement:
    """A place in the cache for what was fitted and measured on certain predictions.

    Attributes:
        folder: where it lies; None for what must not be kept.
    """

    folder: Path | None

    def load(self) -> tuple[Rules, Evidence] | None:
        """Rules and evidence as `save` took them; None where there are none."""
        if self.folder is None or not (self.folder / EVIDENCE).exists():
            return None
        try:
            known = load_rules(self.folder), Evidence.load(self.folder / EVIDENCE)
            if json.loads((self.folder / DIGESTS).read_text("utf-8")) != self._digests(self.folder):
                raise DataError(f"{self.folder}: its rules are not those that were kept")
        except (DataError, OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("%s; measured again", error)
            return None
        note_use(self.folder / EVIDENCE)
        say("evidence: these predictions were measured before, and what they gave is taken")
        return known

    def save(self, model: Path, evidence: Evidence) -> None:
        """Keep the fitted rules of a predictor and the evidence that comes from predictions alone.

        Args:
            model: folder that the predictor was saved in; its rules get a second name, and take no room twice. Digests
                stand for who changes them there.
            evidence: what `measure_predictions` gives.
        """
        if self.folder is None:
            return
        try:
            for name in (ABOUT, OOD):
                if (model / name).exists():
                    link_or_copy(model / name, self.folder / name)
            with atomic_write(self.folder / DIGESTS) as temporary:
                temporary.write_text(json.dumps(self._digests(model)), "utf-8")
            evidence.save(self.folder / EVIDENCE)  # last: with it, the rest is whole
        except OSError as error:
            logger.warning(
                "%s cannot be written (%s): the same predictions are measured again next time",
                self.folder,
                error.strerror,
            )

    @staticmethod
    def _digests(folder: Path) -> dict[str, str]:
        return {name: sha256_of_file(folder / name) for name in (ABOUT, OOD) if (folder / name).exists()}


def kept_measurement(
    config: DictConfig,
    predictions: Mapping[str, Predictions],
    sets: Mapping[str, Predictions],
    *,
    photographs: Predictions,
    head: LinearMap | None,
    draws: IntArray | None,
    epochs: int,
    environment: Mapping[str, str],
) -> KeptMeasurement:
    """The place of what these predictions give; no two different measurements have the same.

    Classes of plug-ins and of a person's own are not followed to their code, and a calibration on delivered pictures
    asks the network once more: with them nothing is kept.

    Args:
        config: composed and checked.
        predictions: of every split, before calibration.
        sets: of each OOD set.
        photographs: those of `train` that detectors and the search for memorised images look at.
        head: the last layer, where it is linear.
        draws: [N], how often each training image was drawn.
        epochs: how many were trained.
        environment: versions and hardware, as text.
    """
    if not _is_own([plain_node(config[name]) for name in FITTED]) or calibration_chains(config):
        return KeptMeasurement(None)
    about = [
        digest_of_sources(SOURCES),
        {name: environment.get(name) for name in SURROUNDINGS},
        config_digest(config),
        [[name, _digest(part)] for name, part in predictions.items()],
        [[name, _digest(part)] for name, part in sets.items()],
        _digest(photographs),
        None if head is None else [_of_array(array) for array in head],
        None if draws is None else _of_array(draws),
        epochs,
    ]
    return KeptMeasurement(cache_folder(config) / KEPT / digest_of(about))


@cache
def digest_of_sources(names: tuple[str, ...]) -> str:
    """Hex sha256 of Assay's own code in files and folders of the package."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for name in names:
        place = package / name
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(f"{file.relative_to(package)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _is_own(named: Any) -> bool:
    """Whether all that takes part is Assay's code: what the config names, and the panels that are measured unasked."""
    families = (CALIBRATORS, CONFORMAL, DETECTORS, REJECT_RULES)
    members = [target for family in families for target in family.targets().values()]
    return all(target.startswith("assay.") for target in (*members, *_targets(named)))


def _targets(node: Any) -> list[str]:
    if isinstance(node, Mapping):
        own = [str(node["_target_"])] if "_target_" in node else []
        return own + [target for value in node.values() for target in _targets(value)]
    return [target for value in node for target in _targets(value)] if isinstance(node, list) else []


def _digest(predictions: Predictions) -> str:
    return digest_of(
        [
            predictions.split,
            list(predictions.class_names),
            predictions.ordered,
            predictions.calibrated,
            list(predictions.statistics_names),
            [
                None if array is None else _of_array(array)
                for array in (
                    predictions.ids,
                    predictions.groups,
                    predictions.labels,
                    predictions.logits,
                    predictions.embeddings,
                    predictions.statistics,
                )
            ],
        ]
    )


def _of_array(array: Any) -> list[Any]:
    array = np.ascontiguousarray(array, dtype=np.str_ if array.dtype == object else None)
    return [array.dtype.str, array.shape, hashlib.sha256(array.data).hexdigest()]
