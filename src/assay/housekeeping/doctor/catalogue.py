"""The checks of `assay doctor`; a file each, and those of installed packages."""

from __future__ import annotations

from assay.entry_points import installed_beside
from assay.housekeeping.doctor.checks import (
    clock,
    disk,
    indexes,
    interrupted,
    leftovers,
    migrations,
    permissions,
    retraining,
    secrets,
    service_address,
    service_database,
    shared_folder,
    tls,
    tracking,
    versions,
    watcher,
)
from assay.housekeeping.doctor.health_check import HealthCheck

CHECKS: tuple[HealthCheck, ...] = (
    versions.CHECK,
    tracking.CHECK,
    service_database.CHECK,
    migrations.CHECK,
    indexes.CHECK,
    secrets.CHECK,
    shared_folder.CHECK,
    permissions.CHECK,
    disk.CHECK,
    clock.CHECK,
    tls.CHECK,
    service_address.CHECK,
    watcher.CHECK,
    retraining.CHECK,
    interrupted.CHECK,
    leftovers.CHECK,
)
"""In the order in which they look: what others stand on comes first."""
GROUP = "assay.doctor_checks"
"""Entry points of packages with checks of their own: `NAME = "package.module:CHECK"`."""


def all_checks() -> tuple[HealthCheck, ...]:
    """Assay's own, then those of installed packages by name.

    Raises:
        ConfigError: an entry point gives something else.
    """
    must_be = "a HealthCheck with a name of its own"
    return (*CHECKS, *installed_beside(CHECKS, GROUP, HealthCheck, lambda check: check.name, must_be=must_be))
