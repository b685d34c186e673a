from __future__ import annotations

import pytest
from omegaconf import ReadonlyConfigError

from assay.config.changed import changed
from assay.config.check import check
from assay.config.compose import compose


def test_a_checked_config_cannot_be_changed_and_a_copy_with_other_values_leaves_it_as_it_was() -> None:
    config = compose(["data=folder", "data.root=photos"])
    check(config)
    with pytest.raises(ReadonlyConfigError):
        config.seed = 7
    other = changed(config, {"seed": 7, "data.on_error": "skip"})
    assert (other.seed, other.data.on_error) == (7, "skip")
    assert (config.seed, config.data.on_error) == (0, "raise")
    with pytest.raises(ReadonlyConfigError):
        other.data.root = "elsewhere"
    check(other)
