"""A contact sheet of what augmentation makes of the training images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from omegaconf import DictConfig

from assay.config.bounds import Between
from assay.config.destination import check_destination, refuse_inside_dataset
from assay.config.request import Help
from assay.config.traits import trait
from assay.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from assay.augment.preview import Preview
    from assay.data.manifest import Manifest
    from assay.pages.contact_sheet import SheetRow

MOST_CLASSES = 10
VIEWS, VIEWS_MIXED = 6, 4


@dataclass(frozen=True)
class PreviewRequest:
    """The words of the command itself.

    Attributes:
        views: of each picture; None for the usual number.
        classes: that are shown, in this order; empty for the first ones.
        output: file of the sheet; "" names it by the augmentation.
    """

    views: Annotated[int | None, Between(1, 20), Help("views of each picture; 6, or 4 with a mixing")] = None
    classes: Annotated[
        tuple[str, ...], Help("that are shown, in this order; the first 10 without it", shown="A,B")
    ] = ()
    output: Annotated[str, Help("the sheet; preview-AUG.png without it", shown="FILE.png")] = ""


@dataclass(frozen=True)
class PreviewSheet:
    """What the command leaves.

    Attributes:
        path: of the sheet.
        augmentations: that are shown, by name.
        classes: class -> its training images, as shown.
        views: of each picture.
    """

    path: Path
    augmentations: tuple[str, ...]
    classes: dict[str, int]
    views: int


def preview_training(request: PreviewRequest, config: DictConfig) -> PreviewSheet:
    """Draw the sheet.

    Raises:
        AssayError: the dataset is not there, or has no such class, or the sheet would lie among its images.
    """
    from assay.augment.preview import preview
    from assay.pages.contact_sheet import write_contact_sheet
    from assay.run.images import build_preprocessing
    from assay.run.learning import build_mixing, build_policies
    from assay.run.training_images import load_manifest

    path = Path(request.output or f"preview-{'-'.join(_names(config))}.png").expanduser()
    check_destination(f"output={path}", path, folder=False)
    refuse_inside_dataset(f"output={path}", path, config)
    manifest = load_manifest(config)
    train = manifest.only("train")
    mixing = build_mixing(config)
    labels = _labels(train, request.classes)
    views = request.views or (VIEWS_MIXED if mixing else VIEWS)
    policies = build_policies(config, train.labels, len(train.class_names))
    prepared = build_preprocessing(config, manifest)
    previews = preview(train, labels, prepared, policies, mixing=mixing, views=views, seed=config.seed)
    columns = [("evaluation sees", 1)]
    if policies:
        columns.append((f"augmented views, epoch 0 to {views - 1}", views))
    if mixing:
        columns.append(("mixed in batches, with their labels", views))
    write_contact_sheet(
        path,
        [_row(preview, train.class_names, varied=bool(policies)) for preview in previews],
        columns,
        title=f"aug=[{', '.join(_names(config))}]: what training sees",
        subtitle=_subtitle(config, len(labels), train, mixed=mixing is not None),
    )
    shown = {train.class_names[preview.label]: preview.images for preview in previews}
    return PreviewSheet(path, tuple(_names(config)), shown, views)


def _labels(train: Manifest, wanted: Sequence[str]) -> list[int]:
    """The classes that are shown: those wanted, or the first that have training images, as many as fit."""
    names = train.class_names
    present = sorted(set(train.labels.tolist()))
    if not wanted:
        return present[:MOST_CLASSES]
    for name in wanted:
        if name not in names:
            raise ConfigError(f"classes: {name}: no such class; {did_you_mean(name, names)}")
        if names.index(name) not in present:
            raise ConfigError(f"classes: {name}: this class has no training images")
    return [names.index(name) for name in wanted]


def _names(config: DictConfig) -> list[str]:
    chosen = [name for part in (config.aug.image, config.aug.steps, config.aug.mix) for name in part or {}]
    return [str(name) for name in chosen] or ["none"]


def _row(preview: Preview, class_names: tuple[str, ...], *, varied: bool) -> SheetRow:
    from assay.pages.contact_sheet import SheetRow, Tile

    about = [f"{preview.images:,} for training"] + (["rare: own policy"] if preview.special else [])
    shown = map(Tile, (preview.original, *preview.views) if varied else (preview.original,))
    mixed = [Tile(blend.picture, _soft_label(blend.target, class_names)) for blend in preview.mixed]
    return SheetRow((class_names[preview.label], *about), (*shown, *mixed))


def _soft_label(target: tuple[float, ...], class_names: tuple[str, ...]) -> tuple[str, ...]:
    """The shares of the classes, largest first; what rounds to nothing is left out."""
    shares = sorted(
        ((share, name) for share, name in zip(target, class_names, strict=True) if share >= 0.005), reverse=True
    )
    return tuple(f"{share:.2f} {name}" for share, name in shares[:2])


def _subtitle(config: DictConfig, shown: int, train: Manifest, *, mixed: bool) -> str:
    present = len(set(train.labels.tolist()))
    parts = [f"seed {config.seed}, {config.data.image_size} pixels, {config.data.resize}"]
    if shown < present:
        parts.append(f"{shown} of {present} classes")
    if mixed and trait(config.finetune._target_, "embeddings_only", unknown=False):
        parts.append("head_only mixes the embeddings of views, not their pixels; labels are as here")
    return " · ".join(parts)
