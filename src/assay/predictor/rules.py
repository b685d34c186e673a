"""Rules: what was fitted on a network's outputs, beside its weights: how it is written to a folder and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assay.data.preprocessing import Preprocessing
from assay.files import atomic_write
from assay.postprocess.calibration import CALIBRATORS, Calibrator, calibrator_from_state
from assay.postprocess.ood.files import load_rule, save_rule
from assay.postprocess.ood.two_stage import TwoStage
from assay.postprocess.reject import REJECT_RULES, RejectRule, reject_rule_from_state
from assay.predictor.answerer import Answerer

ABOUT, OOD = "predictor.json", "ood.safetensors"


class Rules(NamedTuple):
    """What `save_rules` wrote.

    Attributes:
        about: all of the description, with the caller's own entries.
        class_names: C names.
        ordered: whether the classes are grades.
        preprocessing: None where an earlier version did not write it.
        calibrator: fitted.
        reject: fitted.
        ood: None where nothing checks the domain.
    """

    about: Mapping[str, Any]
    class_names: tuple[str, ...]
    ordered: bool
    preprocessing: Preprocessing | None
    calibrator: Calibrator
    reject: RejectRule
    ood: TwoStage | None

    def refuse_unusable(self) -> None:
        """Return when the calibration makes finite logits of each class of those of a network.

        Raises:
            ValueError: it does not.
        """
        count = len(self.class_names)
        calibrated = np.asarray(self.calibrator.transform(np.linspace(-1.0, 1.0, 2 * count).reshape(2, count)))
        if calibrated.shape != (2, count) or not np.isfinite(calibrated).all():
            raise ValueError(f"its calibration does not fit {count} classes")


def views_shown(folder: Path) -> tuple[str, ...]:
    """Names of the views that a saved model is shown of each picture; () for one, as it is."""
    return tuple(json.loads((folder / ABOUT).read_text(encoding="utf-8")).get("views", ()))


def save_rules(answerer: Answerer, folder: Path, **own: Any) -> None:
    """Write classes, preprocessing, calibrator, reject rule and OOD rule: JSON and safetensors, no pickle.

    Args:
        answerer: whose rules they are.
        folder: takes `predictor.json` and, where there is an OOD rule, `ood.safetensors`.
        own: what else the description says, as plain values.
    """
    prepared = {} if answerer.preprocessing is None else {"preprocessing": answerer.preprocessing.state()}
    about = {
        **own,
        "class_names": list(answerer.class_names),
        "ordered": answerer.ordered,
        **prepared,
        "calibrator": CALIBRATORS.saved(answerer.calibrator, answerer.calibrator.state()),
        "reject": REJECT_RULES.saved(answerer.reject, answerer.reject.state()),
        "ood": None if answerer.ood is None else OOD,
    }
    if answerer.ood is not None:
        save_rule(answerer.ood, folder / OOD)
    with atomic_write(folder / ABOUT) as temporary:
        temporary.write_text(json.dumps(about, indent=2, ensure_ascii=False), encoding="utf-8")


def load_rules(folder: Path) -> Rules:
    """Read what `save_rules` wrote.

    Raises:
        OSError, ValueError, KeyError, TypeError: something is missing or damaged.
    """
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    prepared = about.get("preprocessing")
    return Rules(
        about,
        class_names=tuple(about["class_names"]),
        ordered=bool(about["ordered"]),
        preprocessing=None if prepared is None else Preprocessing.from_state(prepared),
        calibrator=calibrator_from_state(about["calibrator"]),
        reject=reject_rule_from_state(about["reject"]),
        ood=load_rule(folder / OOD) if about["ood"] else None,
    )
