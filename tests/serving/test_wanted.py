"""What a running service asks the registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.config.compose import compose
from assay.deploy.bundle.bundle import Bundle
from assay.errors import TrackingError
from assay.serving.origin import wanted_digest


def test_a_folder_is_all_that_is_meant_where_one_is_served_although_nothing_was_recorded_here(
    bundle: Bundle, tmp_path: Path
) -> None:
    config = compose([f"tracking.uri=sqlite:///{tmp_path}/mlflow.db"])
    assert wanted_digest(config, str(bundle.folder)) == (str(bundle.folder), "")
    assert wanted_digest(config, "3f2a") == ("3f2a", "")
    with pytest.raises(TrackingError, match="nothing was recorded here yet"):
        wanted_digest(config, "models:/cells@champion")
    assert list(tmp_path.iterdir()) == []
