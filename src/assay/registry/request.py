"""What the registry is asked: a run to judge, a version to go back to, a history, an overview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.request import Help


@dataclass(frozen=True)
class PromoteRequest:
    """The words of `assay promote` itself.

    Attributes:
        run: id of a run, or the beginning of one.
        gate: name of a gate that comes with Assay, or the path of a YAML file.
        serve: the format that is to answer; "" leaves the bundle as it is.
        by: who asks; "" for the user of this machine.
        output: folder of verdict and page; "" for the run's own.
    """

    run: Annotated[
        str,
        Help("id of a finished run, or the beginning of it", shown="ID", hint="give run=ID, or the beginning of one"),
    ]
    gate: Annotated[str, Help("one that comes with Assay, or the path of a YAML file", shown="NAME", recipes="gate")]
    serve: Annotated[
        Literal["", "float", "onnx", "int8"], Help("the format that answers; exported anew with its evidence")
    ] = ""
    by: Annotated[str, Help("who asks; the user of this machine without it", shown="NAME")] = ""
    output: Annotated[str, Help("folder of verdict.json and verdict.html; the run's own without it", shown="DIR")] = ""


@dataclass(frozen=True)
class RollbackRequest:
    """The words of `assay rollback` itself.

    Attributes:
        reason: why; written into the history.
        to: number of a version that was promoted; "" for the previous champion.
        by: who; "" for the user of this machine.
    """

    reason: Annotated[
        str,
        Help(
            "why; written into the history for good",
            hint='it is written into the history: reason="fails on night pictures"',
        ),
    ]
    to: Annotated[
        str, Help("number of a version that was promoted; the previous champion without it", shown="VERSION")
    ] = ""
    by: Annotated[str, Help("who; the user of this machine without it", shown="NAME")] = ""


@dataclass(frozen=True)
class HistoryRequest:
    """The words of `assay history` itself.

    Attributes:
        verify: whether what does not hold is a failure.
        accept: whether what does not hold is accepted as it is.
        reason: why it is accepted; written into the history.
        by: who accepts it; "" for the user of this machine.
    """

    verify: Annotated[
        bool, Help("exit code 1 when an entry, an alias or a version was removed, changed or moved without the gate")
    ] = False
    accept: Annotated[
        bool, Help("what was found stays as it is; an entry of its own says who accepted it, and why")
    ] = False
    reason: Annotated[str, Help("why it is accepted, with --accept; written into the history for good")] = ""
    by: Annotated[str, Help("who accepts it; the user of this machine without it", shown="NAME")] = ""


@dataclass(frozen=True)
class ModelsRequest:
    """The words of `assay models` itself.

    Attributes:
        output: file of the page; "" for one beside the runs.
    """

    output: Annotated[str, Help("the page; mlruns/models/MODEL.html without it", shown="FILE")] = ""
