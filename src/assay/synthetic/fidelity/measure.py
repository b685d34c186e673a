"""measure_fidelity: generated images against real ones, class by class and generator by generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assay.data.manifest import Manifest
from assay.errors import DataError
from assay.evaluation.measure import Units
from assay.evaluation.share import share
from assay.progress import track
from assay.synthetic.fidelity.copies import closest, cutoffs, is_copy, nearness, pairs, too_near
from assay.synthetic.fidelity.frechet import principal_directions
from assay.synthetic.fidelity.nearest import Looks, nearest
from assay.synthetic.fidelity.record import ALL, Copies, Cutoffs, FidelityEvidence, FidelityRow, Nearness, Pair
from assay.synthetic.fidelity.row import RowSides, Subspace, diversity, fid_subspace_name, scores
from assay.synthetic.fidelity.settings import FidelitySettings
from assay.synthetic.fidelity.shortcuts import shortcuts

Vectors = Callable[[Manifest], NDArray[np.floating]]
SamePictures = Callable[[Manifest, Manifest], list[tuple[int, int]]]
BoolArray = NDArray[np.bool_]
HELD_OUT = ("val", "calib")
CLOSEST = 4
"""Pairs of each generator and measure that are listed whether they are too near or not."""
MIX = 0.05
"""Difference of the class mixes from which distances over all classes are said to hold it too."""


@dataclass(frozen=True)
class _CopySearch:
    """Who is too near to whom, for every generated image."""

    copies: BoolArray
    near: BoolArray
    near_test: BoolArray
    held_out: BoolArray
    held_out_groups: NDArray[np.str_]
    closest: tuple[Pair, ...]
    nearness: tuple[Nearness, ...]


def measure_fidelity(
    real: Manifest,
    generated: Manifest,
    *,
    extractor: str,
    features: Vectors,
    appearances: Vectors,
    same: SamePictures = lambda real, generated: [],
    settings: FidelitySettings | None = None,
) -> FidelityEvidence:
    """Distances, precision and recall, diversity, copies and shortcuts.

    Args:
        real: the dataset with its splits; the split ood and what it holds of generated images are left out.
        generated: generated images, with the classes of `real`, and their `generator`.
        extractor: name of what the features come from, with size, as metric names carry it.
        features: gives features [N, D] of a manifest, e.g. an `Embedder`.
        appearances: gives `assay.synthetic.fidelity.appearance` [N, 256] of a manifest.
        same: gives the rows of both that are one picture, as `assay.data.copies.between` does.
        settings: how thoroughly; None for the defaults.

    Raises:
        DataError: the classes are not the same, a class or generator is called "all", or a picture cannot be read.
    """
    settings = settings or FidelitySettings()
    if real.class_names != generated.class_names:
        raise DataError(
            f"generated images have the classes {', '.join(generated.class_names)}, the dataset has "
            f"{', '.join(real.class_names)}; read them with assay.synthetic.training.source.read_synthetic"
        )
    for what, names in (("class", real.class_names), ("generator", set(generated.table["generator"]))):
        if ALL in names:
            raise DataError(f"a {what} is called {ALL}, as all of them together are; give it another name")
    digest = real.digest
    real = replace(real, table=real.labelled.table[real.labelled.table["generator"] == ""])
    vectors = features(real), features(generated)
    looks = Looks.of(appearances(real), vectors[0]), Looks.of(appearances(generated), vectors[1])
    split = real.table["split"].to_numpy(dtype=np.str_)
    one_picture = same(real, generated)
    copy_search, cut, listed, exclude = _copies(real, generated, looks, split, one_picture, settings)
    against = np.isin(split, settings.against)
    generators = tuple(dict.fromkeys(generated.table["generator"].astype(str)))
    subspace = _subspace(vectors[0][against], settings)
    parts = _parts(real, generated, against, generators)
    rows = [
        _row(part, real, generated, vectors, copy_search, extractor, settings, subspace)
        for part in track(parts, "distances", total=len(parts), unit="rows")
    ]
    word = "fid_full" if _all_full(rows, settings) else "fid_subspace"
    kind = f"fid[{extractor}]" if word == "fid_full" else fid_subspace_name(extractor, settings.components)
    return FidelityEvidence(
        extractor=extractor,
        fid_kind=kind,
        class_names=real.class_names,
        generators=generators,
        against=tuple(name for name in settings.against if name in set(split)),
        rows=tuple(_with_fid(row, word) for row in rows),
        pairs=tuple(listed),
        exclude=tuple(exclude),
        cutoffs=cut,
        shortcuts=shortcuts(replace(real, table=real.table[against]), generated, extractor),
        excluded=tuple((str(path), str(reason)) for path, reason in generated.excluded.itertuples(index=False)),
        notes=_notes(real, generated, against, kind, settings, vectors[0].shape[1]),
        real_digest=digest,
        generated_digest=generated.digest,
        confidence=settings.confidence,
        seed=settings.seed,
        closest=copy_search.closest,
        nearness=copy_search.nearness,
    )


@dataclass(frozen=True)
class _Part:
    generator: str
    name: str
    real: BoolArray
    generated: BoolArray


def _parts(real: Manifest, generated: Manifest, against: BoolArray, generators: tuple[str, ...]) -> list[_Part]:
    """All classes first, then each; all generators together first, where there are several."""
    by = generated.table["generator"].to_numpy(dtype=np.str_)
    groups = [(name, by == name) for name in generators]
    if len(generators) != 1:
        groups.insert(0, (ALL, np.ones(len(by), dtype=bool)))
    parts = []
    for generator, own in groups:
        parts.append(_Part(generator, ALL, against, own))
        for label, name in enumerate(real.class_names):
            parts.append(_Part(generator, name, against & (real.labels == label), own & (generated.labels == label)))
    return parts


def _all_full(rows: list[FidelityRow], settings: FidelitySettings) -> bool:
    """Whether every row that has enough images for a FID has one of all features."""
    asked = [row for row in rows if min(row.real, row.generated) >= settings.minimum]
    return all(row.value("fid_full") is not None for row in asked)


def _with_fid(row: FidelityRow, word: str) -> FidelityRow:
    """The row with one of its two FIDs, the same kind for all rows, as its "fid"; it says what it cannot."""
    scores = {"kid": row.scores["kid"], "fid": row.scores[word], "fid_full": row.scores["fid_full"]}
    scores |= {name: score for name, score in row.scores.items() if name not in (*scores, "fid_subspace")}
    statements = dict.fromkeys(score.statement for score in scores.values() if score.statement)
    return replace(row, scores=scores, statements=tuple(statements))


def _subspace(real: NDArray[np.floating], settings: FidelitySettings) -> Subspace | None:
    if len(real) < max(settings.minimum, 2 * settings.components) or real.shape[1] < settings.components:
        return None
    return Subspace(*principal_directions(real, settings.components))


def _row(
    part: _Part,
    real: Manifest,
    generated: Manifest,
    vectors: tuple[NDArray[np.floating], NDArray[np.floating]],
    copy_search: _CopySearch,
    extractor: str,
    settings: FidelitySettings,
    subspace: Subspace | None,
) -> FidelityRow:
    sides = RowSides(
        vectors[0][part.real],
        vectors[1][part.generated],
        real.groups[part.real],
        generated.groups[part.generated],
    )
    return FidelityRow(
        generator=part.generator,
        name=part.name,
        real=len(sides.real),
        generated=len(sides.generated),
        scores=scores(sides, extractor, settings, subspace),
        diversity=diversity(sides, settings),
        copies=_counted(part, generated, copy_search, settings) if len(sides.generated) else None,
    )


def _copies(
    real: Manifest,
    generated: Manifest,
    looks: tuple[Looks, Looks],
    split: NDArray[np.str_],
    one_picture: Sequence[tuple[int, int]],
    settings: FidelitySettings,
) -> tuple[_CopySearch, Cutoffs, list[Pair], list[Pair]]:
    train, held_out = split == "train", np.isin(split, HELD_OUT)
    sources = looks[0].rows(train)
    natural = nearest(looks[0].rows(held_out), sources)
    cut = cutoffs(natural, settings.near)
    of_train, of_others = (
        nearest(looks[1], looks[0].rows(part), _within(part, one_picture)) for part in (train, ~train)
    )
    trained_on = replace(real, table=real.table[train])
    others = replace(real, table=real.table[~train])
    listed = pairs(generated, looks[1], of_train, cut, trained_on, sources)
    exclude = pairs(generated, looks[1], of_others, cut, others, looks[0].rows(~train))
    copied = is_copy(of_train, cut)
    photos = replace(real, table=real.table[held_out].assign(generator=""))
    shown = closest(photos, looks[0].rows(held_out), natural, cut, trained_on, sources, count=CLOSEST)
    shown += closest(generated, looks[1], of_train, cut, trained_on, sources, count=CLOSEST)
    makers = generated.table["generator"].to_numpy(dtype=np.str_)
    near = [nearness("", natural, np.ones(len(photos), dtype=bool))]
    near += [nearness(maker, of_train, makers == maker) for maker in dict.fromkeys(makers.tolist())]
    copy_search = _CopySearch(
        copies=copied,
        near=np.any(list(too_near(of_train, cut).values()), axis=0) & ~copied,
        near_test=np.any(list(too_near(of_others, cut).values()), axis=0),
        held_out=np.any(list(too_near(natural, cut).values()), axis=0),
        held_out_groups=real.groups[held_out],
        closest=tuple(shown),
        nearness=tuple(entry for entry in near if entry is not None),
    )
    return copy_search, cut, listed, exclude


def _within(part: BoolArray, pairs_of_rows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Rows of generated images and of a part of the real ones, from rows of all real ones and generated images."""
    place = np.cumsum(part) - 1
    return [(generated, int(place[row])) for row, generated in pairs_of_rows if part[row]]


