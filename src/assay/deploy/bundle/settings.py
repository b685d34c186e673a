"""What can be asked of an export; held against what is typed without importing anything heavy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from assay.config.bounds import AtLeast, Between
from assay.config.request import Help


@dataclass(frozen=True)
class Int8Settings:
    """How INT8 is made, and what it may cost.

    Attributes:
        images: training images, stratified by class, that ranges of activations are taken from.
        max_loss: share of the float model's macro-F1 that it may lose.
        reduce_range: weights of 7 bits, for CPUs whose INT8 products overflow (x86 without VNNI).
        float_share: share of the multiply-adds that stays in float, counted from the picture on, where INT8 loses most
            and saves least.
    """

    images: Annotated[int, AtLeast(8), Help("training images that ranges of activations are taken from")] = 256
    max_loss: Annotated[float, Between(0, 1), Help("share of the macro-F1 that INT8 may lose before it is refused")] = (
        0.02
    )
    reduce_range: Annotated[bool, Help("true makes weights of 7 bits, for x86 CPUs without VNNI")] = False
    float_share: Annotated[
        float, Between(0, 1), Help("share of the multiply-adds at the network's start that stays in float")
    ] = 0.06


@dataclass(frozen=True)
class ExportSettings:
    """What is exported.

    Attributes:
        formats: besides the float weights, which are always there.
        serve: the format that answers, and that the evidence of the bundle is about.
        int8: how INT8 is made.
    """

    formats: Annotated[
        list[Literal["onnx", "int8", "torchscript", "torch_export"]],
        Help("forms besides the float weights; torchscript is legacy, deprecated in torch"),
    ] = field(default_factory=list)
    serve: Annotated[Literal["float", "onnx", "int8"], Help("what answers, and what the evidence is about")] = "float"
    int8: Int8Settings = field(default_factory=Int8Settings)
