"""Refuse a composed config that cannot work, before anything heavy is imported and before a run exists."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from omegaconf import DictConfig, OmegaConf

from assay.config.amounts import bytes_of
from assay.config.compose import explained, groups
from assay.config.division import check_division
from assay.config.extras import require
from assay.config.fidelity import check_fidelity
from assay.config.imbalance import check_imbalance
from assay.config.interpolations import refuse_resolvers, refuse_signs
from assay.config.ood import check_ood
from assay.config.plugins import plugin_of
from assay.config.reject import check_reject
from assay.config.reviewed import check_reviewed
from assay.config.schema import DATASET_KEYS, SAMPLER_KEYS, Config, DatasetConfig, SamplerConfig
from assay.config.signature import signature_of
from assay.config.solved_head import check_solved_head
from assay.config.synthetic import check_synthetic
from assay.config.targets import CONTROLS, refusal_of, refusal_of_control
from assay.config.traits import option_of, trait
from assay.config.tta import views_in
from assay.errors import ConfigError, did_you_mean

MOST_SEEDS = 2**32
"""What numpy takes."""
ON_PICTURES = {
    "soup": "epochs are averaged",
    "progressive": "pictures grow from epoch to epoch",
    "preresize": "pictures are read in every epoch",
}
"""Keys of the trainer that stages on pictures have alone, and what they do there."""
SHARED_KEYS = {"data": DATASET_KEYS, "sampler": SAMPLER_KEYS}


def check(config: DictConfig) -> None:
    """Hold every value against the signature of its target, and every combination against what can work.

    From then on the config is read-only: what was checked is what is used.

    Raises:
        ConfigError: the first thing that is wrong, with its path in the config.
    """
    values = _plain(config)
    _refuse_unknown(values)
    _check_parts(values["aug"])
    for name, node in values.items():
        check_node(name, node)
    _check_shared("data", DatasetConfig, values["data"])
    _check_dataset(values["data"])
    _check_shared("sampler", SamplerConfig, values["sampler"])
    _check_model(values["model"])
    _check_packages(values)
    _check_combinations(values)
    _check_numbers(values)
    check_imbalance(values)
    check_solved_head(values)
    check_reject(values)
    check_ood(values)
    check_fidelity(values["fidelity"])
    check_synthetic(values)
    check_division(values["data"])
    check_reviewed(values["data"])
    OmegaConf.set_readonly(config, True)


def _plain(config: DictConfig) -> dict[str, Any]:
    with explained():
        refuse_resolvers(OmegaConf.to_container(config, resolve=False))
        values = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    assert isinstance(values, dict)
    plain = {str(name): node for name, node in values.items() if name != "hydra"}
    refuse_signs(plain)  # of a text that was escaped, and would be filled in when the record is read back
    return plain


def _refuse_unknown(values: dict[str, Any]) -> None:
    """Hydra's `+` adds any key; one that nothing reads would do nothing without a word."""
    known = {*(entry.name for entry in fields(Config)), *(group.partition("/")[0] for group in groups())}
    if unknown := [name for name in values if name not in known]:
        raise ConfigError(f"{unknown[0]}: no such key; {did_you_mean(unknown[0], known)}")


def check_node(path: str, node: Any, *, anywhere: bool = False) -> None:
    """Hold a node, and every node in it, against the kinds of their places and the signatures of their targets.

    Args:
        path: where the node stands.
        node: plain values.
        anywhere: whether a target is not held against its place, because a class of a plug-in takes what it likes.
    """
    if isinstance(node, list):
        for index, entry in enumerate(node):
            check_node(f"{path}[{index}]", entry, anywhere=anywhere)
    if not isinstance(node, dict):
        return
    for key in CONTROLS:
        if key in node and (problem := refusal_of_control(key, node[key], str(node.get("_target_", "")))):
            raise ConfigError(f"{path}.{key}: {problem}")
    if "_target_" in node:
        _check_target(path, node, "" if anywhere else path)
        anywhere = anywhere or plugin_of(str(node["_target_"])) is not None
    for key, value in node.items():
        check_node(f"{path}.{key}", value, anywhere=anywhere)


def _check_target(path: str, node: dict[str, Any], place: str) -> None:
    target = str(node["_target_"])
    if (refusal := refusal_of(target, place)) is not None:
        raise ConfigError(f"{path}._target_: {refusal}")
    target_signature = signature_of(target)
    if target_signature is None:
        return
    signature, takes_any = target_signature
    for key, value in node.items():
        if key in ("_target_", *CONTROLS) or key in SHARED_KEYS.get(path, ()):
            continue
        if key not in signature:
            if takes_any:
                continue
            raise ConfigError(f"{path}.{key}: no such key; {did_you_mean(key, signature)}")
        nested = isinstance(value, dict) and "_target_" in value
        if not nested and (problem := signature[key].problem(value)):
            raise ConfigError(f"{path}.{key}: {problem}")


