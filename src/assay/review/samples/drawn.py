"""Drawn: images of each generator and class, at random, by a seed; a larger sample holds the smaller one."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from assay.data.manifest import Manifest
from assay.errors import DataError, did_you_mean
from assay.review.item import ReviewItem

SAMPLE = "sample"
"""What `ReviewItem.hidden` calls it."""


@dataclass(frozen=True)
class Stratum:
    """The images of one generator and class that a sample stands for.

    Attributes:
        generator: its name.
        name: of the class.
        images: how many there are.
        sets: digests of the manifests that they are part of: of all generators, and of this one alone.
        seed: of the draw.
        run: id of the run that was trained on just these; "" for none.
    """

    generator: str
    name: str
    images: int
    sets: tuple[str, ...]
    seed: int
    run: str = ""

    @property
    def title(self) -> str:
        """For people: `gan/jade`."""
        return f"{self.generator}/{self.name}"


@dataclass(frozen=True)
class Drawn:
    """One image of a sample.

    Attributes:
        stratum: that it stands for.
        image: sha256 of its file, as it was when it was drawn.
        path: of the file.
    """

    stratum: Stratum
    image: str
    path: str

    def hidden(self) -> dict[str, Any]:
        """What its item keeps of it, beside the class that it was made to show."""
        about = asdict(self.stratum)
        return {"label": self.stratum.name, SAMPLE: {**about, "sets": list(self.stratum.sets), "image": self.image}}


def drawn_of(item: ReviewItem) -> Drawn | None:
    """What an item stands for; None where it belongs to no sample."""
    kept = dict(item.hidden.get(SAMPLE) or {})
    if not kept:
        return None
    image = str(kept.pop("image"))
    stratum = Stratum(**{**kept, "sets": tuple(kept["sets"])})
    return Drawn(stratum, image, item.shows.get("picture", ""))


def set_digests(generated: Manifest) -> dict[str, tuple[str, ...]]:
    """Generator -> digests of the sets that its images are part of: of all of them together, and of it alone.

    A run names one of both, depending on whether it was trained with `data.synthetic_generators`.
    """
    table = generated.table
    alone = {
        str(name): replace(generated, table=table[table["generator"] == name]).digest
        for name in sorted(table["generator"].unique())
    }
    return {name: tuple(dict.fromkeys((generated.digest, digest))) for name, digest in alone.items()}


def draw_sample(
    generated: Manifest,
    count: int,
    *,
    seed: int = 0,
    run: str = "",
    generators: Sequence[str] = (),
    classes: Sequence[str] = (),
) -> list[Drawn]:
    """So many images of each generator and class, at random.

    Images are drawn in the order of a digest of seed and image, so that a larger sample of the same images and seed
    holds the smaller one, and neither the order of the files nor their place changes it.

    Args:
        generated: images with a generator.
        count: of each generator and class; all where there are fewer.
        seed: of the draw.
        run: that was trained on just these; "" for none.
        generators: that are meant; () for all.
        classes: likewise.

    Raises:
        DataError: there is no such generator or class, or no generated image.
    """
    table = generated.table[generated.table["generator"].str.strip() != ""]
    if table.empty:
        raise DataError("there is no generated image to draw from")
    generated = replace(generated, table=table)
    names = [generated.class_names[label] for label in generated.labels]
    rows = pd.DataFrame({"image": generated.ids, "path": table["path"].to_numpy()})
    rows["generator"], rows["name"] = table["generator"].to_numpy(), names
    for what, asked, known in (("generator", generators, rows["generator"]), ("class", classes, rows["name"])):
        for name in asked:
            if name not in set(known):
                raise DataError(f"{name}: no generated image has this {what}; {did_you_mean(name, set(known))}")
    sets = set_digests(generated)
    drawn: list[Drawn] = []
    for key, group in rows.groupby(["generator", "name"], sort=True):
        generator, name = map(str, key)
        if (generators and generator not in generators) or (classes and name not in classes):
            continue
        stratum = Stratum(generator, name, len(group), sets[generator], seed, run)
        listed = [(str(image), str(path)) for image, path in zip(group["image"], group["path"], strict=True)]
        drawn += [Drawn(stratum, image, path) for image, path in _in_order(listed, seed)[:count]]
    return drawn


def _in_order(images: list[tuple[str, str]], seed: int) -> list[tuple[str, str]]:
    """Copies of one image stand each for itself."""
    copies: Counter[str] = Counter()
    keyed = []
    for image, path in sorted(images):
        key = hashlib.sha256(f"{seed}:{image}:{copies[image]}".encode()).hexdigest()
        copies[image] += 1
        keyed.append((key, image, path))
    return [(image, path) for _, image, path in sorted(keyed)]
