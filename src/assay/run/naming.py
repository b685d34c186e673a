"""What a run is called, so that a list of runs can be read: backbone, finetuning, what was overridden, seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from omegaconf import DictConfig

SAID_ELSEWHERE = ("model=", "model.name=", "model.members=", "finetune=", "seed=")
"""Words that the name says in its own way."""
SAME_RESULT = (
    "name=",
    "resume=",
    "cache=",
    "tracking",
    "registry",
    "explain",
    "sweep=",
    "hydra",
    "evaluation",
    "debug=",
    "trainer.accelerator=",
    "trainer.devices=",
    "trainer.workers=",
)
OTHER_RESULT = "evaluation.tta="
"""Word that begins like those that change no result."""
DATASET = ("data=", "data.root=", "data.path=", "data.name=")
"""Words for the dataset, by which the experiment and MLflow's column are called."""
LEFT_OUT = (*SAID_ELSEWHERE, *SAME_RESULT, *DATASET)
LONGEST_VALUE = 24
LONGEST = 120


def run_name(config: DictConfig, overrides: Sequence[str]) -> str:
    """The name that was given, or words such as `efficientnet_b0 two_stage loss=focal lr=3e-4 seed=1`.

    Args:
        config: of the run.
        overrides: as they were typed.
    """
    if config.name:
        return str(config.name)
    words = [word.lstrip("+") for word in overrides]
    chosen = [word.partition("=")[2] for word in words if word.startswith("finetune=")]
    finetune = chosen[-1] if chosen else str(config.finetune["_target_"]).rpartition(".")[0].rpartition(".")[2]
    unsaid = [word for word in words if word.startswith(OTHER_RESULT) or not word.startswith(LEFT_OUT)]
    parts = [str(config.model.name).partition(".")[0], *([] if finetune == "none" else [finetune]), *_short(unsaid)]
    return f"{_cut(' '.join(parts), LONGEST)} seed={config.seed}"


def _short(words: Sequence[str]) -> list[str]:
    """`optimizer.lr=3e-4` as `lr=3e-4`, in full where that would not tell two keys apart."""
    pairs = [
        (key, _cut(value.strip("'\""), LONGEST_VALUE)) for key, _, value in (word.partition("=") for word in words)
    ]
    ends = Counter(_end(key) for key, _ in pairs)
    named = [(_end(key) if ends[_end(key)] == 1 else key, value) for key, value in pairs]
    return [f"{key}={value}" if value else key for key, value in named]


def _end(key: str) -> str:
    return key.rpartition(".")[2].rpartition("/")[2]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
