"""Integrity: the checks of `conf/gate/_integrity.yaml`, which every gate judges with, whatever its file says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.config.compose import conf_dir
from assay.errors import ConfigError

if TYPE_CHECKING:
    from assay.gate.check import Check

FILE = "_integrity.yaml"
WHO = 'gate.loosened.by=NAME gate.loosened.reason="…"'
"""How a person says that a verdict asks less of integrity than every gate does."""


def integrity_checks() -> dict[str, Any]:
    """Name -> `_target_` and arguments of each check that belongs to every gate, in their order."""
    from omegaconf import OmegaConf

    values = OmegaConf.to_container(OmegaConf.load(integrity_file()), resolve=True)
    checks = values["checks"] if isinstance(values, dict) else {}
    return {str(name): node for name, node in checks.items()}


def integrity_file() -> Path:
    """The file that lists them."""
    return conf_dir() / "gate" / FILE


def with_integrity(checks: Mapping[str, Any], left_out: Sequence[str]) -> dict[str, Any]:
    """A gate's checks after those that belong to every gate; the gate may set the bounds of these.

    Args:
        checks: of the gate, as written; null takes a check of its own away.
        left_out: checks that a person left out by name for this verdict.

    Raises:
        ConfigError: the gate's file leaves out a check that belongs to every gate.
    """
    integrity = {name: node for name, node in integrity_checks().items() if name not in left_out}
    for name in integrity:
        if name in checks and checks[name] is None:
            raise ConfigError(
                f"gate.checks.{name}: this check belongs to every gate, whatever its file says; take the line out of "
                f"the file. To leave it out once, which the verdict says, type gate.checks.{name}=null {WHO}"
            )
    own = {name: node for name, node in checks.items() if node is not None and name not in left_out}
    return {**integrity, **own}


def loosened(checks: Mapping[str, Check], standard: Mapping[str, Check]) -> tuple[str, ...]:
    """What a gate asks less of integrity than every gate does, each as a few words.

    Args:
        checks: of the gate, by name.
        standard: those that belong to every gate, by name.
    """
    words = []
    for name, check in standard.items():
        if name not in checks:
            words.append(f"{name} left out")
            continue
        for entry in fields(check):  # type: ignore[arg-type]  # every check is a dataclass
            ours, its = getattr(check, entry.name), getattr(checks[name], entry.name)
            if _asks_less(its, ours, check.stricter.get(entry.name, "")):
                words.append(f"{name}.{entry.name}={its} instead of {ours}")
    return tuple(words)


def _asks_less(value: Any, standard: Any, stricter: str) -> bool:
    if value == standard or stricter == "either":
        return False
    if stricter == "given":
        return not value
    return not (value > standard if stricter == "higher" else value < standard if stricter == "lower" else False)


def left_out_by(words: Sequence[str]) -> tuple[str, ...]:
    """Names of integrity checks that words of the command line take away: `gate.checks.NAME=null`."""
    named = [re.fullmatch(r"(?:\+\+)?(?:gate\.)?checks\.([^.=]+)=\s*null\s*", word) for word in words]
    gone = [re.fullmatch(r"~(?:gate\.)?checks\.([^.=]+)(?:=.*)?", word) for word in words]
    typed = {match[1] for match in (*named, *gone) if match}
    return tuple(name for name in integrity_checks() if name in typed)