def _check_shared(group: str, kind: type, node: dict[str, Any]) -> None:
    """Hold the keys that all options of a group share against their types."""
    typed = OmegaConf.structured(kind)
    for key in SHARED_KEYS[group]:
        if key not in node:  # a run was recorded before the key existed
            continue
        with explained(f"{group}.{key}"):
            OmegaConf.update(typed, key, node[key])


def _check_dataset(data: dict[str, Any]) -> None:
    signature, _ = signature_of(str(data["_target_"])) or ({}, False)
    for key in (name for name, argument in signature.items() if argument.required and name not in data):
        raise ConfigError(f"data.{key}: a value is needed; give data.{key}=…")
    _check_classes(data.get("classes"))
    shares = data["split"]
    total = sum(shares.values())
    if not abs(total - 1) <= 1e-6 or min(shares.values()) < 0:
        message = ", ".join(f"{name} {share:g}" for name, share in shares.items())
        raise ConfigError(f"data.split: shares must add up to 1 and not be negative; got {message} = {total:g}")
    fold, folds = data["fold"], data["folds"]
    if (fold is None) != (folds is None):
        raise ConfigError("data.fold and data.folds belong together: data.fold=0 data.folds=5")
    if folds is not None and (folds < 2 or not 0 <= fold < folds):
        raise ConfigError(f"data.fold: must be from 0 to {folds - 1} with data.folds={folds} (2 or more), got {fold}")
    if data["image_size"] < 8:
        raise ConfigError(f"data.image_size: must be at least 8 pixels, got {data['image_size']}")
    kinds = ("bytes", "pixels", "perceptual")
    copies = data.get("copies", "bytes")
    if copies not in kinds:
        raise ConfigError(f"data.copies: {copies}: no such option; {did_you_mean(copies, kinds)}")
    ranges, asked = ("auto", "full", "dataset"), data.get("range", "full")
    if asked not in ranges:
        raise ConfigError(f"data.range: {asked}: no such option; {did_you_mean(asked, ranges)}")
    resizes = ("squash", "crop", "letterbox", "native")
    if data["resize"] not in resizes:
        raise ConfigError(f"data.resize: {data['resize']}: no such option; {did_you_mean(data['resize'], resizes)}")


def _check_numbers(values: dict[str, Any]) -> None:
    """Numbers that classes of libraries refuse when they are built, which is after the pictures were looked at."""
    if not 0 <= values["seed"] < MOST_SEEDS:
        raise ConfigError(f"seed: must be from 0 to {MOST_SEEDS - 1}, got {values['seed']}")
    for key, above in (("lr", True), ("weight_decay", False), ("eps", False)):
        number = values["optimizer"].get(key)
        if isinstance(number, (int, float)) and (number <= 0 if above else number < 0):
            raise ConfigError(f"optimizer.{key}: must be {'above' if above else 'at least'} 0, got {number}")
    betas = values["optimizer"].get("betas")
    if not isinstance(betas, list):  # an optimizer without, or of one's own
        betas = [0.9, 0.999]
    inside = (isinstance(beta, (int, float)) and 0 <= beta < 1 for beta in betas)
    if len(betas) != 2 or not all(inside):
        raise ConfigError(f"optimizer.betas: must be two numbers from 0 to below 1, as in [0.9,0.999], got {betas}")
    bytes_of("mirror_limit", str(values.get("mirror_limit", "50GB")))


def _check_classes(names: Any) -> None:
    if not isinstance(names, list):
        return
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise ConfigError(f"data.classes: {twice[0]} is there twice")
    if len(names) < 2:
        raise ConfigError(
            f"data.classes: names every class, and a classifier needs two; got {len(names)}; null takes those that the "
            "images have"
        )


def _check_model(model: dict[str, Any]) -> None:
    """Hold an option of `model` to the keys that runs, pages and caches ask for."""
    for key in ("name", "weights"):
        if not isinstance(model.get(key), str):
            raise ConfigError(f"model.{key}: a value is needed; give it in the option's YAML, also in one of your own")


def _check_packages(values: dict[str, Any]) -> None:
    """Ask for what an extra brings, by the name of the package and of the extra, which are the same."""
    if package := trait(values["finetune"]["_target_"], "needs_package", unknown=""):
        require(f"finetune={option_of(values['finetune'])}", package, package)


