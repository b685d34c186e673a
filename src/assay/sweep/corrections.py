"""What a sweep draws beside a loss: functions for `hydra.sweeper.conditional` about class imbalance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Draw = Callable[[str], Any]

SAMPLERS = "sampler=choice(shuffle,sqrt,weighted,effective_number,repeat_factor)"
CORRECTING = ("balanced_softmax", "logit_adjusted", "ldam_drw")
"""Losses that correct for the frequencies of classes; `assay.config.imbalance` refuses a sampler beside them."""

UNWEIGHTED = ("distill",)
"""Losses without class weights."""


def sampler_for_loss(point: Mapping[str, Any], draw: Draw) -> None:
    """Draw a sampler where the loss does not correct for the frequencies of classes itself.

    Args:
        point: what is known so far; `loss` has to be among it.
        draw: draws one more dimension.
    """
    if point["loss"] not in CORRECTING:
        draw("sampler=choice(shuffle,sqrt)")


def one_correction(point: Mapping[str, Any], draw: Draw) -> None:
    """Draw at most one correction for the frequencies of classes, and its strength.

    Args:
        point: what is known so far; `loss` has to be among it.
        draw: draws one more dimension.
    """
    loss = point["loss"]
    if loss == "logit_adjusted":
        draw("loss.tau=interval(0.5,2.0)")
    elif loss == "ldam_drw":
        draw("loss.max_margin=interval(0.1,0.8)")
    if loss == "focal":
        draw("loss.gamma=interval(0.5,5.0)")
    if loss in CORRECTING:
        return
    if loss not in UNWEIGHTED and draw("loss.class_weights=choice(none,balanced,effective_number)") != "none":
        return
    sampler = draw(SAMPLERS)
    if sampler == "effective_number":
        draw("sampler.beta=choice(0.9,0.99,0.999)")
    elif sampler == "repeat_factor":
        draw("sampler.threshold=interval(0.1,0.5)")
