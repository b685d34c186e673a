from __future__ import annotations

from pathlib import Path

import pytest

from assay.store.subjects import add_subject
from doctor_world import Patient
from service_database import open_store


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    """One whose service was started once."""
    made = Patient(tmp_path, f"sqlite:///{tmp_path}/service.db")
    with open_store(tmp_path) as store:
        store.write(lambda connection: add_subject(connection, "desk"))
    return made


@pytest.fixture
def new_patient(tmp_path: Path) -> Patient:
    """One where nothing was done yet."""
    return Patient(tmp_path, f"sqlite:///{tmp_path}/service.db")
