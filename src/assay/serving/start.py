"""What `assay serve` does first: everything that can be refused without loading a model is, within a second or two."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from assay.program import words_of_this_command
from assay.review.desk.guide import read_guide
from assay.serving.door import take_door
from assay.serving.origin import name_model
from assay.serving.served import Served
from assay.serving.settings import ServeRequest, refuse_open_doors
from assay.serving.unit import Unit, systemd_unit


def start(request: ServeRequest, config: DictConfig) -> Served | Unit:
    """See `serve`; or the unit that starts the service, where it is asked for.

    Raises:
        AssayError: there is no model, it does not answer as it was measured, or address or database are not to be had.
    """
    refuse_open_doors(request)
    if request.unit:
        return systemd_unit(request, config, words_of_this_command())
    read_guide(Path(request.review_guide).expanduser() if request.review_guide else None)
    with take_door(request) as door:
        name_model(config, request.model)
        from assay.serving.serve import serve

        return serve(request, config, door)
