"""Tables: what is in a manifest, as a person reads it before training on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from assay.data.manifest import SPLITS, Manifest
from assay.data.quality import MEASURED, UNITS
from assay.data.scan import FLAGS
from assay.predictions import UNLABELLED

if TYPE_CHECKING:
    from rich.console import Group

LONGEST = 20
COPIES = {"exact duplicates (bytes)": "id", "near-duplicates (perceptual hash)": "phash"}
"""Kind of copy -> column in which the same picture has the same value."""
RANK = {split: index for index, split in enumerate(("", *SPLITS))}
QUANTILES = {"smallest": 0.0, "5 %": 0.05, "median": 0.5, "95 %": 0.95, "largest": 1.0}


def audit_tables(manifest: Manifest, refused: Sequence[str] = ()) -> dict[str, pd.DataFrame]:
    """Title to table; tables without a row are left out.

    Images per class and split, by format, by size and other statistics, with quality flags, copies (the same bytes, or
    the same perceptual hash) and which of them lie in several splits, by source and license; OOD sets and unlabelled
    pictures, which count in none of these; what was excluded, by reason; and what a training would refuse.

    Args:
        manifest: splits may be missing.
        refused: messages of what a training would refuse.
    """
    table = manifest.labelled.table
    outside, unlabelled = (manifest.table[manifest.table["split"] == split] for split in ("ood", UNLABELLED))
    tables = {
        "images per class and split": _counts(table, manifest.class_names),
        "shorter and longer side in pixels": _sides(table),
        "statistics of the pictures": _statistics(table),
        "formats": _shares(table["format"]),
        "quality flags": _flags(table),
        "copies": _copies(table),
        "copies in several splits": _straddling(table),
        "sources": _shares(table["source"]),
        "generators": _shares(table["generator"].replace("", np.nan)),
        "licenses": _shares(table["license"].replace("", "not stated")),
        "OOD sets": _grouped(outside, "ood_set", "set"),
        "unlabelled pictures": _grouped(unlabelled, "source", "source"),
        "excluded": _excluded(manifest.excluded),
        "what a training would refuse": pd.DataFrame({"reason": list(refused)}, dtype="str"),
    }
    return {title: table for title, table in tables.items() if len(table)}


def table_rows(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Every cell of every table in a row of its own: table, row, column, value."""
    return [
        {"table": title, "row": index, "column": column, "value": value}
        for title, frame in tables.items()
        for index, record in enumerate(frame.to_dict("records"))
        for column, value in record.items()
    ]


def audit(manifest: Manifest, refused: Sequence[str] = ()) -> Group:
    """The tables of `audit_tables` as one Rich renderable."""
    return as_text(audit_tables(manifest, refused))


def as_text(tables: Mapping[str, pd.DataFrame]) -> Group:
    """Tables as one Rich renderable; of a long one the first `LONGEST` rows and how many more there are."""
    from rich.console import Group
    from rich.table import Table

    parts = []
    for title, frame in tables.items():
        more = f"{len(frame) - LONGEST} more rows" if len(frame) > LONGEST else None
        table = Table(title=title, title_justify="left", caption=more, caption_justify="left")
        for column in frame:
            numeric = pd.api.types.is_numeric_dtype(frame[column])
            table.add_column(str(column), justify="right" if numeric else "left", overflow="fold")
        for row in frame.head(LONGEST).itertuples(index=False):
            table.add_row(*(_cell(value) for value in row))
        parts.append(table)
    return Group(*parts)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "—" if np.isnan(value) else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, (int, np.integer)) else str(value)


