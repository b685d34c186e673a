"""Any torchvision dataset that yields an image and a label; its images become PNG files once."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from PIL import Image

from assay.data.build import Records, build_manifest
from assay.data.manifest import Manifest
from assay.errors import ConfigError, DataError, did_you_mean
from assay.progress import track

# What torchvision calls a part, and the split that its images are given; "" is divided by `assign_splits`.
PARTS = {"train": "", "trainval": "", "val": "val", "valid": "val", "test": "test"}
CHUNK_SIZE = 1000
_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")


@dataclass(frozen=True)
class TorchvisionSource:
    """Images of `torchvision.datasets.<name>`, e.g. FashionMNIST.

    The files are written under the cache folder in chunks of `CHUNK_SIZE`, each whole or absent; a second call writes
    nothing. The dataset's own test part stays the split "test", its train part is left to be divided.

    Attributes:
        name: the dataset's class name.
        root: folder that torchvision is handed, where the dataset lies or is downloaded to.
        download: whether torchvision may fetch what is missing.
        on_error: "raise" refuses a dataset with unusable files, "skip" excludes and records them.
        on_conflict: for an image under two labels or a group in two splits, "raise" refuses it, "drop" excludes what
            stands against another.
    """

    name: str
    root: str
    download: bool = False
    on_error: Literal["raise", "skip"] = "raise"
    on_conflict: Literal["raise", "drop"] = "raise"

    def build(self, cache_dir: Path) -> Manifest:
        """All images of all parts.

        Raises:
            ConfigError: torchvision has no such dataset.
            DataError: it is not in `root` and may not be downloaded, or does not yield an image and a label.
        """
        where = f"torchvision {self.name}"
        tables, names = [], None
        for part, split, dataset in self._parts():
            names = names or _class_names(dataset)
            folder = cache_dir / "torchvision" / self.name / f"{part}-{_fingerprint(dataset, where)}"
            files = [
                _written(dataset, start, folder, where) for start in _starts(dataset, f"writing {self.name} {part}")
            ]
            tables.append(pd.concat(files, ignore_index=True).assign(split=split))
        if not tables:
            raise DataError(f"{where} has none of the parts {', '.join(PARTS)}")
        table = pd.concat(tables, ignore_index=True)
        labels = table["label"].tolist()
        table["label"] = [names[label] if names and 0 <= label < len(names) else str(label) for label in labels]
        table["source"] = f"torchvision/{self.name}"
        known = names if names and set(table["label"]) <= set(names) else None
        return build_manifest(
            Records(table, class_names=known),
            cache_dir,
            where=where,
            on_error=self.on_error,
            on_conflict=self.on_conflict,
        )

    def _parts(self) -> Iterator[tuple[str, str, Any]]:
        kind = self._class()
        accepted = inspect.signature(kind).parameters
        arguments: dict[str, Any] = {"root": str(Path(self.root).expanduser())} if "root" in accepted else {}
        if "download" in accepted:
            arguments["download"] = self.download
        if "train" in accepted:
            yield "train", "", self._open(functools.partial(kind, **arguments, train=True))
            yield "test", "test", self._open(functools.partial(kind, **arguments, train=False))
        elif "split" in accepted:
            parts = {part: split for part, split in PARTS.items() if self._has_part(kind, arguments, part)}
            if {"train", "trainval"} <= parts.keys():
                del parts["trainval"]
            for part, split in parts.items():
                yield part, split, self._open(functools.partial(kind, **arguments, split=part))
        else:
            yield "all", "", self._open(functools.partial(kind, **arguments))

    def _class(self) -> Callable[..., Any]:
        from torchvision import datasets

        kind = getattr(datasets, self.name, None)
        if not (inspect.isclass(kind) and self.name in datasets.__all__):
            raise ConfigError(f"data.name={self.name}: no such dataset; {did_you_mean(self.name, datasets.__all__)}")
        return kind

    def _has_part(self, kind: Callable[..., Any], arguments: dict[str, Any], part: str) -> bool:
        try:
            kind(**{**arguments, "download": False} if "download" in arguments else arguments, split=part)
        except ValueError:  # torchvision refuses the name of a split before it looks for files
            return False
        except Exception:
            return True
        return True

    def _open(self, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except Exception as error:  # each dataset has its own way of saying that files are missing
            remedy = "" if self.download else ", or let torchvision fetch them with data.download=true"
            if any(Path(self.root).expanduser().glob(f"{self.name}/raw/*.gz")):
                remedy = f"; those in {self.name}/raw are packed: gunzip them"
            raise DataError(
                f"torchvision {self.name} cannot be read from data.root={self.root}: {error}\n"
                f"Put its files there as torchvision expects them{remedy}"
            ) from error


def _starts(dataset: Any, what: str) -> Iterator[int]:
    return track(range(0, len(dataset), CHUNK_SIZE), what, total=len(dataset), step=CHUNK_SIZE)


def _fingerprint(dataset: Any, where: str) -> str:
    """Changes with the number of images, the classes, and the first and last image: other data, another folder."""
    if not len(dataset):
        raise DataError(f"{where}: no images")
    digest = hashlib.sha256(json.dumps([len(dataset), _class_names(dataset)]).encode())
    for index in (0, len(dataset) - 1):
        image, label = _item(dataset, index, where)
        digest.update(f"{image.mode}{image.size}{label}".encode() + image.tobytes())
    return digest.hexdigest()[:16]


def _written(dataset: Any, start: int, folder: Path, where: str) -> pd.DataFrame:
    """Columns path and label (int) of the images from `start` on, which are written unless they were."""
    chunk = folder / f"{start // CHUNK_SIZE:05d}"
    if not chunk.is_dir():
        stop = min(start + CHUNK_SIZE, len(dataset))
        temporary = folder / f".{chunk.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
        temporary.mkdir(parents=True)
        try:
            labels = [_write(dataset, index, temporary, where) for index in range(start, stop)]
            (temporary / "labels.json").write_text(json.dumps(labels), encoding="utf-8")
            _move(temporary, chunk)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    labels = json.loads((chunk / "labels.json").read_text(encoding="utf-8"))
    return pd.DataFrame({"path": [f"{chunk}/{start + i:07d}.png" for i in range(len(labels))], "label": labels})


def _move(temporary: Path, chunk: Path) -> None:
    try:
        temporary.rename(chunk)
    except OSError:
        if not chunk.is_dir():  # else another process has written the same images
            raise


def _write(dataset: Any, index: int, folder: Path, where: str) -> int:
    image, label = _item(dataset, index, where)
    image.save(folder / f"{index:07d}.png", compress_level=1)
    return label


def _item(dataset: Any, index: int, where: str) -> tuple[Image.Image, int]:
    item = dataset[index]
    image, label = item if isinstance(item, tuple) and len(item) == 2 else (None, "")
    if not isinstance(image, Image.Image):
        raise DataError(
            f"{where} yields no pair of image and label, but {_kind(item)}; it is no classification dataset"
        )
    try:
        number = int(label)
    except (TypeError, ValueError) as error:
        raise DataError(f"{where} yields a label of type {_kind(label)}; a class index is needed") from error
    return (image if image.mode in _PNG_MODES else image.convert("RGB")), number


def _kind(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(type(entry).__name__ for entry in value)})"
    return type(value).__name__


def _class_names(dataset: Any) -> list[str] | None:
    classes = getattr(dataset, "classes", None)
    if not classes:
        return None
    names = [", ".join(map(str, entry)) if isinstance(entry, (tuple, list)) else str(entry) for entry in classes]
    return names if len(set(names)) == len(names) else [f"{index} {name}" for index, name in enumerate(names)]
