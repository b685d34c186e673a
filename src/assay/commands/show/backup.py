"""What the terminal shows of a backup."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from assay.output import say
from assay.store.backup import Backup, Restored


def text(result: Backup | Restored, request: object) -> None:
    """Print where it lies, and what a restore has changed."""
    backup = result.backup if isinstance(result, Restored) else result
    say(f"{'restored' if isinstance(result, Restored) else 'written':<9}  {backup.file}")
    say(f"answers    {backup.predictions}")
    say(f"head       {backup.head}")
    if isinstance(result, Restored):
        say(f"before     {result.before}")
        carried = f"{result.carried} keys, consents, holds and reviewers as they stand now"
        say(f"again      {result.erased} subjects erased; {carried}")
        if result.missing:
            say(f"pictures   {result.missing} answers whose kept picture is gone")


def document(result: Backup | Restored, request: object) -> dict[str, Any]:
    """The same as JSON values."""
    values = asdict(result)
    backup = values.pop("backup", values)
    return {name: value if isinstance(value, int) else str(value) for name, value in {**backup, **values}.items()}


def rows(result: Backup | Restored, request: object) -> list[dict[str, Any]]:
    """One row."""
    return [document(result, request)]