def _counts(table: pd.DataFrame, class_names: Sequence[str]) -> pd.DataFrame:
    split = table["split"].replace("", "none")
    counted = pd.crosstab(table["label"], split).reindex(range(len(class_names)), fill_value=0)
    counted = counted[[name for name in (*SPLITS, "none") if name in counted]].astype("int64")
    counted.insert(0, "class", pd.Series(list(class_names), dtype="str"))
    counted["all"] = counted.drop(columns="class").sum(axis=1)
    total = pd.DataFrame([{"class": "all", **counted.drop(columns="class").sum().to_dict()}])
    return pd.concat([counted, total], ignore_index=True) if len(counted) < LONGEST else counted


def _sides(table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        return pd.DataFrame()
    sides = np.sort(table[["width", "height"]].to_numpy(), axis=1)
    levels = list(QUANTILES.values())
    rows = [np.quantile(sides[:, side], levels, method="nearest").astype(int) for side in (0, 1)]
    return pd.DataFrame(rows, columns=list(QUANTILES)).assign(side=["shorter", "longer"])[["side", *QUANTILES]]


def _statistics(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name in MEASURED:
        values = table[name].dropna()
        if len(values):
            quantiles = np.quantile(values, list(QUANTILES.values()), method="nearest")
            cells = {title: f"{value:.4g}" for title, value in zip(QUANTILES, quantiles, strict=True)}
            rows.append({"statistic": name, **cells, "unit": UNITS[name]})
    return pd.DataFrame(rows)


def _grouped(table: pd.DataFrame, column: str, title: str) -> pd.DataFrame:
    grouped = table.groupby(column, sort=False)
    return pd.DataFrame({title: list(grouped.groups), "images": grouped.size(), "groups": grouped["group"].nunique()})


def _shares(values: pd.Series) -> pd.DataFrame:
    counts = values.dropna().value_counts()
    name = str(values.name)
    return pd.DataFrame({name: counts.index.astype("str"), "images": counts.to_numpy()})


def _flags(table: pd.DataFrame) -> pd.DataFrame:
    flags = table["flags"].str.split(",").explode()
    counts = flags[flags != ""].value_counts()
    return pd.DataFrame(
        {
            "flag": counts.index.astype("str"),
            "images": counts.to_numpy(),
            "meaning": [FLAGS.get(flag, "") for flag in counts.index],
        }
    )


def _copies(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for kind, key in COPIES.items():
        copies = _copied(table, key)
        splits = copies.groupby(key)["split"].nunique()
        rows.append(
            {
                "copies": kind,
                "images": len(copies),
                "pictures": len(splits),
                "pictures in several splits": int((splits > 1).sum()),
            }
        )
    return pd.DataFrame(rows)


def _copied(table: pd.DataFrame, key: str) -> pd.DataFrame:
    return table[table[key].duplicated(keep=False) & ~table["flags"].str.contains("blank")]


def _straddling(table: pd.DataFrame) -> pd.DataFrame:
    """For every picture in several splits one file of the first of them, and one of each other split."""
    tables = []
    for kind, key in COPIES.items():
        files = _copied(table, key).drop_duplicates([key, "split"])
        files = files[files[key].duplicated(keep=False)]
        met = files[key].map({picture: number for number, picture in enumerate(files[key].unique())})
        files = files.assign(met=met, rank=files["split"].map(RANK)).sort_values(["met", "rank"], kind="stable")
        later = files["met"].duplicated()
        firsts = files[~later].set_index("met").loc[files["met"][later]]
        tables.append(
            pd.DataFrame(
                {
                    "copies": kind,
                    "file": firsts["path"].to_numpy(),
                    "in": firsts["split"].to_numpy(),
                    "and": files["path"][later].to_numpy(),
                    "in split": files["split"][later].to_numpy(),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _excluded(excluded: pd.DataFrame) -> pd.DataFrame:
    reasons = excluded["reason"].str.replace(r"\s*[:(].*", "", regex=True)
    grouped = excluded.groupby(reasons)["path"].agg(["size", "first"]).sort_values("size", ascending=False)
    return pd.DataFrame({"reason": grouped.index.astype("str"), "files": grouped["size"], "first": grouped["first"]})
