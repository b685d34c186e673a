"""The page of a comparison: whole, safe, and saying the same as the numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from assay.comparison import compare
from assay.comparison.changed import changed_images, share_right, turned_per_class
from assay.comparison.figures import difference_plots
from assay.comparison.page import VariantRow, findings, p_value, write_page
from assay.pages.marks import Dot, Text
from assay.pages.numbers import signed


def shown(first, second, **about) -> VariantRow:
    won, lost = changed_images(first, second, **about)
    return VariantRow(won, lost, turned_per_class(first, second), {"sampler": ("<plain>", "weighted")})


@pytest.mark.parametrize("seeds", [(0,), (0, 1)])
@pytest.mark.parametrize("count", [1, 2])
def test_the_page_is_whole_and_says_what_the_claims_say(sides, parsed, tmp_path: Path, seeds, count) -> None:
    first = sides("plain <script>", 0.5, n=60, seeds=seeds)
    others = [sides(f"variant {number}", 2.5, n=60, seeds=seeds) for number in range(count)]
    found = compare(first, others, resamples=100)
    write_page(tmp_path / "p.html", found, [shown(first, other) for other in others], facts={"runs": "a & b"})
    source = (tmp_path / "p.html").read_text()
    page = parsed(source)
    assert "<script" not in source
    assert "variant 0 is significantly better than plain <script> in Accuracy" in page.text
    assert "a & b" in page.text
    assert page.text.count("▲ significantly better") >= 2
    assert ("Overview" in page.text) == (count == 2)
    assert ("Variation over seeds" in page.text) == (len(seeds) == 2)
    assert "nan" not in page.text.lower().split()


def test_pictures_of_the_images_that_turned_are_in_the_page(sides, parsed, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (200, 10, 10)).save(tmp_path / "one.png")
    first, second = sides("a", 0.5, n=60), sides("b", 2.5, n=60)
    own = shown(first, second, picture_of=lambda image_id: tmp_path / "one.png")
    write_page(tmp_path / "p.html", compare(first, [second], resamples=100), [own], facts={})
    assert len(parsed((tmp_path / "p.html").read_text()).all("img")) == len(own.won) + len(own.lost)


def test_images_that_turned_are_those_that_one_side_alone_has_right(sides) -> None:
    first, second = sides("a", 0.5, n=80), sides("b", 2.0, n=80)
    won, lost = changed_images(first, second, limit=80)
    before, after = first.trainings[0], second.trainings[0]
    right = [one.logits.argmax(axis=1) == one.labels for one in (before, after)]
    assert {image.id for image in won} == set(before.ids[right[1] & ~right[0]])
    assert {image.id for image in lost} == set(before.ids[right[0] & ~right[1]])
    assert all(image.after == image.true != image.before for image in won)
    moved = [abs(image.after_probability - image.before_probability) for image in won]
    assert moved == sorted(moved, reverse=True)
    counted = turned_per_class(first, second)
    assert [sum(column) for column in zip(*counted, strict=True)] == [len(won), len(lost)]
    assert share_right(first).mean() == pytest.approx(right[0].mean())


def test_better_is_to_the_right_whichever_side_of_the_metric_is_better(sides) -> None:
    found = compare(sides("a", 0.5), [sides("b", 2.5)], resamples=100)
    for canvas in difference_plots(found.variants[0]).values():
        zero = next(mark.at[0] for mark in canvas.marks if isinstance(mark, Text) and mark.text == "0")
        dots = [mark for mark in canvas.marks if isinstance(mark, Dot) and mark.color == "green"]
        assert dots
        assert all(dot.center[0] > zero for dot in dots)


def test_the_same_models_are_said_to_be_the_same(sides) -> None:
    one = sides("a", 1.0)
    found = compare(one, [one], resamples=100)
    assert findings(found, found.variants[0]) == ["a and a are the same in all 11 metrics, image by image."]


def test_numbers_are_shown_as_people_write_them() -> None:
    assert [signed(value) for value in (0.0123, -0.0004, -0.5, None)] == ["+0.012", "0.000", "−0.500", "—"]
    assert [p_value(value) for value in (0.0004, 0.05, None)] == ["<0.001", "0.050", "—"]
