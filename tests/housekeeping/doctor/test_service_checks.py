"""What a service's database, folders and certificate can lack, and that the fix which is named mends it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from assay.cli import main
from assay.database.url import with_driver
from assay.housekeeping.doctor.diagnosis import MEND
from assay.store.engine import service_engine
from assay.store.ids import new_id
from assay.store.migrations.migrate import NEWEST, _config
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject
from doctor_world import Patient
from started_service import write_certificate
from unprivileged import nobody


def run_sql(patient: Patient, *statements: str) -> None:
    engine = create_engine(with_driver(patient.store))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def either(request: pytest.FixtureRequest, patient: Patient) -> Patient:
    """An installation whose service keeps its rows in either kind of database."""
    if request.param == "sqlite":
        return patient
    server = request.getfixturevalue("postgresql")
    name = f"doctor_{new_id().replace('-', '')}"
    engine = create_engine(with_driver(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    made = Patient(patient.root, server.rpartition("/")[0] + f"/{name}")
    with ServiceStore(made.store) as store:
        store.write(lambda connection: add_subject(connection, "desk"))
    return made


def test_a_sound_service_is_called_so(either: Patient) -> None:
    either.log(3)
    for check in ("database", "migrations", "indexes", "secrets", "permissions", "clock", "interrupted"):
        assert either.worst(check).state == "ok", either.says(check)


def test_an_index_that_is_missing_is_named_and_made(either: Patient) -> None:
    run_sql(either, "DROP INDEX ix_predictions_time")
    (seen,) = either.says("indexes")
    assert (seen.state, "ix_predictions_time" in seen.sentence, seen.fix) == ("broken", True, MEND)
    either.types(seen.fix, "checks=[indexes]")
    assert either.worst("indexes").state == "ok"


def test_tables_of_before_are_brought_up_to_date_by_mending_alone(new_patient: Patient) -> None:
    engine = service_engine(new_patient.store)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    for _ in range(2):  # looking migrates nothing
        (seen,) = new_patient.says("migrations")
        assert (seen.state, seen.fix) == ("warning", MEND)
    new_patient.types(seen.fix, "checks=[migrations]")
    assert NEWEST in new_patient.worst("migrations").sentence


def test_tables_of_a_newer_version_are_left_alone(either: Patient) -> None:
    run_sql(either, "UPDATE alembic_version SET version_num = '9999'")
    (seen,) = either.says("migrations", mend=True)
    assert (seen.state, "9999" in seen.sentence) == ("broken", True)


def test_an_owner_without_the_key_of_his_hmacs_gets_it_back_from_a_copy(
    patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    patient.types("assay backup", f"to={patient.root}/copy.db")
    run_sql(patient, "DELETE FROM subject_secrets")
    (seen,) = patient.says("secrets")
    assert (seen.state, seen.sentence.startswith("desk: no key")) == ("broken", True)
    patient.types(seen.fix.replace("FILE", f"{patient.root}/copy.db"))
    assert patient.worst("secrets").state == "ok"


def test_a_short_secret_of_the_service_is_no_secret(patient: Patient) -> None:
    run_sql(patient, "INSERT INTO service_secrets (name, secret) VALUES ('pages', 'short')")
    assert (patient.worst("secrets").state, "pages" in patient.worst("secrets").sentence) == ("broken", True)


def test_what_others_can_read_is_closed_by_mending(patient: Patient, tmp_path: Path) -> None:
    key, pictures = tmp_path / "key.pem", tmp_path / "service-pictures"
    key.write_text("k")
    pictures.mkdir()
    for path, mode in ((patient.file, 0o640), (key, 0o604), (pictures, 0o755)):
        path.chmod(mode)
    (seen,) = patient.says("permissions", tls_key=str(key))
    assert all(str(path) in seen.sentence for path in (patient.file, key, pictures))
    patient.types(seen.fix, "checks=[permissions]", f"tls_key={key}")
    assert patient.worst("permissions", tls_key=str(key)).state == "ok"
    assert [path.stat().st_mode & 0o777 for path in (patient.file, key, pictures)] == [0o600, 0o600, 0o700]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to another")
def test_what_belongs_to_another_user_is_closed_as_the_fix_says() -> None:
    with tempfile.TemporaryDirectory() as folder:
        patient = Patient(Path(folder), f"sqlite:///{folder}/service.db")
        patient.log(1)
        patient.root.chmod(0o777)
        patient.file.chmod(0o644)
        with nobody():
            said = patient.says("permissions", mend=True)
        (seen,) = [each for each in said if "belongs to another" in each.sentence]
        assert patient.file.stat().st_mode & 0o777 == 0o644
        subprocess.run(seen.fix.partition(",")[0], shell=True, check=True)
        assert patient.worst("permissions").state == "ok"


def test_a_damaged_file_is_broken_with_what_to_do(patient: Patient) -> None:
    with patient.file.open("r+b") as opened:
        opened.seek(0)
        opened.write(b"no database at all, but a text")
    (seen,) = patient.says("database")
    assert (seen.state, "Move it away" in seen.fix) == ("broken", True)


def test_an_erasure_that_did_not_end_is_finished_as_the_fix_says(patient: Patient) -> None:
    patient.types("assay privacy erase desk", "apply=true")
    assert patient.worst("interrupted").state == "ok"
    with sqlite3.connect(patient.file) as opened:
        opened.execute("UPDATE erasures SET finished = ''")
    seen = patient.worst("interrupted")
    assert (seen.state, "1 erasures were not finished" in seen.sentence) == ("broken", True)
    patient.types(seen.fix)
    assert patient.worst("interrupted").state == "ok"


@pytest.mark.parametrize(("days", "state"), [((-1, 90), "ok"), ((-1, 10), "warning"), ((-9, -1), "broken")])
def test_a_certificate_is_good_ends_soon_or_has_ended(
    patient: Patient, tmp_path: Path, days: tuple[float, float], state: str
) -> None:
    certificate, key = write_certificate(tmp_path / "tls", days=days)
    assert patient.worst("tls", tls_cert=str(certificate), tls_key=str(key)).state == state


def test_a_key_of_another_certificate_is_broken(patient: Patient, tmp_path: Path) -> None:
    certificate, _ = write_certificate(tmp_path / "one")
    _, key = write_certificate(tmp_path / "two")
    seen = patient.worst("tls", tls_cert=str(certificate), tls_key=str(key))
    assert (seen.state, "name the one that it was made with" in seen.fix) == ("broken", True)


@pytest.mark.parametrize(("ahead", "state"), [(0.0, "ok"), (10.0, "warning"), (-10.0, "warning"), (3600.0, "broken")])
def test_a_clock_that_differs_from_the_file_system_is_told(patient: Patient, ahead: float, state: str) -> None:
    seen = patient.worst("clock", moment=datetime.now(UTC) + timedelta(seconds=ahead))
    assert seen.state == state
    if ahead:
        patient.types(seen.fix.partition("then ")[2])
        assert f" s {'behind' if ahead > 0 else 'ahead of'} this machine" in seen.sentence


def test_a_clock_that_went_back_is_seen_by_the_log(patient: Patient) -> None:
    patient.log(1, days=1)
    assert "gone back" in patient.worst("clock").sentence


NFS = "server:/export {root} nfs4 rw,relatime 0 0\n/dev/sda1 / ext4 rw 0 0\n"


def test_a_database_on_a_network_drive_moves_by_the_commands_that_are_named(
    patient: Patient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(NFS.format(root=tmp_path))
    seen = patient.says("shared_folder", mounts=mounts)
    assert [each.state for each in seen] == ["broken", "broken"]
    first, second = seen[0].fix.partition(", then ")[::2]
    copy = tmp_path / "copy.db"
    patient.types(first.replace("service-copy.db", str(copy)))
    there = tmp_path / "elsewhere" / "service.db"
    typed = second.partition(" on a disk")[0].replace("service-copy.db", str(copy)).replace("FILE", str(there))
    main([*typed.split()[1:], *patient.words])
    moved = Patient(tmp_path, f"sqlite:///{there}")
    assert "1 owners" in moved.worst("secrets").sentence


def test_mounts_are_told_by_the_longest_that_holds_the_file(patient: Patient, tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"a {tmp_path.parent} nfs rw 0 0\nb {tmp_path} ext4 rw 0 0\nc /a\\040b cifs rw 0 0\n")
    assert patient.worst("shared_folder", mounts=mounts).state == "ok"
    mounts.write_text(f"tmpfs {tmp_path} tmpfs rw 0 0\n")
    assert patient.worst("shared_folder", mounts=mounts).state == "warning"
