"""Kinds: what a `_target_` has to be at each place of a config; at all other places nothing is built."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.config.folders import conf_dirs, shipped_dirs
from assay.config.plugins import plugin_of
from assay.config.source import derives_from

OPTIMIZER = "torch.optim.optimizer.Optimizer"
"""What alone is built in two steps (`_partial_: true`): its parameters come with the stage of training."""


@dataclass(frozen=True)
class OptionKind:
    """What is built at a place.

    Attributes:
        what: it is called in messages.
        bases: dotted names of classes, of which it has to derive from one, unless an option that comes with Assay names
            it; none where such options are all that there is.
    """

    what: str
    bases: tuple[str, ...] = ()


KINDS: Mapping[str, OptionKind] = {
    "data": OptionKind("source of images"),
    "model": OptionKind("backbone"),
    "finetune": OptionKind("schedule of finetuning"),
    "head": OptionKind("head", ("assay.models.head.Head",)),
    "sampler": OptionKind("sampler", ("assay.data.sampler.epoch_sampler.EpochSampler",)),
    "aug.image.*": OptionKind("policy for images", ("assay.augment.policy.ImagePolicy",)),
    "aug.steps.*": OptionKind("step of an augmentation", ("assay.augment.policy.ImageStep",)),
    "aug.mix.*": OptionKind("mixing", ("assay.augment.mixing.mixing.Mixing",)),
    "loss": OptionKind("loss", ("torch.nn.modules.loss._Loss",)),
    "optimizer": OptionKind("optimizer", (OPTIMIZER,)),
    "scheduler": OptionKind("schedule of the learning rate"),
    "calibration": OptionKind("calibration", ("assay.postprocess.calibration.calibrator.Calibrator",)),
    "reject": OptionKind("reject rule", ("assay.postprocess.reject.rule.RejectRule",)),
    "ood": OptionKind("OOD rule"),
    "ood.detector": OptionKind("OOD detector", ("assay.postprocess.ood.detector.Detector",)),
    "ood.checks": OptionKind("check of the picture itself"),
    "evaluation": OptionKind("evaluation"),
    "evaluation.robustness": OptionKind("evaluation under corruptions"),
    "evaluation.generators": OptionKind("evaluation by generator"),
    "evaluation.delivery": OptionKind("evaluation of delivered pictures"),
    "explain": OptionKind("explanation method", ("assay.explain.method.Method",)),
    "trainer": OptionKind("trainer"),
    "tracking": OptionKind("tracking store"),
    "gate.checks.*": OptionKind("gate check", ("assay.gate.check.Check",)),
    "hydra.sweeper.sampler": OptionKind("sampler of Optuna", ("optuna.samplers._base.BaseSampler",)),
    "hydra.sweeper.pruner": OptionKind("pruner of Optuna", ("optuna.pruners._base.BasePruner",)),
    "hydra.sweeper.pruner.wrapped_pruner": OptionKind("pruner of Optuna", ("optuna.pruners._base.BasePruner",)),
}
ALIASES = {"sampler.minority_augment.": "aug."}
"""Places that hold what another place holds."""
SETTINGS = ("study", "policy", "gate", "retrain", "hydra.sweeper", "hydra.launcher", "launcher", "backbone")
"""Places whose class is no input: the program itself says which one it is."""


def kind_at(place: str) -> OptionKind | None:
    """What is built at a place; None where nothing is."""
    pattern = _pattern(place)
    return None if pattern is None else KINDS[pattern]


def misplaced(target: str, place: str) -> str | None:
    """Why what a dotted name stands for is not built at a place, as the rest of a sentence; None where it is.

    Args:
        target: of a class or function that may be built at all.
        place: path in the config.
    """
    if place in SETTINGS:
        return None
    kind = kind_at(place)
    if kind is None:
        return f"nothing is built here, so {target} does not belong here; give a plain value"
    if target in _named(shipped_dirs()).get(str(_pattern(place)), ()) or any(
        derives_from(target, base) for base in kind.bases
    ):
        return None
    if plugin_of(target) is not None and not any(base.startswith("assay.") for base in kind.bases):
        return None  # of a library's classes, which are not read for a plug-in's bases
    return f"{target} is no {kind.what}"


def is_offered(target: str, place: str, *, anywhere: bool = False) -> bool:
    """Whether an option names a class: one of Assay, of a plug-in, or in the folder that is looked in.

    Args:
        target: its dotted name.
        place: path in the config that the option is for.
        anywhere: whether an option for any place will do.
    """
    named = _named(conf_dirs())
    if anywhere:
        return any(target in targets for targets in named.values())
    return place in SETTINGS or target in named.get(str(_pattern(place)), ())


def _pattern(place: str) -> str | None:
    for alias, other in ALIASES.items():
        place = other + place.removeprefix(alias) if place.startswith(alias) else place
    parts = place.split(".")
    for pattern in KINDS:
        wanted = pattern.split(".")
        if len(wanted) == len(parts) and all(part in ("*", own) for part, own in zip(wanted, parts, strict=True)):
            return pattern
    return None


@functools.cache
def _named(folders: tuple[Path, ...]) -> dict[str, set[str]]:
    """The targets that the options of these folders name, by the pattern of their place."""
    named: dict[str, set[str]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.yaml")):
            for place, target in _targets_of(folder, path):
                if (pattern := _pattern(place)) is not None:
                    named.setdefault(pattern, set()).add(target)
    return named


def _targets_of(folder: Path, path: Path) -> Iterator[tuple[str, str]]:
    import yaml

    text = path.read_text(encoding="utf-8", errors="replace")
    if "_target_" not in text:
        return
    try:
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # the one in C is faster
    except yaml.YAMLError:
        return  # composing it says what is wrong
    start = "" if "@package _global_" in text else ".".join(path.parent.relative_to(folder).parts)
    yield from _placed(start, content)


def _placed(place: str, content: Any) -> Iterator[tuple[str, str]]:
    if isinstance(content, dict):
        if isinstance(content.get("_target_"), str):
            yield place, content["_target_"]
        for key, value in content.items():
            yield from _placed(f"{place}.{key}" if place else str(key), value)
