"""A case as it is shown: the picture, the heat over it, and whether there is any signal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from assay.data.image import read_image
from assay.data.preprocessing import ByteImage, Preprocessing
from assay.explain.cases import ExplainedCase
from assay.explain.heat import HeatScale, enlarged
from assay.explain.maps import Maps
from assay.explain.overlay import overlay, view_of


@dataclass(frozen=True)
class DrawnCase:
    """A case with its pictures.

    Attributes:
        case: what is shown.
        picture: uint8 [H, W, 3].
        overlay: uint8 [H, W, 3], the same with heat over it.
        peak: largest value of the map, smoothed.
        signal: whether the peak reaches the floor of the scale; without, the overlay holds no heat.
    """

    case: ExplainedCase
    picture: ByteImage
    overlay: ByteImage
    peak: float
    signal: bool


def draw(
    cases: Sequence[ExplainedCase], maps: Maps, scale: HeatScale, preprocessing: Preprocessing
) -> Iterator[DrawnCase]:
    """Draw the cases in their order, each when it is asked for or a little before.

    Raises:
        DataError: a picture cannot be read.
    """

    def draw_case(case: ExplainedCase, entry: Maps) -> DrawnCase:
        picture = view_of(read_image(case.picture.path, preprocessing.samples), preprocessing)
        smooth = enlarged(entry, preprocessing.size)
        heated = overlay(picture, scale.heat(smooth))
        return DrawnCase(case, picture, heated, peak=float(smooth.max()), signal=scale.has_signal(smooth))

    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(draw_case, cases, maps)
