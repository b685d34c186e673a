"""A class that the model never sees, as the nearest OOD set there is."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from assay.data.manifest import Manifest
from assay.errors import ConfigError, did_you_mean


def hold_out(manifest: Manifest, name: str) -> tuple[Manifest, pd.DataFrame]:
    """The manifest without a class, and the pictures of that class as rows of the split ood.

    The set is called `holdout_<class>`; its labels are -1. Labels of the other classes move up, their order stays.

    Args:
        manifest: all images, splits not assigned yet.
        name: the class.

    Raises:
        ConfigError: no such class, or fewer than two others.
    """
    names = manifest.class_names
    if name not in names:
        raise ConfigError(f"data.holdout_class={name}: no such class; {did_you_mean(name, names)}")
    if len(names) < 3:
        raise ConfigError(
            f"data.holdout_class={name}: only {len(names) - 1} class would be left of {', '.join(names)}, and a "
            "classifier needs two"
        )
    held = names.index(name)
    table = manifest.table
    outside = table["label"] == held
    kept = table[~outside].assign(label=lambda rows: rows["label"] - (rows["label"] > held))
    rest = replace(manifest, table=kept, class_names=tuple(other for other in names if other != name))
    return rest, table[outside].assign(label=-1, split="ood", ood_set=f"holdout_{name}")
