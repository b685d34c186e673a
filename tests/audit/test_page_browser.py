"""The page of an audit in a browser: decided there, downloaded, and taken by the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assay.audit.finding import Finding
from assay.audit.findings import Findings
from assay.audit.report.write import write_report
from assay.audit.template import read_filled
from assay.data.manifest import Manifest
from assay.data.sources.folder import FolderSource
from audit_world import CLASSES


@pytest.fixture
def dataset(tmp_path: Path) -> Manifest:
    rng = np.random.default_rng(0)
    for number in range(6):
        path = tmp_path / "d" / CLASSES[number % 3] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)).save(path)
    return FolderSource(str(tmp_path / "d")).build(tmp_path / "cache")


@pytest.fixture
def findings(dataset: Manifest) -> tuple[Finding, ...]:
    table = dataset.table
    two, one = table.iloc[:2], table.iloc[2:3]
    hostile = '</script><b>"=1+1'
    return (
        Finding("copies", "near_copies", tuple(two["id"]), tuple(two["path"]), "the same", 0.9, "keep"),
        Finding("label", "mislabelled", tuple(one["id"]), tuple(one["path"]), hostile, 0.8, "relabel", "onyx"),
        Finding("rights", "no_licences", (), (), "none has a licence", 0.3),
    )


@pytest.fixture
def folder(tmp_path: Path, dataset: Manifest, findings: tuple[Finding, ...]) -> Path:
    looked_at = tuple(finding.kind for finding in findings)
    write_report(tmp_path / "audit", dataset, Findings(findings, looked_at), findings, {}, name="shells")
    return tmp_path / "audit"


@pytest.fixture
def page(chromium: Any, folder: Path) -> Any:
    with_downloads = chromium.new_context(viewport={"width": 390, "height": 800}, accept_downloads=True)
    opened = with_downloads.new_page()
    opened.complaints = []
    opened.on("console", lambda message: opened.complaints.append(message.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.goto(f"file://{folder / 'index.html'}")
    yield opened
    with_downloads.close()


def test_what_is_decided_on_the_page_is_taken_as_it_was_decided(
    page: Any, dataset: Manifest, findings: tuple[Finding, ...], tmp_path: Path
):
    page.click("#download")
    assert "Nothing is decided yet" in page.inner_text("#message")
    page.click("button[data-kind=copies]")
    page.click("button[data-kind=label]")
    page.check('#rights input[value="not_a_finding"]')
    assert page.input_value("#label [data-field=label]") == "onyx"
    page.fill("#copies [data-field=reason]", '=SUM(1) "two"')
    page.click("#download")
    assert "A reason is needed" in page.inner_text("#message")
    page.fill("#reason", "seen")
    page.click("#download")
    assert "Say who decides" in page.inner_text("#message")
    page.fill("#by", "kim")
    with page.expect_download() as download:
        page.click("#download")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "decisions.csv"
    assert "'=SUM(1)" in file.read_text("utf-8-sig")
    made = read_filled(file, dataset.ids.tolist(), dataset.class_names)
    assert [(each.finding, each.choice, each.label, each.by) for each in made] == [
        (findings[0].id, "keep", "", "kim"),
        (findings[1].id, "relabel", "onyx", "kim"),
        (findings[2].id, "not_a_finding", "", "kim"),
    ]
    assert [each.reason for each in made] == ['=SUM(1) "two"', "seen", "seen"]
    assert page.complaints == []


def test_a_narrow_page_scrolls_one_way_and_what_is_left_open_is_open(page: Any):
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.check('#copies input[value="exclude"]')
    assert page.inner_text("#count") == "1 of 3 decided here"
    page.click("#copies button[data-open]")
    assert page.inner_text("#count") == "0 of 3 decided here"


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_of_the_page_is_a_barrier(chromium: Any, axe: Any, folder: Path, dark: bool):
    context = chromium.new_context(color_scheme="dark" if dark else "light", bypass_csp=True)
    opened = context.new_page()
    opened.goto(f"file://{folder / 'index.html'}")
    opened.check('#label input[value="relabel"]')
    assert axe(opened) == []
    context.close()


def test_without_a_script_the_table_beside_the_page_is_named(chromium: Any, folder: Path):
    context = chromium.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(f"file://{folder / 'index.html'}")
    assert "Fill in decisions.csv" in opened.inner_text("#decide")
    assert not opened.is_visible("#download")
    assert not opened.is_visible('#copies input[value="keep"]')
    assert "Suggested: keep" in opened.inner_text("#copies")
    context.close()
