"""secrets: every owner of pictures has the key of his HMACs, and the service those that it signs with."""

from __future__ import annotations

from collections.abc import Iterator

from assay.housekeeping.doctor.diagnosis import Diagnosis, absent, broken, ok
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation

BYTES = 32
RESTORE = "bring back the newest copy that has it: assay backup restore=FILE"


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    from sqlalchemy import func, or_, select

    from assay.store.tables import SERVICE_SECRETS, SUBJECT_SECRETS, SUBJECTS

    if installation.no_tables:
        yield absent(installation.no_tables)
        return
    with installation.reading() as connection:
        joined = SUBJECTS.outerjoin(SUBJECT_SECRETS, SUBJECTS.c.id == SUBJECT_SECRETS.c.subject)
        lacking = or_(SUBJECT_SECRETS.c.secret.is_(None), func.length(SUBJECT_SECRETS.c.secret) != BYTES)
        without = connection.scalars(select(SUBJECTS.c.name).select_from(joined).where(lacking)).all()
        owners = connection.scalar(select(func.count()).select_from(SUBJECTS)) or 0
        signing = connection.execute(select(SERVICE_SECRETS.c.name, func.length(SERVICE_SECRETS.c.secret))).all()
    if without:
        more = f" and {len(without) - 3} more" if len(without) > 3 else ""
        names = ", ".join(without[:3]) + more
        yield broken(f"{names}: no key of HMACs, so that no picture of theirs is known again", RESTORE)
    short = [name for name, length in signing if length != BYTES]
    if short:
        yield broken(f"{', '.join(short)}: what the service signs with is not of {BYTES} bytes", RESTORE)
    if not without and not short:
        kept = ", ".join(name for name, _ in signing) or "none yet"
        yield ok(f"{owners} owners with their keys; what the service signs with: {kept}")


CHECK = HealthCheck("secrets", "The keys of HMACs and of signatures are there", _examine)
