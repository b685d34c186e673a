"""What is shown of a store of embeddings that was filled, or checked."""

from __future__ import annotations

from typing import Any

from assay.errors import StoreError
from assay.output import say
from assay.run.embed import Embedded


def text(result: Embedded, request: object) -> None:
    """Print it."""
    validation = result.validation
    if validation is None:
        say(f"{result.images} embeddings of {result.size} numbers, {result.computed} of them computed now")
        if result.note:
            say(result.note)
        return
    say(f"{validation.stored} of {validation.images} images have a verified embedding")
    say(f"{validation.compared} were computed again; the largest relative difference is {validation.difference:.1e}")
    for problem in validation.problems:
        say(str(problem))


def document(result: Embedded, request: object) -> dict[str, Any]:
    """The same as values; the keys of a store that was filled, or of one that was checked."""
    validation = result.validation
    if validation is None:
        return {"images": result.images, "size": result.size, "computed": result.computed, "note": result.note}
    return {
        "images": validation.images,
        "stored": validation.stored,
        "compared": validation.compared,
        "difference": validation.difference,
        "problems": [str(problem) for problem in validation.problems],
        "ok": validation.ok,
    }


def rows(result: Embedded, request: object) -> list[dict[str, Any]]:
    """One row."""
    return [document(result, request)]


def ending(result: Embedded, request: object) -> None:
    """What is stored and not sound is a failure.

    Raises:
        StoreError: it is not.
    """
    if result.validation is not None and not result.validation.ok:
        raise StoreError("the stored embeddings are not complete and sound; run the command without --validate")
