from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from assay.config.compose import compose
from assay.run.workspace import tracking_store
from assay.tracking.mlflow_variables import EXPERIMENT, URI, not_followed
from assay.tracking.store import TrackingStore


@pytest.mark.parametrize("uri", ["http://host:5000", "sqlite:////srv/team of 3/mlflow.db"])
def test_variables_that_are_not_followed_are_said_with_what_goes_by_them(uri: str, tmp_path: Path) -> None:
    variables = {URI: uri, EXPERIMENT: "team a"}
    message = not_followed(TrackingStore(f"sqlite:///{tmp_path}/mlflow.db"), variables)
    assert message.startswith(f"{URI} and {EXPERIMENT} are not followed")
    store = tracking_store(compose(shlex.split(message.partition(", type ")[2])))
    assert (store.uri, store.experiment) == (uri, "team a")
    assert not_followed(store, variables) == ""


def test_nothing_is_said_where_variables_and_config_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = TrackingStore("sqlite:///mlruns/mlflow.db")
    assert not_followed(store, {URI: "sqlite:///mlruns/mlflow.db", EXPERIMENT: "assay"}) == ""
    assert not_followed(store, {}) == ""


def test_a_store_that_is_closed_to_new_runs_is_not_proposed(tmp_path: Path) -> None:
    message = not_followed(TrackingStore(f"sqlite:///{tmp_path}/a.db"), {URI: "file:///mlruns"})
    assert message.startswith("MLFLOW_TRACKING_URI is not followed")
    assert "type" not in message


def test_a_password_is_not_said(tmp_path: Path) -> None:
    message = not_followed(TrackingStore(f"sqlite:///{tmp_path}/a.db"), {URI: "postgresql://me:secret@host/db"})
    assert "secret" not in message
