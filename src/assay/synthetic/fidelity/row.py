"""One row of fidelity evidence: the images of one class and generator against the real images of that class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.bootstrap import resample_weights
from assay.evaluation.intervals import percentile_interval
from assay.evaluation.measure import Units
from assay.evaluation.share import share
from assay.evaluation.vendi import vendi_score
from assay.measurement import Measurement
from assay.predictions import StrArray
from assay.synthetic.fidelity.diversity import mean_distance
from assay.synthetic.fidelity.divide import Division, divisions, same_sizes
from assay.synthetic.fidelity.frechet import frechet_distance, lacking_rank
from assay.synthetic.fidelity.kernel import KernelDistance, of_images
from assay.synthetic.fidelity.manifold import FEWEST, Manifolds, manifolds, squared_distances
from assay.synthetic.fidelity.record import Diversity, FidelityScore, SameSizes
from assay.synthetic.fidelity.settings import FidelitySettings

Features = NDArray[np.floating]
Float64Array = NDArray[np.float64]
SHARES = ("precision", "recall", "density", "coverage")
MOST_VENDI = 500
"""Images that a Vendi score is of; eigenvalues of more take longer and say the same."""
FULL_DIVISIONS = 3
"""Divisions for FID of all features, each of which takes as long as the number itself."""


@dataclass(frozen=True)
class Subspace:
    """Some principal directions of real features, for FID of fewer images than features.

    Attributes:
        mean: [D].
        directions: [D, K].
    """

    mean: Float64Array
    directions: Float64Array

    def __call__(self, features: Features) -> Float64Array:
        """Features [n, D] in the subspace, [n, K]."""
        return (features.astype(np.float64) - self.mean) @ self.directions


@dataclass(frozen=True)
class RowSides:
    """Features and groups of both sides of a row.

    Attributes:
        real: [n, D].
        generated: [m, D].
        real_groups: [n].
        generated_groups: [m].
    """

    real: Features
    generated: Features
    real_groups: StrArray
    generated_groups: StrArray

    def at_most(self, most: int, seed: int) -> RowSides:
        """Both sides with no more images than that, drawn at random, in their order."""
        kept = []
        for offset, size in enumerate((len(self.real), len(self.generated))):
            rng = np.random.default_rng([seed, offset, 3])
            kept.append(np.arange(size) if size <= most else np.sort(rng.permutation(size)[:most]))
        real, made = kept
        return RowSides(self.real[real], self.generated[made], self.real_groups[real], self.generated_groups[made])


def scores(
    sides: RowSides, extractor: str, settings: FidelitySettings, subspace: Subspace | None
) -> dict[str, FidelityScore]:
    """Every score of a row by its word; one that cannot be has a statement instead of a number.

    Args:
        sides: images of both kinds; either may be empty.
        extractor: of the features.
        settings: how thoroughly.
        subspace: where FID is measured besides; None where there were too few real images for one.
    """
    drawn = sides.at_most(settings.most, settings.seed)
    units = Units.of(drawn.real_groups)
    divided = divisions(units, len(drawn.real), len(drawn.generated), settings.splits, settings.seed)
    return {
        "kid": _kid(drawn, divided, extractor, settings, sides),
        "fid_full": _fid_full(drawn, divided, extractor, settings, sides),
        "fid_subspace": _fid_subspace(drawn, divided, extractor, settings, sides, subspace),
        **_manifold_scores(drawn, divided, extractor, settings),
    }


def fid_subspace_name(extractor: str, components: int) -> str:
    """The full name of FID in the first principal directions of the real images."""
    return f"fid[{extractor},pca{components}]"


def diversity(sides: RowSides, settings: FidelitySettings) -> Diversity | None:
    """Of both sides; None where one has fewer than two images."""
    drawn = sides.at_most(settings.most, settings.seed)
    n = min(len(drawn.real), len(drawn.generated))
    if n < 2:
        return None
    about = {"resamples": settings.resamples, "confidence": settings.confidence, "seed": settings.seed}
    n = min(n, MOST_VENDI)
    rng = np.random.default_rng([settings.seed, 4])
    chosen = [rng.permutation(len(part))[:n] for part in (drawn.generated, drawn.real)]
    return Diversity(
        mean_distance(drawn.generated, Units.of(drawn.generated_groups), **about),  # type: ignore[arg-type]
        mean_distance(drawn.real, Units.of(drawn.real_groups), **about),  # type: ignore[arg-type]
        vendi_score(drawn.generated[chosen[0]]),
        vendi_score(drawn.real[chosen[1]]),
        n,
    )


def _kid(
    drawn: RowSides, divided: list[Division], extractor: str, settings: FidelitySettings, whole: RowSides
) -> FidelityScore:
    name = f"kid[{extractor}]"
    if lacking := _lacking(whole, 2, "KID"):
        return FidelityScore(name, _undefined(whole), statement=lacking)
    kernel = KernelDistance(drawn.real, drawn.generated, drawn.real_groups, drawn.generated_groups)
    measured = kernel.measure(resamples=settings.resamples, confidence=settings.confidence, seed=settings.seed)
    if measured.value is None:
        return FidelityScore(name, _undefined(whole), statement="no KID: all images of one side belong to one group")
    measured = replace(measured, n=len(whole.generated), method=measured.method + _drawn_of(drawn, whole))
    p = kernel.permutation_p(permutations=settings.resamples, seed=settings.seed)
    reference = None
    if divided:
        generated, real = kernel.divided(divided)
        reference = same_sizes(len(divided[0].first), generated, real)
    return FidelityScore(name, measured, p, reference)


def _fid_full(
    drawn: RowSides, divided: list[Division], extractor: str, settings: FidelitySettings, whole: RowSides
) -> FidelityScore:
    name, features = f"fid[{extractor}]", whole.real.shape[1]
    lacking = _lacking(whole, settings.minimum, "FID")
    if lacking := lacking or _lacking(whole, features + 1, "FID of all features", features):
        return FidelityScore(name, _undefined(whole), statement=lacking)
    if lacking := _without_rank(whole.real, whole.generated, "FID of all features"):
        return FidelityScore(name, _undefined(whole), statement=lacking)
    value = frechet_distance(whole.real, whole.generated)
    can = divided and len(divided[0].first) > features
    reference = _reference(drawn, divided[:FULL_DIVISIONS], frechet_distance) if can else None
    return FidelityScore(name, _plain(value, whole), same_sizes=reference)


def _fid_subspace(
    drawn: RowSides,
    divided: list[Division],
    extractor: str,
    settings: FidelitySettings,
    whole: RowSides,
    subspace: Subspace | None,
) -> FidelityScore:
    name = fid_subspace_name(extractor, settings.components)
    if lacking := _lacking(whole, settings.minimum, "FID"):
        return FidelityScore(name, _undefined(whole), statement=lacking)
    if subspace is None:
        return FidelityScore(
            name, _undefined(whole), statement="no FID: too few real images for its principal directions"
        )
    inside = replace(drawn, real=subspace(drawn.real), generated=subspace(drawn.generated))
    projected = subspace(whole.real), subspace(whole.generated)
    if lacking := _without_rank(*projected, "FID"):
        return FidelityScore(name, _undefined(whole), statement=lacking)
    value = frechet_distance(*projected)
    can = divided and len(divided[0].first) > settings.components
    return FidelityScore(
        name, _plain(value, whole), same_sizes=_reference(inside, divided, frechet_distance) if can else None
    )


def _reference(
    sides: RowSides, divided: list[Division], distance: Callable[[Features, Features], float]
) -> SameSizes | None:
    values = [
        (
            distance(sides.real[part.second], sides.generated[part.generated]),
            distance(sides.real[part.second], sides.real[part.first]),
        )
        for part in divided
    ]
    generated, real = np.array(values, dtype=np.float64).T
    return same_sizes(len(divided[0].first), generated, real)


def _manifold_scores(
    drawn: RowSides, divided: list[Division], extractor: str, settings: FidelitySettings
) -> dict[str, FidelityScore]:
    names = {word: f"{word}[{extractor}]" for word in SHARES}
    if lacking := _lacking(drawn, FEWEST, "neighbourhoods"):
        return {word: FidelityScore(name, _undefined(drawn), statement=lacking) for word, name in names.items()}
    real, made = squared_distances(drawn.real, drawn.real), squared_distances(drawn.generated, drawn.generated)
    across = squared_distances(drawn.real, drawn.generated)
    seen = manifolds(real, made, across)
    units = Units.of(drawn.real_groups), Units.of(drawn.generated_groups)
    level = settings.confidence
    measured = {
        "precision": share(seen.precise, None, units[1], confidence=level),
        "recall": share(seen.recalled, None, units[0], confidence=level),
        "density": _mean(seen.dense, units[1], settings),
        "coverage": share(seen.covered, None, units[0], confidence=level),
    }
    references = dict.fromkeys(SHARES)
    if divided and len(divided[0].first) >= FEWEST:
        rows = []
        for part in divided:
            second = real[np.ix_(part.second, part.second)]
            of_made = manifolds(second, made[np.ix_(part.generated, part.generated)], _cut(across, part))
            first = real[np.ix_(part.first, part.first)]
            of_real = manifolds(second, first, real[np.ix_(part.second, part.first)])
            rows.append((_means(of_made), _means(of_real)))
        values = np.array(rows)
        references = {
            word: same_sizes(len(divided[0].first), values[:, 0, index], values[:, 1, index])
            for index, word in enumerate(SHARES)
        }
    return {word: FidelityScore(names[word], measured[word], same_sizes=references[word]) for word in SHARES}


def _cut(across: NDArray[np.float32], part: Division) -> NDArray[np.float32]:
    return across[np.ix_(part.second, part.generated)]


def _means(manifolds: Manifolds) -> list[float]:
    return [float(np.mean(values)) for values in manifolds]


def _mean(values: NDArray[np.floating], units: Units, settings: FidelitySettings) -> Measurement:
    value, n = float(values.mean()), len(values)
    if not settings.resamples or units.count < 2:
        return Measurement(value, None, None, n, "no interval: not resampled")
    weights = of_images(resample_weights(units.count, range(settings.resamples), settings.seed), units)
    drawn = (values.astype(np.float32) @ weights) / weights.sum(axis=0)
    interval = percentile_interval(drawn.astype(np.float64), confidence=settings.confidence)
    assert interval is not None
    low, high = min(interval[0], value), max(interval[1], value)
    return Measurement(value, low, high, n, f"percentile bootstrap over {units.word}, {settings.resamples} resamples")


def _lacking(sides: RowSides, least: int, what: str, features: int | None = None) -> str:
    """Why a score cannot be; "" where it can."""
    for images, kind in ((len(sides.real), "real"), (len(sides.generated), "generated")):
        if images >= least:
            continue
        message = f"{images} {kind} image{'' if images == 1 else 's'}" if images else f"no {kind} images"
        if features is not None and images > 1:
            return f"no {what}: a covariance of {features} features from {message} has no full rank"
        return f"no {what}: {message}" + (f", at least {least} are needed" if images else "")
    return ""


def _without_rank(real: Features, generated: Features, what: str) -> str:
    """Why a distance of Gaussians would say nothing; "" where both covariances have all the rank that there is."""
    if (lacking := lacking_rank(real, generated)) is None:
        return ""
    side, rank, dimensions = lacking
    message = (
        f"{len((real, generated)[side])} {('real', 'generated')[side]} images differ in {rank} of the {dimensions}"
    )
    return f"no {what}: {message} directions in which both sides do, so their covariance has no full rank"


def _undefined(sides: RowSides) -> Measurement:
    return Measurement(None, None, None, len(sides.generated), "undefined")


def _plain(value: float, sides: RowSides) -> Measurement:
    return Measurement(value, None, None, len(sides.generated), "no interval: biased by the number of images")


def _drawn_of(drawn: RowSides, whole: RowSides) -> str:
    if len(drawn.real) == len(whole.real) and len(drawn.generated) == len(whole.generated):
        return ""
    return f", of {len(drawn.real)} real and {len(drawn.generated)} generated images drawn at random"
