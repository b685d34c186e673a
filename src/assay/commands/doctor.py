"""`assay doctor`: is this installation sound, and what mends it."""

from __future__ import annotations

from assay.commands.command import Command
from assay.housekeeping.doctor.request import DoctorRequest

COMMAND = Command(
    name="doctor",
    purpose="Look at databases, disks, clocks, keys, certificates and timers of an installation; says what mends each.",
    pipeline="assay.housekeeping.doctor.doctor.doctor",
    show="assay.commands.show.doctor",
    request=DoctorRequest,
    groups=("tracking", "registry", "cache"),
    because="nothing is trained here",
    examples={
        "": "every check; exit code 1 where something is broken",
        "--mend": "puts right what a machine can: missing indexes, migrations, modes of files",
        "checks=[disk,clock]": "two of them; with format=json for a monitoring system",
        "store=postgresql://assay@db/assay tls_cert=fullchain.pem address=https://cells.example.org": "of a server",
    },
    notes=(
        "Looking changes nothing. A warning leaves the exit code 0.",
        "A package adds a check by an entry point assay.doctor_checks.",
    ),
)
