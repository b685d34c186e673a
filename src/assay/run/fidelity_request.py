"""FidelityRequest: which generated images are compared with which real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.request import Help


@dataclass(frozen=True)
class FidelityRequest:
    """The words of the command itself.

    Attributes:
        synthetic: folder, table or manifest of generated images.
        layout: what the folders of `synthetic` are.
        output: folder of the report; "" for one beside the runs.
        words: as typed.
    """

    synthetic: Annotated[
        str,
        Help(
            "DIR with a folder for each class, or GENERATOR/CLASS; a saved manifest or a table. Classes by their "
            "names, or by their places: 0, 1, …",
            shown="DIR",
            hint="give synthetic=DIR with a folder per class, or a manifest",
        ),
    ]
    layout: Annotated[
        Literal["auto", "class", "generator"], Help("what the folders of DIR are", key="synthetic.layout")
    ] = "auto"
    output: Annotated[
        str,
        Help(
            "folder of fidelity.html, fidelity.json, fidelity.csv, pairs.csv, generated.parquet and pictures",
            shown="DIR",
        ),
    ] = ""
    words: tuple[str, ...] = ()
