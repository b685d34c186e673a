"""Refuse what a head that is solved at once would silently ignore."""

from __future__ import annotations

from typing import Any

from assay.config.traits import option_of, trait
from assay.errors import ConfigError


def check_solved_head(values: dict[str, Any]) -> None:
    """Hold the head against finetuning, loss and mixing.

    Args:
        values: the composed config as plain values.

    Raises:
        ConfigError: something would have no effect, or would move the embeddings that the head stands on.
    """
    if not trait(values["head"]["_target_"], "solved", unknown=False):
        return
    head = option_of(values["head"])
    if not trait(values["finetune"]["_target_"], "embeddings_only", unknown=False):
        raise ConfigError(
            f"head={head} with finetune={option_of(values['finetune'])}: it is found from the embeddings of a backbone "
            "that stays as it is; use finetune=head_only"
        )
    if set_by := _shaped(values["loss"]):
        raise ConfigError(
            f"head={head} with {set_by}: it is found without epochs of a loss; use loss=cross_entropy as it is, and "
            "for rare classes sampler=weighted, whose draws become weights"
        )
    if values["aug"]["mix"]:
        name = next(iter(values["aug"]["mix"]))
        raise ConfigError(
            f"head={head} with aug={name}: it is found from whole images, not from blends of a batch; use aug=standard"
        )


def _shaped(loss: dict[str, Any]) -> str:
    """What of a loss is more than cross-entropy, as it is typed; empty for nothing."""
    if option_of(loss) != "cross_entropy":
        return f"loss={option_of(loss)}"
    plain = {"class_weights": "none", "label_smoothing": 0}
    changed = (key for key, value in plain.items() if loss.get(key, value) != value)
    return next((f"loss.{key}={loss[key]}" for key in changed), "")
