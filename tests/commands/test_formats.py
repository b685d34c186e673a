"""What commands say about a real run, as text, as a document and as a table: the same numbers in each."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from assay.cli import main
from assay.deploy.bundle.bundle import Bundle
from assay.evaluation.evidence import Evidence
from finished import Finished


def document(capfd: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What a command prints as JSON, which is all that it prints."""
    main([*words, "format=json"])
    content: dict[str, Any] = json.loads(capfd.readouterr().out)
    assert content["schema"] == f"assay.{words[0]}"
    assert content["version"] == 1
    return content


def table(capfd: pytest.CaptureFixture[str], *words: str) -> list[dict[str, str]]:
    """The rows that a command prints as CSV."""
    main([*words, "format=csv"])
    return list(csv.DictReader(io.StringIO(capfd.readouterr().out)))


@pytest.mark.slow
def test_a_training_says_the_numbers_of_its_evidence(
    photos, tmp_path, store_in, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from finished import TINY, store_words

    monkeypatch.chdir(tmp_path)
    words = ["train", *TINY, f"data.root={photos}", *store_words(store_in(tmp_path))]
    shown = document(capfd, *words)
    evidence = Evidence.load(tmp_path / "work" / shown["run"] / "evidence.json")
    macro_f1 = evidence.metrics["macro_f1"]
    assert shown["metrics"]["macro_f1"] == {
        "value": macro_f1.value,
        "low": macro_f1.low,
        "high": macro_f1.high,
        "n": macro_f1.n,
        "method": macro_f1.method,
    }


@pytest.mark.slow
def test_an_export_says_what_lies_in_the_bundle(
    finished_run: Finished, tmp_path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run = finished_run.copied(tmp_path)
    monkeypatch.chdir(tmp_path)
    shown = document(capfd, "export", f"run={run.run_id}", "formats=[onnx]", *run.store)
    assert Bundle.open(Path(shown["folder"]), cache_dir=tmp_path / "cache").digest == shown["digest"]
    (row,) = table(capfd, "export", f"run={run.run_id}", "formats=[onnx]", *run.store)
    assert row["format"] == "onnx"
    assert int(row["bytes"]) > 1000
    assert float(row["agreement"]) == 1


def test_history_and_models_of_an_empty_registry_are_empty_documents(
    finished_run: Finished, tmp_path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = finished_run.copied(tmp_path).store
    assert document(capfd, "history", "name=nobody", *store)["entries"] == []
    assert table(capfd, "history", "name=nobody", *store) == []
    assert document(capfd, "models", *store)["models"] == []
