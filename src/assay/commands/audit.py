"""`assay audit`: say what is in a dataset before a model is asked to learn it."""

from __future__ import annotations

from collections.abc import Sequence

from assay.config import door
from assay.config.changed import changed
from assay.run.training_images import load_manifest


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name."""
    config = door.single(arguments, program)
    if config is None:
        return
    from rich.console import Console

    from assay.data.audit import audit

    # An audit is there to list what is wrong, not to stop at it.
    lenient = changed(config, {"data.on_error": "skip", "data.on_conflict": "drop"})
    Console().print(audit(load_manifest(lenient)))
