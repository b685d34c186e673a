"""Reading a window: the log as a stream, some thousand rows at a time, each portion made into arrays at once."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Select, or_, select

from assay.errors import DataError
from assay.monitoring.bounds import ALL, WindowBounds
from assay.monitoring.profile import Profile
from assay.monitoring.window import Window
from assay.postprocess.ood.two_stage import DOMAINS
from assay.store.components import KIND
from assay.store.keys import key_families, keys_of_family
from assay.store.prediction_log import GIVEN
from assay.store.tables import PREDICTIONS

PORTION = 2048
"""Rows that are Python objects at the same time."""
SHADOW = "shadow"
_JSON = json.JSONDecoder()
_DOMAINS: dict[str, int] = {name: index for index, name in enumerate(DOMAINS)}
_TABLE = PREDICTIONS.c
COLUMNS = (
    *(_TABLE.id, _TABLE.time, _TABLE.key, _TABLE.arm, _TABLE.model, _TABLE.version, _TABLE.bundle),
    *(_TABLE.label, _TABLE.confidence, _TABLE.answer, _TABLE.statistics, _TABLE.domain),
    *(_TABLE.for_a_person, _TABLE.rejected, _TABLE.components),
)


def read_window(
    connection: Connection, bounds: WindowBounds, profile: Profile | None = None, *, now: datetime | None = None
) -> Window:
    """The answers of the log that are within bounds; keys that took each other's place are one, called by the first.

    Args:
        connection: that may read.
        bounds: of time, count, arm, bundle and key; a shadow's answers come where its arm is asked for, and only then.
        profile: of the bundle that is watched, whose classes and statistics these have to be; None takes the classes
            and statistics of the newest answer, and reads no components.
        now: moment at which it ends where the bounds say none; None for this one.

    Raises:
        DataError: answers are about other classes than the profile, or than each other.
    """
    since, end = bounds.span(now or datetime.now(UTC))
    bounds = replace(bounds, end=end)
    reader = _Reader(profile, key_families(connection))
    asked = window_query(bounds, since, "" if profile is None else profile.about.bundle)
    portions = [reader.read(rows) for rows in _portions(connection, asked)]
    return reader.window(bounds, portions[::-1])


def window_query(bounds: WindowBounds, since: str, watched: str) -> Select[Any]:
    """The rows, the newest first.

    Args:
        bounds: with their end.
        since: first moment that is inside; "" for the beginning.
        watched: hex sha256 of the bundle whose profile it is compared with; "" for none.
    """
    asked = select(*COLUMNS).where(_TABLE.time < bounds.end)
    if since:
        asked = asked.where(_TABLE.time >= since)
    asked = asked.where(_TABLE.pair != "") if bounds.arm == SHADOW else asked.where(GIVEN)
    bundle = "" if bounds.bundle == ALL else bounds.bundle or watched
    for column, value in {_TABLE.arm: bounds.arm, _TABLE.bundle: bundle, _TABLE.version: bounds.version}.items():
        if value:
            asked = asked.where(column == value)
    if bounds.key:
        asked = asked.where(or_(_TABLE.key == bounds.key, _TABLE.key.in_(keys_of_family(bounds.key))))
    asked = asked.order_by(_TABLE.time.desc(), _TABLE.id.desc())
    return asked.limit(bounds.count) if bounds.count else asked


def _portions(connection: Connection, asked: Select[Any]) -> Iterator[Sequence[Any]]:
    with connection.execute(asked.execution_options(yield_per=PORTION)) as result:
        yield from result.partitions(PORTION)


def _parsed(text: str) -> Any:
    return _JSON.raw_decode(text)[0]


@dataclass
class _Codes:
    """Numbers of texts, in the order in which they came."""

    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, texts: Sequence[str], kind: type[np.integer[Any]]) -> np.ndarray:
        """The number of each text."""
        numbers = self.numbers
        return np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=kind)


class _Reader:
    """Makes arrays of portions, each in the order of time.

    Args:
        profile: as of `read_window`.
        families: of keys, by id; a key that is not there any more stands for itself.
    """

    def __init__(self, profile: Profile | None, families: Mapping[str, str]) -> None:
        self._families = families
        self._classes: tuple[str, ...] | None = None if profile is None else profile.class_names
        self._statistics: tuple[str, ...] | None = None if profile is None else profile.statistics_names
        projection = None if profile is None else profile.projection
        self._components = 0 if projection is None else projection.count
        self._watched = "" if profile is None else profile.about.bundle
        self._keys, self._arms, self._versions, self._bundles = _Codes(), _Codes(), _Codes(), _Codes()

    def read(self, rows: Sequence[Any]) -> dict[str, np.ndarray]:
        """Arrays of a portion that comes the newest first."""
        columns = zip(*reversed(rows), strict=True)
        ids, times, keys, arms, models, versions, bundles, labels, *rest = columns
        confidence, answers, statistics, domains, person, rejected, components = rest
        domain = np.array([_DOMAINS[each] for each in domains], dtype=np.int8)
        in_domain = [each == DOMAINS[0] for each in domains]
        probabilities = self._probabilities(answers, ids)
        class_of = {name: index for index, name in enumerate(self._classes or ())}
        return {
            "ids": np.array(ids, dtype="S36"),
            "times": np.array([time.rstrip("Z") for time in times], dtype="datetime64[ms]"),
            "confidence": np.array(confidence, dtype=np.float32),
            "probabilities": probabilities,
            "predicted": np.array([class_of[label] for label in labels], dtype=np.int16),
            "statistics": self._of_pixels(statistics),
            "rejected": np.array(
                [
                    look and inside if apart is None else apart
                    for apart, look, inside in zip(rejected, person, in_domain, strict=True)
                ],
                dtype=np.bool_,
            ),
            "person": np.array(person, dtype=np.bool_),
            "domain": domain,
            "components": self._of_embeddings(components, bundles),
            "block": self._keys.of([self._families.get(key) or key for key in keys], np.int32),
            "arm": self._arms.of(arms, np.int8),
            "version": self._versions.of([" ".join(each) for each in zip(models, versions, strict=True)], np.int16),
            "bundle": self._bundles.of(bundles, np.int16),
        }

    def window(self, bounds: WindowBounds, portions: list[dict[str, np.ndarray]]) -> Window:
        """The portions, the oldest first, as one window; they are let go of column by column."""
        if not portions:
            portions = [self._nothing()]
        columns = {name: np.concatenate([part.pop(name) for part in portions]) for name in list(portions[0])}
        components = columns.pop("components")
        known = components.shape[1] > 0 and bool(np.isfinite(components).any())
        return Window(
            bounds=bounds,
            class_names=self._classes or (),
            statistics_names=self._statistics or (),
            **columns,
            components=components if known else None,
            keys=tuple(self._keys.numbers),
            arms=tuple(self._arms.numbers),
            versions=tuple(self._versions.numbers),
            bundles=tuple(self._bundles.numbers),
        )

    def _nothing(self) -> dict[str, np.ndarray]:
        kinds = {"ids": "S36", "times": "datetime64[ms]", "confidence": "f4", "predicted": "i2", "rejected": "?"}
        kinds |= {"person": "?", "domain": "i1", "block": "i4", "arm": "i1", "version": "i2", "bundle": "i2"}
        widths = {"probabilities": len(self._classes or ()), "statistics": len(self._statistics or ())}
        widths["components"] = self._components
        empty: dict[str, np.ndarray] = {name: np.zeros(0, dtype=kind) for name, kind in kinds.items()}
        return empty | {name: np.zeros((0, width), dtype=np.float32) for name, width in widths.items()}

    def _probabilities(self, answers: Sequence[str], ids: Sequence[str]) -> np.ndarray:
        if self._classes is None:
            self._classes = tuple(_parsed(answers[-1])["probabilities"])
        names, values = self._classes, array("f")
        for index, answer in enumerate(answers):  # one by one: some thousand at once keep the garbage collector busy
            each = _parsed(answer)["probabilities"]
            if tuple(each) != names:
                if sorted(each) != sorted(names):
                    raise DataError(
                        f"the answer {ids[index]} is about the classes {', '.join(each)}, the others are about "
                        f"{', '.join(names)}: bundles of different classes are watched one by one; name one by bundle=…"
                    )
                each = {name: each[name] for name in names}
            values.extend(each.values())
        return np.array(values, dtype=np.float32).reshape(len(answers), len(names))

    def _of_pixels(self, statistics: Sequence[str]) -> np.ndarray:
        if self._statistics is None:
            self._statistics = tuple(_parsed(statistics[-1]))
        names, missing, values = self._statistics, float("nan"), array("f")
        for text in statistics:
            each = _parsed(text)
            values.extend(each.values() if tuple(each) == names else [each.get(name, missing) for name in names])
        return np.array(values, dtype=np.float32).reshape(len(statistics), len(names))

    def _of_embeddings(self, contents: Sequence[bytes], bundles: Sequence[str]) -> np.ndarray:
        """NaN where a row has none, or those of another bundle's projection."""
        length = self._components * KIND.itemsize
        missing = np.full(self._components, np.nan, dtype=KIND).tobytes()
        whole = b"".join(
            bytes(content) if len(content) == length and self._watched in ("", bundle) else missing
            for content, bundle in zip(contents, bundles, strict=True)
        )
        return np.frombuffer(whole, dtype=KIND).reshape(len(contents), self._components).astype(np.float32)
