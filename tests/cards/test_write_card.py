"""`assay card`: what a bundle and a manifest know is in it, and what only people know is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from assay.cards.data_facts import data_facts
from assay.cards.markdown import fill
from assay.cards.statements import OF_DATA, OF_MODEL, read_statements
from assay.cards.write_card import Card, write_card
from assay.commands.card import COMMAND
from assay.commands.show.card import document
from assay.data.manifest import Manifest
from assay.deploy.bundle.bundle import SCHEMA_VERSION, About
from assay.errors import ConfigError
from assay.evaluation.delivery_evidence import ChainDetection, DeliveryEvidence
from assay.evaluation.evidence import Evidence
from assay.evaluation.generator_evidence import Condition, GeneratorDetection, GeneratorEvidence
from assay.evaluation.record import load_record
from assay.measurement import Measurement
from finished import Finished


@pytest.fixture(scope="module")
def run(finished_run: Finished, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return finished_run.copied(tmp_path_factory.mktemp("cards"))


@pytest.fixture
def card(run: Finished) -> Callable[..., Card]:
    return lambda *words: write_card(*COMMAND.parse([f"run={run.run_id}", *run.store, *words]))


@pytest.mark.slow
def test_a_model_card_says_what_was_measured_and_asks_for_the_rest(card: Callable[..., Card], run: Finished) -> None:
    made = card()
    evidence = Evidence.load(run.folder / "evidence.json")
    f1 = evidence.metrics["macro_f1"]
    assert f"| {f1.value:.3f} | {f1.low:.3f} to {f1.high:.3f} | {f1.n} |" in made.text
    for row in evidence.per_class:
        assert f"| {row.name} | {row.support} | {row.recall.value:.3f} " in made.text
    assert set(made.open) == set(OF_MODEL)
    assert made.text.count("**To be filled in:**") == len(OF_MODEL)
    front = yaml.safe_load(made.text.split("---")[1])
    (result,) = front["model-index"][0]["results"]
    measured = {metric["type"]: metric["value"] for metric in result["metrics"]}
    assert measured["macro_f1"] == pytest.approx(f1.value, abs=1e-4)
    assert "It knows 3 classes and no others: amber, jade, onyx." in made.text


@pytest.mark.slow
def test_a_data_card_counts_what_the_manifest_has(card: Callable[..., Card], run: Finished) -> None:
    table = pd.read_parquet(run.folder / "manifest.parquet", columns=["label", "split", "width", "height"])
    made = card("kind=data")
    counts = table[table["label"] == 1]["split"].value_counts()
    cells = [counts[split] for split in ("train", "val", "calib", "test")]
    assert f"| jade | {' | '.join(map(str, cells))} | {sum(cells)} |" in made.text
    assert "Shorter sides are 40 to 40 pixels" in made.text
    assert set(made.open) == set(OF_DATA)


@pytest.mark.slow
def test_what_a_person_says_closes_its_places_and_a_card_that_is_there_is_kept(
    card: Callable[..., Card], tmp_path: Path
) -> None:
    said, file = tmp_path / "card.yaml", tmp_path / "MODEL_CARD.md"
    said.write_text("owner: the museum\nintended_use: |\n  grading of\n  amulets\nmotivation: of the other card\n")
    made = card(f"about={said}", f"to={file}")
    assert made.file == file
    assert file.read_text() == made.text
    assert "| Owner | the museum |" in made.text
    assert "grading of amulets" in made.text
    assert set(made.open) == set(OF_MODEL) - {"owner", "intended_use"}
    file.write_text("by hand")
    with pytest.raises(ConfigError, match="overwrite=true"):
        card(f"to={file}")
    assert file.read_text() == "by hand"
    assert card(f"to={file}", "overwrite=true").text == file.read_text()


@pytest.mark.slow
def test_a_folder_is_no_card(card: Callable[..., Card], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder; name a file in it"):
        card(f"to={tmp_path}", "overwrite=true")


@pytest.mark.slow
def test_a_card_says_of_each_generator_and_delivery_what_was_measured(run: Finished) -> None:
    numbers = iter(range(100, 999))

    def measured() -> Measurement:
        value = next(numbers) / 1000
        return Measurement(value, value - 0.01, value + 0.01, 640, "bootstrap")

    seen = [GeneratorDetection(name, name == "gan", 640, *(measured() for _ in range(4))) for name in ("gan", "a|b")]
    clean = Condition("", "as they are", measured(), measured(), tuple(seen))
    evidence = replace(
        Evidence.load(run.folder / "evidence.json"),
        generators=GeneratorEvidence(788, 0.05, (0.0, 1.0), (clean,)),
        delivery=DeliveryEvidence(788, ("a|b",), True, (ChainDetection("messenger", "JPEG 75", *_three(measured)),)),
    )
    about = load_record(run.folder / "bundle" / "bundle.json", About, "bundle", schema=SCHEMA_VERSION)
    text = fill(
        "model.md.j2",
        about=about,
        origin="",
        said={},
        wanted=OF_MODEL,
        evidence=evidence,
        limits=[],
        metrics={},
        digest="",
    )
    assert "| gan | trained on | 0.100 | 0.090 to 0.110 | 640 | 0.102 | 0.092 to 0.112 | 640 |" in text
    assert "| a\\|b | never trained on | 0.104 | 0.094 to 0.114 | 640 | 0.106 | 0.096 to 0.116 | 640 |" in text
    assert "| messenger | 0.110 | 0.100 to 0.120 | 640 | 0.111 | 0.101 to 0.121 | 640 | 0.112 |" in text
    assert "Real photographs are called generated in 11% of 788 cases" in text


def _three(measured: Callable[[], Measurement]) -> list[Measurement]:
    return [measured() for _ in range(3)]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("ownr: me", "ownr: did you mean owner"),
        ("owner: [me]", "owner: must be a text, got a list"),
        ("- owner", "must hold a text for each of"),
        ("owner: {", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_says_nothing_a_card_has_is_refused(tmp_path: Path, text: str | None, wrong: str) -> None:
    file = tmp_path / "card.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=wrong):
        read_statements(str(file), OF_MODEL)


def test_names_that_would_break_a_table_stay_in_their_cells(manifest_of: Callable[..., Manifest]) -> None:
    manifest = manifest_of(source=["a|b", "<script>", "", ""])
    about = type("About", (), {"name": "x\n# y", "class_names": ("a", "b")})
    text = fill("data.md.j2", about=about, origin="", said={}, wanted=OF_DATA, **data_facts(manifest))
    assert "| a\\|b | 1 |" in text
    assert "| \\<script\\> | 1 |" in text
    assert "| unknown | 2 |" in text
    assert "\n# y" not in text


@pytest.fixture
def manifest_of() -> Callable[..., Manifest]:
    def make(**columns: list[object]) -> Manifest:
        rows = 4
        given = {
            "id": [f"{row:064x}" for row in range(rows)],
            "path": [f"/pictures/{row}.png" for row in range(rows)],
            "label": [0, 0, 1, 1],
            "split": ["train", "test", "train", "test"],
            "group": [f"{row:064x}" for row in range(rows)],
            "generator": "",
            "license": "CC0-1.0",
            "width": 10,
            "height": 8,
            "format": "PNG",
            "phash": 0,
            "flags": "",
        }
        return Manifest(pd.DataFrame({**given, "source": "", **columns}), ("a", "b"))

    return make


def test_the_document_has_what_is_open(tmp_path: Path) -> None:
    made = Card("model", "cells", "# text\n", tmp_path / "CARD.md", {"owner": "who"})
    assert json.loads(json.dumps(document(made, None)))["open"] == {"owner": "who"}
