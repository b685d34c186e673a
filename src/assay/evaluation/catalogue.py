"""The catalogue: every metric once, with its name for people, better side, unit, scale and the pages that show it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable
from typing import Any

from assay.config.families import derived_in_plugins, imported
from assay.errors import ConfigError
from assay.evaluation.catalogue_entries import METRICS
from assay.evaluation.metric_entry import PART, UNCALIBRATED, MetricEntry

MAIN = "macro_f1"
"""The metric by which models are chosen and their history is drawn."""
FAMILY = "assay.evaluation.metrics.family.MetricFamily"
_joined: dict[str, MetricEntry] = {}


def join(entries: Iterable[MetricEntry]) -> None:
    """Take the metrics of a plug-in into the catalogue; doing it again changes nothing.

    Raises:
        ConfigError: another metric has the name of one of them.
    """
    new = {entry.key: entry for entry in entries}
    for key, entry in new.items():
        present = next((known for known in _known() if known.matches(key) or entry.matches(known.key)), None)
        if present is not None and present != entry:
            raise ConfigError(
                f"metric {key}: the catalogue has {present.key}, {present.label}, already; take another name"
            )
    _joined.update(new)


def catalogue() -> tuple[MetricEntry, ...]:
    """Every entry: those of the house, then those that plug-ins brought."""
    plugin_families()
    return _known()


def plugin_families() -> tuple[type[Any], ...]:
    """Families of metrics of the installed plug-ins, whose entries join the catalogue; only their modules are imported.

    Raises:
        ConfigError: one cannot be imported, or has the name of another metric.
    """
    return _plugin_families(tuple(sys.path))


@functools.cache
def _plugin_families(path: tuple[str, ...]) -> tuple[type[Any], ...]:
    kinds = tuple(imported(target) for target in derived_in_plugins(FAMILY))
    for kind in kinds:
        join(kind.entries)
    return kinds


def _known() -> tuple[MetricEntry, ...]:
    return (*METRICS, *_joined.values())


def metric(name: str) -> MetricEntry:
    """What is known of a metric, by its name in the evidence or as it is logged.

    A metric of confidence is known before calibration too (`_uncalibrated`). What nobody has described is called by its
    name, has no better side and is drawn on no scale.
    """
    for entry in catalogue():
        if entry.matches(name):
            return entry.of(name)
    if name.endswith(UNCALIBRATED):
        return metric(name.removesuffix(UNCALIBRATED)).uncalibrated()
    return MetricEntry(name, name.replace("_", " "))


def label_of(name: str, class_name: str | None = None) -> str:
    """The metric's name for people, with its class."""
    label = metric(name).label
    return label if class_name is None else f"{label} of {class_name}"


def better_side(name: str) -> str:
    """Which side of a metric is better: "higher", "lower", or "" where neither is."""
    return metric(name).better


def shown_on(page: str, names: Iterable[str]) -> list[str]:
    """Those of some metrics that a page shows, in its order; the members of a family in the order of `names`.

    Args:
        page: one of `PAGES`.
        names: that there are numbers of.
    """
    available = list(dict.fromkeys(names))
    entries = sorted((entry for entry in catalogue() if page in entry.pages), key=lambda entry: entry.pages[page])
    return [name for entry in entries for name in available if entry.matches(name)]


def names_on(page: str) -> tuple[str, ...]:
    """Every metric that a page shows, in its order; families by their pattern."""
    return tuple(shown_on(page, [entry.key for entry in catalogue()]))


def fields_on(page: str) -> dict[str, MetricEntry]:
    """The families that a page shows, each by the field of its values: `auroc` for `generators/*/auroc`."""
    return {name.replace(PART, "").rstrip("/").rpartition("/")[2]: metric(name) for name in names_on(page)}


def family(name: str) -> MetricEntry | None:
    """The family whose members' names begin with this one and a slash, as `robust/jpeg` and `ood/auroc`; else None."""
    begin = f"{name}/"
    for entry in catalogue():
        before, part, _ = entry.key.partition(PART)
        if part and (before.startswith(begin) or begin.startswith(before)):
            return entry
    return None
