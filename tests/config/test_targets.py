from __future__ import annotations

import pytest

from assay.config.targets import build
from assay.errors import ConfigError, WeightsError

BACKBONE = {"_target_": "assay.models.backbone.build_backbone", "name": "baseline_cnn"}


def test_what_a_class_refuses_is_said_in_its_own_words() -> None:
    with pytest.raises(ConfigError, match=r"^model\.stages=2: baseline_cnn is used as a whole; leave model\.stages"):
        build({**BACKBONE, "weights": "none", "stages": 2})
    with pytest.raises(WeightsError, match=r"nowhere\.safetensors"):
        build({**BACKBONE, "weights": "nowhere.safetensors"})
