"""Generators: which ones a dataset holds, and how one is kept out of everything that learns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assay.data.manifest import Manifest
from assay.errors import ConfigError, did_you_mean


def generators_of(manifest: Manifest) -> tuple[str, ...]:
    """Names of the generators, sorted; none for a dataset of photographs."""
    return tuple(sorted(set(manifest.table["generator"]) - {""}))


def trained_generators(manifest: Manifest) -> tuple[str, ...]:
    """Names of the generators whose pictures are trained on, sorted."""
    return tuple(sorted(set(manifest.only("train").table["generator"]) - {""}))


def hold_out_generator(manifest: Manifest, name: str) -> Manifest:
    """The manifest without the pictures of a generator in train, val and calib; those in test stay.

    A picture that lies there under another generator's name too, byte by byte the same, is left out under both.

    The test images are those of any other run on these data, so runs that leave out different generators are
    compared image by image. What is left out is recorded among the excluded.

    Args:
        manifest: with its splits.
        name: of the generator.

    Raises:
        ConfigError: no such generator, none of its pictures is in test, or nothing generated is left to train on.
    """
    known = generators_of(manifest)
    if name not in known:
        hint = did_you_mean(name, known) if known else "the dataset names no generators"
        raise ConfigError(f"data.holdout_generator={name}: no such generator; {hint}")
    if len(known) == 1:
        raise ConfigError(f"data.holdout_generator={name}: it is the only generator; train on at least one other")
    table = manifest.table
    own = (table["generator"] == name).to_numpy()
    if not (own & (table["split"] == "test").to_numpy()).any():
        raise ConfigError(f"data.holdout_generator={name}: none of its {int(own.sum())} pictures is in the split test")
    out = table["id"].isin(table["id"][own]).to_numpy() & np.isin(table["split"], ("train", "val", "calib"))
    if not ((table["generator"] != "") & (table["split"] == "train") & ~out).any():
        raise ConfigError(f"data.holdout_generator={name}: no picture of another generator is left to train on")
    excluded = [*manifest.excluded.to_dict("records")]
    excluded += [{"path": path, "reason": f"of the generator {name}, held out"} for path in table["path"][out]]
    import pandas as pd

    return replace(
        manifest, table=table[~out], excluded=pd.DataFrame(excluded, columns=["path", "reason"], dtype="str")
    )
