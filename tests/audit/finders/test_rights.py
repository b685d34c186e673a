from pathlib import Path

import pandas as pd
import pytest

from assay.audit.find import find
from assay.audit.findings import Findings
from assay.audit.settings import FindSettings, Sources
from assay.data.manifest import COLUMNS, Manifest


def manifest(rows: list[tuple[str, str]]) -> Manifest:
    """Pictures with these licences and sources."""
    table = pd.DataFrame({"license": [row[0] for row in rows], "source": [row[1] for row in rows]})
    table["id"] = [f"{index:064x}" for index in range(len(rows))]
    table["path"] = [f"/pictures/{index}.png" for index in range(len(rows))]
    for column, dtype in COLUMNS.items():
        if column not in table:
            table[column] = "" if dtype == "str" else 0
    return Manifest(table, ("all",))


def looked(rows: list[tuple[str, str]], tmp_path: Path) -> Findings:
    return find(manifest(rows), Sources(tmp_path), FindSettings(("rights",)))


ALLOWED = (
    "CC0 1.0",
    "CC-BY-4.0",
    "cc by-sa 3.0",
    "Public domain",
    "MIT",
    "PDM 1.0",
    "Flickr landscapes",
    "no known copyright restrictions",
)
FORBIDDEN = ("CC BY-ND 4.0", "cc-by-nc-nd-3.0", "All rights reserved", "Pexels License", "NoAI", "© 2024 A. Person")


@pytest.mark.parametrize("licence", ALLOWED)
def test_what_allows_training_is_no_finding(licence: str, tmp_path: Path) -> None:
    assert not looked([(licence, "a")], tmp_path).findings


@pytest.mark.parametrize("licence", FORBIDDEN)
def test_what_forbids_training_is_to_be_excluded(licence: str, tmp_path: Path) -> None:
    (finding,) = looked([(licence, "a"), ("CC0", "a")], tmp_path).findings
    assert (finding.name, finding.suggestion, finding.paths) == ("forbids_training", "exclude", ("/pictures/0.png",))
    assert licence in finding.why


def test_pictures_of_a_platform_whose_terms_forbid_training_need_no_licence_to_be_told(tmp_path: Path) -> None:
    (finding,) = looked([("", "unsplash"), ("CC0", "commons")], tmp_path).findings
    assert finding.name == "forbids_training"
    assert "terms of Unsplash" in finding.why


def test_non_commercial_pictures_are_told_and_left_to_a_person(tmp_path: Path) -> None:
    (finding,) = looked([("CC BY-NC 4.0", "a"), ("CC0", "a")], tmp_path).findings
    assert (finding.name, finding.suggestion) == ("limits_use", "")


def test_missing_licences_are_one_finding_per_source(tmp_path: Path) -> None:
    findings = looked([("", "lab"), ("", "lab"), ("", "web"), ("CC0", "web")], tmp_path).findings
    assert [(finding.values["source"], len(finding.images)) for finding in findings] == [("lab", 2), ("web", 1)]


def test_a_dataset_without_any_licence_is_one_finding(tmp_path: Path) -> None:
    (finding,) = looked([("", "lab")] * 5, tmp_path).findings
    assert (finding.name, finding.images) == ("no_licences", ())
