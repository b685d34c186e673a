"""`assay doctor` as it is typed: formats, exit codes, and checks that a package adds."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path

import pytest

from assay.cli import main
from assay.errors import ConfigError, ServiceError
from assay.housekeeping.doctor.catalogue import CHECKS
from assay.housekeeping.doctor.diagnosis import Diagnosis, broken_by
from assay.housekeeping.doctor.doctor import chosen
from doctor_world import Patient


def test_nothing_is_broken_where_nothing_was_done_yet_and_looking_leaves_nothing(
    new_patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["doctor", "format=json", *new_patient.words, new_patient.cache])
    document = json.loads(capsys.readouterr().out)
    assert document["state"] in ("ok", "warning")
    assert {row["check"] for row in document["diagnoses"]} == {check.name for check in CHECKS}
    assert list(new_patient.root.iterdir()) == []


def test_what_is_broken_ends_with_one_what_is_warned_of_with_nought(
    patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["doctor", f"store={patient.store}", *patient.words, patient.cache]
    main([*words, "checks=[permissions]"])
    patient.file.chmod(0o644)
    with pytest.raises(SystemExit) as left:
        main([*words, "checks=[permissions]", "format=csv"])
    assert left.value.code == 1
    said = capsys.readouterr()
    assert "permissions,What is kept of people is nobody else's to read,broken" in said.out
    assert "broken: permissions" in said.err
    main([*words, "checks=[disk]", "full_days=3650"])


def test_a_wrong_name_is_answered_with_the_right_one() -> None:
    with pytest.raises(ConfigError, match="did you mean disk"):
        chosen(["dsik"])
    assert [check.name for check in chosen(["clock", "disk"])] == ["disk", "clock"]


def test_a_finding_without_a_fix_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="what to do"):
        Diagnosis("broken", "it is")


def test_the_last_clause_of_an_error_is_what_to_do() -> None:
    seen = broken_by(ServiceError("a.db: is damaged: x. Restore a copy, or move it away"), "look")
    assert (seen.sentence, seen.fix) == ("a.db: is damaged: x", "Restore a copy, or move it away")
    assert broken_by(ServiceError("a.db: is damaged"), "look").fix == "look"


def test_a_package_adds_a_check_and_one_that_falls_over_is_a_finding(
    new_patient: Patient, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    root = tmp_path_factory.mktemp("package")
    source = """
    from assay.housekeeping.doctor.health_check import HealthCheck

    def look(installation):
        raise OSError(5, "the fridge is open")

    CHECK = HealthCheck("fridge", "The fridge is closed", look)
    """
    (root / "kitchen.py").write_text(textwrap.dedent(source))
    about = root / "kitchen-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: kitchen\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[assay.doctor_checks]\nfridge = kitchen:CHECK\n")
    monkeypatch.setattr(sys, "path", [str(root), *sys.path])
    with pytest.raises(SystemExit):
        main(["doctor", "checks=[fridge]", "format=json", *new_patient.words, new_patient.cache])
    (seen,) = json.loads(capsys.readouterr().out)["diagnoses"]
    assert (seen["state"], "the fridge is open" in seen["sentence"]) == ("broken", True)
    with pytest.raises(SystemExit) as left:
        new_patient.types(seen["fix"].removeprefix("see to it, then "))
    assert left.value.code == 1


def test_a_database_that_does_not_answer_is_one_finding_not_ten(
    new_patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(
            [
                "doctor",
                "store=postgresql://assay@127.0.0.1:9/assay",
                "format=json",
                *new_patient.words,
                new_patient.cache,
            ]
        )
    rows = json.loads(capsys.readouterr().out)["diagnoses"]
    assert [row["check"] for row in rows if row["state"] == "broken"] == ["database"]
    assert Path(new_patient.root / "mlflow.db").exists() is False
