"""The manifest that is trained on: the dataset, and more images in train where the config asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.errors import ConfigError
from assay.run.images import dataset_identity, load_real_manifest
from assay.run.shared_objects import once
from assay.run.workspace import plain_node

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.synthetic.training.generated_use import SyntheticUse


def load_manifest(config: DictConfig) -> Manifest:
    """The dataset with its splits, what it is held against in the split ood, and more images in train where asked."""
    return load_training_images(config)[0]


def load_training_images(config: DictConfig) -> tuple[Manifest, SyntheticUse | None]:
    """The manifest, and what is known about its generated images; None without any."""
    real = load_real_manifest(config)
    if config.data.get("pseudo_generators"):
        from assay.run.pseudo_generators import with_pseudo_generators

        if config.data.get("synthetic"):
            raise ConfigError(
                "data.pseudo_generators: makes pictures of the generated class, and data.synthetic pictures that help "
                "with real ones; type data.pseudo_generators=[] or data.synthetic=null"
            )
        dataset = real
        real = once("pseudo-generators", dataset_identity(config), lambda: with_pseudo_generators(config, dataset))
    if not config.data.get("synthetic") and not config.data.get("repeat_ratio"):
        return real, None

    from assay.run.synthetic import prepare

    made_of = [*dataset_identity(config), config.seed, plain_node(config.fidelity)]
    return once("training images", made_of, lambda: prepare(config, real))
