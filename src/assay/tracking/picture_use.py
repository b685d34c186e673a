"""PictureUse: a recorded run that used some pictures, and what was made of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PictureUse:
    """A run that used pictures.

    Attributes:
        run_id: MLflow's id.
        name: as shown in the UI.
        pictures: how many of them.
        splits: split -> how many of them.
        bundle: where its bundle lies; "" where it was not exported.
        versions: of registered models that it is, as `cells 3`.
    """

    run_id: str
    name: str
    pictures: int
    splits: dict[str, int]
    bundle: str
    versions: tuple[str, ...]
