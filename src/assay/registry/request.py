"""PromoteRequest: the run, the gate, and who asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PromoteRequest:
    """The words of the command itself.

    Attributes:
        run: id of a run, or the beginning of one.
        gate: name of a gate that comes with Assay, or the path of a YAML file.
        serve: the format that is to answer; "" leaves the bundle as it is.
        by: who asks; "" for the user of this machine.
        output: folder of verdict and page; "" for the run's own.
    """

    run: str
    gate: str
    serve: str = ""
    by: str = ""
    output: str = ""
