"""What learns and what is learned from: augmentation, sampler, mixing, loss and calibrator of a config."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from assay.config.imbalance import corrections, with_minority
from assay.config.reject import guarantees_risk
from assay.config.schema import SAMPLER_KEYS
from assay.config.signature import signature_of
from assay.config.targets import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.augment.minority import Policies
    from assay.augment.mixing.mixing import Mixing
    from assay.augment.policy import ImagePolicy
    from assay.data.sampler.epoch_sampler import EpochSampler
    from assay.models.head import Head
    from assay.postprocess.calibration.calibrator import Calibrator
    from assay.predictions import FloatArray, IntArray


def build_image_policy(config: DictConfig, *, minority: Any = None) -> ImagePolicy | None:
    """How training images are varied one by one; None when they are not.

    Args:
        config: composed and checked.
        minority: nodes of another augmentation; its policy takes the place of the configured one, and its steps come
            before the configured ones.
    """
    from assay.augment.pipeline import pipeline

    image = (minority and minority.image) or config.aug.image or {}
    steps = {**((minority and minority.steps) or {}), **(config.aug.steps or {})}
    return pipeline(next((build(node) for node in image.values()), None), [build(node) for node in steps.values()])


def build_policies(config: DictConfig, labels: IntArray, classes: int) -> Policies:
    """How training images are varied, class by class: rare ones by `sampler.minority_augment`, the rest by `aug`.

    Args:
        config: composed and checked.
        labels: of the training images, int [N].
        classes: C.
    """
    from assay.augment.minority import Policies, rare_classes

    usual = build_image_policy(config)
    if config.sampler.minority_augment is None:
        return Policies(usual)
    config = with_minority(config)
    strong = build_image_policy(config, minority=config.sampler.minority_augment)
    assert strong is not None
    rare = rare_classes(labels, classes, config.sampler.minority_share)
    return Policies(usual, dict.fromkeys(rare, strong))


def build_sampler(config: DictConfig, labels: IntArray, embeddings: Callable[[], FloatArray]) -> EpochSampler:
    """Which training images an epoch draws.

    Args:
        config: composed and checked.
        labels: of the training images, int [N].
        embeddings: gives theirs, [N, D]; called only for a sampler that wants them.
    """
    node = {key: value for key, value in config.sampler.items() if key not in SAMPLER_KEYS}
    signature = signature_of(node["_target_"])
    extra = {"embeddings": embeddings()} if signature and "embeddings" in signature[0] else {}
    return build(node, labels=labels, seed=config.seed, **extra)


def build_mixing(config: DictConfig) -> Mixing | None:
    """How the images of a batch are mixed; None when they are not."""
    return next((build(node) for node in (config.aug.mix or {}).values()), None)


def build_loss(config: DictConfig, labels: Any, head: Head, teacher_logits: FloatArray | None = None) -> Any:
    """The loss on the logits of this head.

    Args:
        config: composed and checked.
        labels: of the training images, by which it may weigh classes.
        head: whose logits it gets.
        teacher_logits: of the training images, for a loss that has a teacher; None for any other.
    """
    given = {"head_scale": head.scale, "labels": labels, "classes": head.classes, "teacher_logits": teacher_logits}
    signature = signature_of(config.loss["_target_"])
    known = {"labels", "classes"} if signature is None or signature[1] else set(signature[0])
    return build(config.loss, **{key: value for key, value in given.items() if key in known})


def build_calibrator(config: DictConfig) -> Calibrator:
    """What learns how far confidence can be believed.

    Where sampler, loss or finetuning correct for the frequencies of classes, one that can leave answers alone (`auto`)
    does so unless it is told otherwise: a map that learns the frequencies of the calib images would take the correction
    back. So it does where a risk is to be guaranteed.
    """
    built = build(config.calibration)
    if (key := built.keeps_answers_by) and config.calibration.get(key) is None:
        values: Any = OmegaConf.to_container(config, resolve=True)
        setattr(built, key, bool(corrections(values)) or guarantees_risk(values))
    return built
