"""What a registered model may be called."""

from __future__ import annotations

import re

from assay.errors import GateError

_NAME = re.compile(r"[^/:@=\"'\s](?:[^/:@=\"'\n]{0,198}[^/:@=\"'\s])?")


def is_model_name(name: str) -> bool:
    """Whether a registered model can have this name."""
    return _NAME.fullmatch(name) is not None


def like_model_name(name: str) -> str:
    """The nearest name that a registered model can have: what it cannot hold becomes a hyphen."""
    return re.sub(r"[/:@=\"'\s]+", "-", name).strip("-")[:200] or "model"


def check_model_name(name: str) -> None:
    """Return when a registered model can have this name.

    Raises:
        GateError: it cannot.
    """
    if not is_model_name(name):
        raise GateError(
            f"registry.name={name!r}: a registered model is named with up to 200 characters, without / : @ = "
            "quotes and spaces at its ends; set registry.name to such a name"
        )
