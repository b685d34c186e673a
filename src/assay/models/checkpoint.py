"""A checkpoint of a stage, read back: whole, of this stage of this run, with weights that fit, or refused."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from assay.errors import TrainingError
from assay.models.epochs import BACKBONE
from assay.models.network import Network

NETWORK = "network."
OWNER = "owner"
"""Key of a checkpoint: the run and stage that kept it; those of before do not have it."""
NEEDED = ("epoch", "global_step", "state_dict", "optimizer_states", "history")


def read_checkpoint(
    path: Path, weights: Mapping[str, Tensor], *, owner: str = "", needed: Sequence[str] = NEEDED
) -> dict[str, Any]:
    """What a stage kept, once it is sure that the stage can go on after it; no code in the file is run.

    Args:
        path: of the checkpoint.
        weights: by the names that it has to have, with their shapes; see `kept_weights`.
        owner: run and stage that go on; "" takes that of any.
        needed: keys that whoever goes on asks for.

    Raises:
        TrainingError: it cannot be read, is no checkpoint, or that of another network, run or stage; says what to
            remove, so that the stage is trained again.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except (FileNotFoundError, PermissionError) as error:
        raise refused(path, f"cannot be read: {error.strerror}") from error
    except Exception as error:  # damaged files fail in many ways: pickle, zip, end of file, key errors, EINVAL
        raise refused(path, "cannot be read: it is damaged, or was never a checkpoint") from error
    if problem := _problem(content, weights, owner, needed):
        raise refused(path, problem)
    return dict(content)


def kept_weights(network: Network, *, backbone: bool) -> dict[str, Tensor]:
    """The weights of a network by their names in a checkpoint, with or without those of its backbone."""
    named = {f"{NETWORK}{name}": value for name, value in network.state_dict().items()}
    return named if backbone else {name: value for name, value in named.items() if not name.startswith(BACKBONE)}


def refused(path: Path, problem: str) -> TrainingError:
    """The error about a checkpoint that no training goes on after, with the command that lets one begin anew."""
    folders = " ".join(shlex.quote(str(folder)) for folder in _from_here_on(path.parent))
    return TrainingError(
        f"{path}: {problem}. Remove what this stage has kept, with the stages after it, and it is trained again: "
        f"rm -r {folders}"
    )


def _problem(content: Any, weights: Mapping[str, Tensor], owner: str, needed: Sequence[str]) -> str:
    if not isinstance(content, dict) or not isinstance(content.get("state_dict"), dict):
        return "is no checkpoint of a stage"
    if missing := [key for key in needed if key not in content]:
        return f"is no checkpoint that this training can go on after: it has no {', '.join(missing)}"
    kept_by = content.get(OWNER) or owner
    if owner and kept_by != owner:
        return f"is the checkpoint of another stage or run ({kept_by}, not {owner})"
    kept = content["state_dict"]
    for name, value in weights.items():
        if not isinstance(kept.get(name), Tensor):
            return f"is the checkpoint of another network: it has no {name}"
        if kept[name].shape != value.shape:
            shapes = f"{list(kept[name].shape)}, not {list(value.shape)}"
            return f"is the checkpoint of another network: its {name} is {shapes}"
    return ""


def _from_here_on(folder: Path) -> list[Path]:
    """The folder of a stage, and those of the stages after it."""
    own = _number(folder)
    if own is None:
        return [folder]
    numbered = [(number, beside) for beside in folder.parent.iterdir() if (number := _number(beside)) is not None]
    return [beside for number, beside in sorted(numbered) if number >= own]


def _number(folder: Path) -> int | None:
    number = folder.name.partition("-")[0]
    return int(number) if number.isdigit() else None
