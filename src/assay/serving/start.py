"""What `assay serve` does first: everything that can be refused without loading a model is, within a second or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.serving.door import take_door
from assay.serving.origin import name_model
from assay.serving.settings import ServeRequest, refuse_open_doors

if TYPE_CHECKING:
    from assay.serving.serve import Served


def start(request: ServeRequest, config: DictConfig) -> Served:
    """See `serve`.

    Raises:
        AssayError: there is no model, it does not answer as it was measured, or address or database are not to be had.
    """
    refuse_open_doors(request)
    with take_door(request) as door:
        name_model(config, request.model)
        from assay.serving.serve import serve

        return serve(request, config, door)
