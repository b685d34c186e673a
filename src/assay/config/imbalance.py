"""Refuse what cannot work, or works against itself, among the options for classes of different size."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, OmegaConf

from assay.config.changed import changed
from assay.config.compose import compose
from assay.config.signature import signature_of
from assay.config.traits import option_of, trait
from assay.errors import ConfigError


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
    if _wants_embeddings(values["sampler"]) and values["model"].get("weights") == "none":
        raise ConfigError(
            f"sampler={option_of(values['sampler'])} with model.weights=none: it measures how varied a class is on "
            "embeddings of the backbone that training starts with, and those of a random one say nothing; use "
            "pretrained weights, or sampler=sqrt"
        )
    if _says(values["loss"], "needs_cosines") and not _says(values["head"], "gives_cosines"):
        loss = option_of(values["loss"])
        raise ConfigError(
            f"loss={loss} with another head than cosine: its margins are angles, and a linear head can grow its "
            f"weights until no margin matters; leave head=… away, loss={loss} brings head=cosine with it"
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
    correcting = [f"{group}={option_of(values[group])}" for group in ("sampler", "loss") if _corrects(values[group])]
    if loss.get("class_weights", "none") != "none":
        correcting.append(f"loss.class_weights={loss['class_weights']}")
    if _corrects(values["finetune"]):
        correcting.append(f"finetune={option_of(values['finetune'])}")
    return correcting


def _corrects(node: dict[str, Any]) -> bool:
    """Whether a class corrects for the frequencies of classes; one that says nothing is taken to do so."""
    strength = trait(node["_target_"], "correction_strength", unknown="")
    return bool(trait(node["_target_"], "corrects_frequencies", unknown=True)) and node.get(strength, 1.0) != 0


def _silent(values: dict[str, Any]) -> list[str]:
    """The groups whose class does not say whether it corrects."""
    groups = ("sampler", "loss", "finetune")
    return [group for group in groups if trait(values[group]["_target_"], "corrects_frequencies", unknown=None) is None]


def _check_stacking(values: dict[str, Any]) -> None:
    correcting = corrections(values)
    if len(correcting) > 1 and not values["sampler"]["allow_stacking"]:
        raise ConfigError(
            f"{' with '.join(correcting)}: each of them corrects for the frequencies of classes, and together they "
            "correct more than once: rare classes get predicted too often, and are learned by heart. On CIFAR-100-LT "
            "(largest class 100 times the smallest) already one correction from the first epoch on made the error "
            "worse than none, 64.8 % (sampler) and 67.7 % (class weights) against 61.7 %, and the best is one alone: "
            f"57.0 % (balanced softmax), 58.4 % (deferred weights). Keep one of them: {', '.join(correcting)}; or say "
            f"sampler.allow_stacking=true{_hint(values)}"
        )


def _hint(values: dict[str, Any]) -> str:
    silent = [f"{group}={option_of(values[group])}" for group in _silent(values)]
    if not silent:
        return ""
    return f". {', '.join(silent)} is taken to correct because its class does not say corrects_frequencies = False"


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


def _says(node: dict[str, Any], name: str) -> bool:
    return bool(trait(node["_target_"], name, unknown=False))


def _wants_embeddings(sampler: dict[str, Any]) -> bool:
    """Whether a sampler is handed the embeddings of the training images."""
    signature = signature_of(sampler["_target_"])
    return signature is not None and "embeddings" in signature[0]
