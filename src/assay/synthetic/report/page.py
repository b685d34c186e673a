"""The page of fidelity evidence: summary, per-class scores, samples, near-duplicates, shortcuts, all scores."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

import cv2

from assay.data.preprocessing import ByteImage
from assay.evaluation.catalogue import fields_on
from assay.pages.page import save_page
from assay.pages.svg import to_svg
from assay.pages.templates import templates
from assay.synthetic.fidelity.record import ALL, FidelityEvidence
from assay.synthetic.report.nearness_plot import nearness_plot
from assay.synthetic.report.plot import scores_plot
from assay.synthetic.report.sheet import HELD_OUT, PicturePair, SheetPictures, ordered
from assay.synthetic.report.words import findings, number, probability, row_title, undefined_scores

SIDE = 128
MOST_CLASSES, MOST_FILES = 40, 30


def write_page(
    path: Path, evidence: FidelityEvidence, pictures: SheetPictures, *, facts: Mapping[str, str], size: int
) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        evidence: what was measured.
        pictures: what is shown.
        facts: name -> text for the top of the page.
        size: pixels that both sides were brought to.
    """
    environment = templates("assay.synthetic.report")
    environment.globals.update(number=number, probability=probability, row_title=row_title)
    several = len(evidence.generators) != 1
    groups = [
        (generator, [row for row in evidence.rows if row.generator == generator])
        for generator in ([*evidence.generators, ALL] if several else evidence.generators)
    ]
    save_page(
        path,
        environment,
        "fidelity.html.j2",
        evidence=evidence,
        facts=dict(facts),
        level=f"{evidence.confidence * 100:.3g}%",
        findings=findings(evidence),
        plot=to_svg(scores_plot(evidence)),
        nearness="" if (near := nearness_plot(evidence)) is None else to_svg(near),
        groups=groups,
        heads=fields_on("fidelity"),
        undefined=undefined_scores(evidence),
        sheets=_sheets(evidence, pictures),
        pairs=[_pair(pair) for pair in pictures.pairs],
        exclude=[_pair(pair) for pair in pictures.exclude],
        closest=_closest(pictures),
        files=evidence.excluded[:MOST_FILES],
        size=size,
        fid_short=evidence.fid_kind,
    )


def _sheets(evidence: FidelityEvidence, pictures: SheetPictures) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Class -> who made them -> pictures."""
    sheets = []
    for name in evidence.class_names[:MOST_CLASSES]:
        lines = [("real", [_uri(picture) for picture in pictures.real[name]])]
        lines += [
            (maker, [_uri(picture) for picture in pictures.generated[maker, name]]) for maker in evidence.generators
        ]
        sheets.append((name, lines))
    return sheets


def _closest(pictures: SheetPictures) -> list[tuple[str, list[dict[str, object]]]]:
    """Who made them -> the pictures that come nearest to a training image, with it."""
    groups: dict[str, list[PicturePair]] = {}
    for near in pictures.closest:
        groups.setdefault(near.pair.generator or HELD_OUT, []).append(near)
    return [(name, [_pair(near_pair) for near_pair in ordered(group)]) for name, group in groups.items()]


def _pair(pictures: PicturePair) -> dict[str, object]:
    pair = pictures.pair
    return {
        "pair": pair,
        "generated": _uri(pictures.generated),
        "real": _uri(pictures.real),
        "file": Path(pair.generated_path).name,
        "real_file": Path(pair.real_path).name,
    }


def _uri(picture: ByteImage) -> str:
    if picture.shape[0] > SIDE:
        picture = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype("uint8")
    grey = bool((picture[..., 0] == picture[..., 1]).all() and (picture[..., 1] == picture[..., 2]).all())
    pixels = picture[..., 0] if grey else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, packed = cv2.imencode(".png", pixels)
    return f"data:image/png;base64,{base64.b64encode(packed.tobytes()).decode()}"
