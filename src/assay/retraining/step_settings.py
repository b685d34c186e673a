"""StepSettings: what a retraining does with labels, how its candidate is judged, and how carefully it is let in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.bounds import Above, AtLeast, Between
from assay.config.request import Help


@dataclass(frozen=True)
class StepSettings:
    """The keys that the steps of a retraining go by.

    Attributes:
        gate: by which the candidate is judged; a file of one's own, or one that comes with Assay.
        gate_words: changes to it, as `assay promote` takes them without `gate.`.
        loosened_by: who asks less of integrity than every gate does; "" where nobody does.
        loosened_reason: why.
        collect: folder of a collection that is gone on with where a class is short; "" collects nothing.
        collect_minimum: pictures to train with that each class should have.
        agreed: reviewers that must have chosen a label.
        client_share: of all training images, that the pictures of one client may be.
        fail_on: what fails the retraining where it is new in the manifest.
        sweep: words of a sweep around the champion's recipe, as `python train.py -m` takes them; () trains that recipe.
        serve: the format that is to answer; "" leaves the bundle as it is.
        canary_shadow: pictures that the candidate looks on at before it answers anybody; 0 for no canary.
        canary_share: of the keys, that it answers after that.
        canary_answers: pictures that it answers until all keys are its.
        canary_days: within which it has to have answered them; what nobody could see is not promoted.
    """

    gate: Annotated[str, Help("by which a candidate is judged: default, amulet, exposr, or a YAML file")] = "default"
    gate_words: Annotated[tuple[str, ...], Help("changes to the gate, as checks.better.gain=0.02")] = ()
    loosened_by: Annotated[str, Help("who asks less of integrity than every gate does, with a reason")] = ""
    loosened_reason: Annotated[str, Help("why less is asked; stands in every verdict")] = ""
    collect: Annotated[
        str,
        Help("a collection of assay collect, which is gone on with for classes that are short", shown="FOLDER"),
    ] = ""
    collect_minimum: Annotated[
        int, AtLeast(1), Help("pictures to train with, below which a class is short; with collect=FOLDER")
    ] = 1000
    agreed: Annotated[int, AtLeast(1), Help("reviewers that must have chosen a label that is trained on")] = 1
    client_share: Annotated[
        float, Between(0.001, 1), Help("of all training images, that the pictures of one client may be")
    ] = 0.2
    fail_on: Annotated[
        tuple[
            Literal["new_quality", "new_copies", "new_leaks", "new_shortcuts", "new_rights", "relabelled", "moved"], ...
        ],
        Help("what fails a retraining where its manifest has it and the champion's has not"),
    ] = ("new_leaks", "new_shortcuts")
    sweep: Annotated[
        tuple[str, ...], Help("what is tried around the champion's recipe, a list in a YAML file of yours")
    ] = ()
    serve: Annotated[
        Literal["", "float", "onnx", "int8"], Help("the format that is to answer; that of the bundle without it")
    ] = ""
    canary_shadow: Annotated[
        int, AtLeast(0), Help("pictures that a candidate looks on at before it answers anybody; 0: no canary")
    ] = 0
    canary_share: Annotated[float, Between(0.001, 0.5), Help("of the keys, that it answers after that")] = 0.1
    canary_answers: Annotated[int, AtLeast(1), Help("pictures that it answers before all keys are its")] = 200
    canary_days: Annotated[
        float, Above(0), Help("within which each stage has to be through; what nobody could see is kept back")
    ] = 14.0
