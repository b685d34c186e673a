"""Refuse what cannot work, or works against itself, among the options for classes of different size."""

from __future__ import annotations

import re
from typing import Any

from omegaconf import DictConfig, OmegaConf

from assay.config.changed import changed
from assay.config.compose import compose
from assay.errors import ConfigError

ADJUSTING = ("BalancedSoftmax", "LogitAdjusted", "LdamDrw")


def check_imbalance(values: dict[str, Any]) -> None:
    """Hold sampler, loss, head and finetuning against each other.

    Args:
        values: the composed config as plain values.

    Raises:
        ConfigError: the first thing that is wrong, with the reason.
    """
    _check_stacking(values)
    _check_start(values)
    _check_minority(values)
    if _class(values["sampler"]) == "VarianceAware" and values["model"]["weights"] == "none":
        raise ConfigError(
            "sampler=variance_aware with model.weights=none: it measures how varied a class is on embeddings of the "
            "backbone that training starts with, and those of a random one say nothing; use pretrained weights, or "
            "sampler=sqrt"
        )
    if _class(values["loss"]) == "LdamDrw" and _class(values["head"]) != "CosineHead":
        raise ConfigError(
            "loss=ldam_drw with another head than cosine: its margins are angles, and a linear head can grow its "
            "weights until no margin matters; leave head=… away, loss=ldam_drw brings head=cosine with it"
        )


def with_minority(config: DictConfig) -> DictConfig:
    """The config with what `sampler.minority_augment` names in its place, so that what is recorded says all."""
    named = config.sampler.minority_augment
    if not isinstance(named, str):
        return config
    aug = _composed(named)
    return changed(config, {"sampler.minority_augment": {"image": aug["image"], "steps": aug["steps"]}})


def corrections(values: dict[str, Any]) -> list[str]:
    """The parts of a config that correct for the frequencies of classes, as a person would type them."""
    loss = values["loss"]
    found = []
    if _class(values["sampler"]) != "Shuffle":
        found.append(f"sampler={_option(values['sampler'])}")
    if _class(loss) in ADJUSTING and loss.get("tau", 1.0) != 0:
        found.append(f"loss={_option(loss)}")
    if loss.get("class_weights", "none") != "none":
        found.append(f"loss.class_weights={loss['class_weights']}")
    if _class(values["finetune"]) == "RetrainClassifier":
        found.append("finetune=retrain_classifier")
    return found


def _check_stacking(values: dict[str, Any]) -> None:
    found = corrections(values)
    if len(found) > 1 and not values["sampler"]["allow_stacking"]:
        raise ConfigError(
            f"{' with '.join(found)}: each of them corrects for the frequencies of classes, and together they correct "
            "more than once: rare classes get predicted too often, and are learned by heart. On CIFAR-100-LT (largest "
            "class 100 times the smallest) already one correction from the first epoch on made the error worse than "
            "none, 64.8 % (sampler) and 67.7 % (class weights) against 61.7 %, and the best is one alone: 57.0 % "
            f"(balanced softmax), 58.4 % (deferred weights). Keep one of them: {', '.join(found)}; or say "
            "sampler.allow_stacking=true"
        )


def _check_start(values: dict[str, Any]) -> None:
    """A deferred part has to be reached in every stage."""
    epochs = {key: value for key, value in values["finetune"].items() if key.endswith("epochs") and value}
    for group in ("sampler", "loss"):
        start = values[group].get("start_epoch")
        for key, value in epochs.items():
            if start and start >= value:
                raise ConfigError(
                    f"{group}.start_epoch={start}: never reached with finetune.{key}={value}; epochs are counted from "
                    "0 in each stage of training"
                )


def _check_minority(values: dict[str, Any]) -> None:
    sampler = values["sampler"]
    share, policy = sampler["minority_share"], sampler["minority_augment"]
    if share is not None and not 0 < share <= 1:
        raise ConfigError(f"sampler.minority_share: must be above 0 and at most 1, got {share:g}")
    if policy is None:
        return
    if isinstance(policy, str):
        aug = _composed(policy)
        if not (aug["image"] or aug["steps"]):
            raise ConfigError(
                f"sampler.minority_augment={policy}: aug={policy} does nothing to single images; take an option that "
                "does, e.g. strong, or null for none"
            )
    elif not isinstance(policy, dict) or not any(policy.get(part) for part in ("image", "steps")):
        raise ConfigError(f"sampler.minority_augment: must be the name of an option of aug, got {policy!r}")
    if values["finetune"].get("views") == 0:
        raise ConfigError(
            "sampler.minority_augment with finetune.views=0: a head on cached embeddings sees augmented images as "
            "cached views; leave finetune.views away"
        )


def _composed(name: str) -> dict[str, Any]:
    """The nodes of an option of aug."""
    try:
        nodes = OmegaConf.to_container(compose([f"aug={name}"]).aug, resolve=True)
    except ConfigError as error:
        raise ConfigError(f"sampler.minority_augment={name}: {error}") from error
    assert isinstance(nodes, dict)
    return {str(part): node for part, node in nodes.items()}


def _class(node: dict[str, Any]) -> str:
    return str(node["_target_"]).rpartition(".")[2]


def _option(node: dict[str, Any]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", _class(node)).lower()
