"""`assay backup`: the service's database, copied and brought back."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import ParsedArguments
from assay.errors import ConfigError
from assay.serving.backup_request import BackupRequest


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    given = [key for key in ("to", "restore") if parsed.typed.get(key, "").strip()]
    if len(given) != 1:
        raise ConfigError("name one file: assay backup to=service-monday.db, or assay backup restore=service-monday.db")
    return parsed.request(request), parsed.config()


COMMAND = Command(
    name="backup",
    purpose="Copy the service's database while it is written, and bring a copy back without anybody who was erased.",
    pipeline="assay.serving.manage_backup.manage_backup",
    show="assay.commands.show.backup",
    request=BackupRequest,
    arguments=_arguments,
    groups=("tracking",),
    because="nothing is trained here",
    examples={
        "to=service-monday.db": "one file, whole or not at all; its audit trail is held against its seals",
        "restore=service-monday.db": "it comes back; who was erased since is erased again, revoked keys stay revoked",
    },
    notes=(
        "Of SQLite; PostgreSQL has tools of its own. Kept pictures are files beside the database, not in the copy.",
        "A service may go on running. What was there before a restore lies beside it as service-before-TIME.db.",
    ),
)
