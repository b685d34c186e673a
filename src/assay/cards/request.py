"""What is asked of `assay card`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.request import Help


@dataclass(frozen=True)
class CardRequest:
    """The words of `assay card` itself.

    Attributes:
        run: id of a run, NAME@ALIAS, models:/NAME/VERSION or the folder of a bundle; "" for the champion.
        kind: of card.
        to: file that is written; "" shows the card.
        about: YAML file with what only people know; "" for none.
        overwrite: whether a file that is there is replaced.
    """

    run: Annotated[
        str, Help("whose card: id of a run, NAME@ALIAS or the folder of a bundle; the champion without it")
    ] = ""
    kind: Annotated[Literal["model", "data"], Help("a card of the model, or of the pictures behind it")] = "model"
    to: Annotated[str, Help("file that is written, as MODEL_CARD.md; shown without it", shown="FILE")] = ""
    about: Annotated[str, Help("YAML file with what only people know: intended_use, owner, …", shown="FILE")] = ""
    overwrite: Annotated[bool, Help("true replaces a file that is there, with all that somebody wrote into it")] = False