def _counted(part: _Part, generated: Manifest, copy_search: _CopySearch, settings: FidelitySettings) -> Copies:
    own = part.generated
    hits = (copy_search.copies | copy_search.near)[own]
    return Copies(
        share=share(hits, None, Units.of(generated.groups[own]), confidence=settings.confidence),
        expected=share(
            copy_search.held_out, None, Units.of(copy_search.held_out_groups), confidence=settings.confidence
        ),
        copies=int(copy_search.copies[own].sum()),
        near=int(copy_search.near[own].sum()),
        near_test=int(copy_search.near_test[own].sum()),
    )


def _notes(
    real: Manifest, generated: Manifest, against: BoolArray, kind: str, settings: FidelitySettings, features: int
) -> tuple[str, ...]:
    notes = [
        f"Distances are to the {int(against.sum()):,} real images of {', '.join(settings.against)}; test images take "
        "no part but in the search for images that must not be trained on."
    ]
    if ",pca" in kind:
        notes.append(
            f"FID is measured in the first {settings.components} principal directions of the real images ({kind}): a "
            f"covariance of all {features:,} features needs more images than that in every class. It does not see what "
            "differs outside of them and cannot be compared with FID of all features; KID sees all."
        )
    mixes = []
    for labels in (real.labels[against], generated.labels):
        counts = np.bincount(labels[labels >= 0], minlength=len(real.class_names))
        mixes.append(counts / max(1, counts.sum()))
    distance = float(np.abs(mixes[0] - mixes[1]).sum()) / 2
    if distance > MIX:
        notes.append(
            f"Classes are mixed differently on both sides ({distance:.0%} of the images would have to change class), "
            "which is a part of every distance over all classes; rows of one class are free of it."
        )
    excluded = len(generated.excluded)
    if excluded:
        notes.append(f"{excluded} generated file{'s' if excluded != 1 else ''} cannot be used and took no part.")
    return tuple(notes)
