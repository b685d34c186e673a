"""Facts of a data card: what a manifest says of its pictures, as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from assay.data.manifest import Manifest

MOST = 20
"""Rows of a table of sources, licences or reasons; the others are counted together."""


def data_facts(manifest: Manifest) -> dict[str, Any]:
    """What the template of a data card takes.

    Args:
        manifest: of the run.
    """
    table, labelled = manifest.table, manifest.labelled.table
    counts = manifest.counts()
    splits = [str(split) for split in counts.columns]
    return {
        "digest": manifest.digest,
        "pictures": len(table),
        "classes": [
            (str(name), [int(counts.loc[name, split]) for split in splits], int(counts.loc[name].sum()))
            for name in counts.index
        ],
        "splits": splits,
        "totals": [int(counts[split].sum()) for split in splits],
        "ordered": manifest.ordered,
        "groups": int(labelled["group"].nunique()),
        "grouped": bool((labelled["group"] != labelled["id"]).any()),
        "sides": _range(table[["width", "height"]].min(axis=1)),
        "tables": {
            title: rows
            for title, rows in (
                ("source", _counted(labelled["source"])),
                ("licence", _counted(labelled["license"])),
                ("generator", _counted(labelled["generator"][labelled["generator"] != ""])),
                ("format", _counted(table["format"])),
                ("quality flag", _counted(_flags(table["flags"]))),
                ("set of other pictures", _counted(table["ood_set"][table["split"] == "ood"])),
            )
            if rows
        },
        "generated": int((labelled["generator"] != "").sum()),
        "excluded": _counted(_without_names(manifest.excluded["reason"])),
        "lineage": manifest.lineage,
    }


def _range(values: pd.Series) -> tuple[int, int, int]:
    """Smallest, middle and largest."""
    return int(values.min()), int(values.median()), int(values.max())


def _flags(values: pd.Series) -> pd.Series:
    return values[values != ""].str.split(",").explode()


def _without_names(reasons: Iterable[str]) -> pd.Series:
    """Reasons up to the colon behind which they name a picture, so that alike ones are counted together."""
    import pandas as pd

    return pd.Series([str(reason).split(":")[0].split(" (")[0] for reason in reasons], dtype="str")


def _counted(values: pd.Series) -> list[tuple[str, int]]:
    """How often each value occurs, the most frequent first; "" is told as unknown."""
    counted = values.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    rows = [(str(value) or "unknown", int(count)) for value, count in counted.items()]
    rest = rows[MOST:]
    return rows[:MOST] + ([(f"{len(rest)} others", sum(count for _, count in rest))] if rest else [])