def _check_preresize(values: dict[str, Any]) -> None:
    """Pictures that are scaled down before they are varied still have to hold what a network sees of them."""
    side, data = values["trainer"].get("preresize"), values["data"]
    if side is None:
        return
    if side < data["image_size"]:
        raise ConfigError(
            f"trainer.preresize={side} is below data.image_size={data['image_size']}: training pictures would be "
            f"blurred, and those of an evaluation not; type trainer.preresize={2 * data['image_size']}, or "
            "trainer.preresize=null"
        )
    if data["resize"] == "native" or data.get("normalise_files"):
        why = "data.resize=native" if data["resize"] == "native" else "data.normalise_files=true"
        raise ConfigError(
            f"trainer.preresize={side} with {why}: the traces of how a picture was made, which are kept there, would "
            "go in training; type trainer.preresize=null"
        )


def _check_combinations(values: dict[str, Any]) -> None:
    views_in(values)
    _check_preresize(values)
    _check_training(values)
    policies = (values["aug"]["image"] or {}).values()
    windows = any(not trait(policy["_target_"], "whole_pictures", unknown=False) for policy in policies)
    if values["data"]["resize"] == "native" and (windows or values["sampler"]["minority_augment"]):
        raise ConfigError(
            "data.resize=native with an augmentation that scales windows of the picture: training would see other "
            "traces than evaluation; take aug=delivery, steps alone (aug=robust, aug=denoise), or data.resize=crop"
        )
    name, mixing = _check_augmentation(values["aug"])
    if mixing is not None and trait(values["loss"]["_target_"], "asks_for_rows", unknown=False):
        raise ConfigError(
            f"aug={name} with loss={option_of(values['loss'])}: the teacher has answered about whole images, and "
            "nobody has asked it about blends; leave the mixing out of aug"
        )
    if trait(values["finetune"]["_target_"], "embeddings_only", unknown=False):
        finetune = option_of(values["finetune"])
        for key, what in ON_PICTURES.items():
            if value := values["trainer"].get(key):
                raise ConfigError(
                    f"trainer.{key}={value} with finetune={finetune}: {what} where the backbone is trained, and here "
                    f"only a head is; use finetune=two_stage, last_layers or full, or trainer.{key}=null"
                )
        if mixing is not None and not trait(mixing["_target_"], "any_input", unknown=False):
            raise ConfigError(
                f"aug={name} with finetune={finetune}: {str(mixing['_target_']).rpartition('.')[2]} needs pictures and "
                f"{finetune} trains on cached embeddings; use aug=mixup, or finetune=two_stage, last_layers or full"
            )
        if values["model"].get("weights") == "none":
            raise ConfigError(
                f"finetune={finetune} with model.weights=none: the backbone would stay random; use finetune=full, "
                "or pretrained weights"
            )
        views = values["finetune"].get("views")
        policies = (values["aug"]["image"], values["aug"]["steps"], values["sampler"]["minority_augment"])
        if views and not any(policies):
            raise ConfigError(f"finetune.views={views} without an image policy: add aug=standard")


def _check_training(values: dict[str, Any]) -> None:
    """Nothing is trained where the model is made of trained runs, and nowhere else."""
    untrained = trait(values["finetune"]["_target_"], "trains_nothing", unknown=False)
    if trait(values["model"]["_target_"], "is_trained", unknown=False):
        if not untrained:
            raise ConfigError(
                f"model=ensemble with finetune={option_of(values['finetune'])}: its members are trained already; leave "
                "finetune=… away, model=ensemble brings finetune=none with it"
            )
    elif untrained:
        raise ConfigError("finetune=none: the head would stay random; it goes with model=ensemble alone")


def _check_parts(aug: dict[str, Any]) -> None:
    """Hold the parts of an augmentation to their shape."""
    for part, nodes in aug.items():
        if nodes and not isinstance(nodes, dict):
            raise ConfigError(f"aug.{part}: must be given by its entries, aug.{part}.NAME._target_=…, got {nodes!r}")
        if nodes and not all(isinstance(node, dict) and "_target_" in node for node in nodes.values()):
            raise ConfigError(f"aug.{part}: each entry needs a name of its own, aug.{part}.NAME._target_=…")


def _check_augmentation(aug: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """Take one policy and one mixing at most; gives the mixing by name, None without one."""
    policies, mixings = list(aug["image"] or {}), list(aug["mix"] or {})
    if len(policies) > 1:
        raise ConfigError(
            f"aug=[{','.join(policies)}]: each of them makes a view of the whole picture; take one of them, and add "
            "steps or a mixing to it, e.g. aug=[strong,robust,mixup]"
        )
    if len(mixings) > 1:
        raise ConfigError(f"aug=[{','.join(mixings)}]: a batch is mixed in one way; for both take aug=mixup_cutmix")
    return (mixings[0], aug["mix"][mixings[0]]) if mixings else ("", None)
