"""`assay preview`: a contact sheet of what augmentation makes of the training images."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config import door
from assay.config.traits import trait
from assay.errors import ConfigError, did_you_mean
from assay.run.images import build_preprocessing
from assay.run.learning import build_mixing, build_policies
from assay.run.training_images import load_manifest

if TYPE_CHECKING:
    from assay.augment.preview import Preview
    from assay.data.manifest import Manifest
    from assay.pages.contact_sheet import Row

MOST_CLASSES = 10
VIEWS, VIEWS_MIXED = 6, 4
FLAGS = (
    "Flags of preview: --views N views of each picture (6; 4 with a mixing) · --classes A,B only these, in this order "
    "· --output FILE.png"
)


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name."""
    flags, overrides = _flags(arguments)
    config = door.single(overrides, program)
    if config is None:
        print(FLAGS)
        return
    from assay.augment.preview import preview
    from assay.pages.contact_sheet import write_contact_sheet

    manifest = load_manifest(config)
    train = manifest.only("train")
    mixing = build_mixing(config)
    labels = _labels(train, flags.classes)
    views = flags.views or (VIEWS_MIXED if mixing else VIEWS)
    policies = build_policies(config, train.labels, len(train.class_names))
    prepared = build_preprocessing(config, manifest)
    found = preview(train, labels, prepared, policies, mixing=mixing, views=views, seed=config.seed)
    path = Path(flags.output or f"preview-{'-'.join(_names(config))}.png")
    columns = [("evaluation sees", 1)]
    if policies:
        columns.append((f"views of it: epoch 0 to {views - 1}", views))
    if mixing:
        columns.append(("mixed in batches, with their labels", views))
    write_contact_sheet(
        path,
        [_row(one, train.class_names, varied=bool(policies)) for one in found],
        columns,
        title=f"aug=[{', '.join(_names(config))}]: what training sees",
        subtitle=_subtitle(config, len(labels), train, mixed=mixing is not None),
    )
    print(path)


def _flags(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--views", type=int)
    parser.add_argument("--classes", type=lambda text: [name.strip() for name in text.split(",")])
    parser.add_argument("--output")
    try:
        flags, overrides = parser.parse_known_args(list(arguments))
    except argparse.ArgumentError as error:
        raise ConfigError(f"{error}. {FLAGS}") from error
    if flags.views is not None and not 1 <= flags.views <= 20:
        raise ConfigError(f"--views: must be from 1 to 20, got {flags.views}")
    return flags, overrides


def _labels(train: Manifest, wanted: list[str] | None) -> list[int]:
    """The classes that are shown: those wanted, or the first that have training images, as many as fit."""
    names = train.class_names
    present = sorted(set(train.labels.tolist()))
    if wanted is None:
        return present[:MOST_CLASSES]
    for name in wanted:
        if name not in names:
            raise ConfigError(f"--classes: {name}: no such class; {did_you_mean(name, names)}")
        if names.index(name) not in present:
            raise ConfigError(f"--classes: {name}: this class has no training images")
    return [names.index(name) for name in wanted]


def _names(config: DictConfig) -> list[str]:
    chosen = [name for part in (config.aug.image, config.aug.steps, config.aug.mix) for name in part or {}]
    return [str(name) for name in chosen] or ["none"]


def _row(one: Preview, class_names: tuple[str, ...], *, varied: bool) -> Row:
    from assay.pages.contact_sheet import Row, Tile

    about = [f"{one.images:,} for training"] + (["rare: own policy"] if one.special else [])
    shown = map(Tile, (one.original, *one.views) if varied else (one.original,))
    mixed = [Tile(blend.picture, _soft_label(blend.target, class_names)) for blend in one.mixed]
    return Row((class_names[one.label], *about), (*shown, *mixed))


def _soft_label(target: tuple[float, ...], class_names: tuple[str, ...]) -> tuple[str, ...]:
    """The shares of the classes, largest first; what rounds to nothing is left out."""
    shares = sorted(
        ((share, name) for share, name in zip(target, class_names, strict=True) if share >= 0.005), reverse=True
    )
    return tuple(f"{share:.2f} {name}" for share, name in shares[:2])


def _subtitle(config: DictConfig, shown: int, train: Manifest, *, mixed: bool) -> str:
    present = len(set(train.labels.tolist()))
    said = [f"seed {config.seed}, {config.data.image_size} pixels, {config.data.resize}"]
    if shown < present:
        said.append(f"{shown} of {present} classes")
    if mixed and trait(config.finetune._target_, "embeddings_only", unknown=False):
        said.append("head_only mixes the embeddings of views, not their pixels; labels are as here")
    return " · ".join(said)
