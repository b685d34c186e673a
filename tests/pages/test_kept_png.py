"""A figure that was drawn before is the one that is drawn, and nothing is taken for it that differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.pages import kept_png, png
from assay.pages.canvas import Canvas
from assay.pages.kept_png import to_kept_png
from assay.pages.png import to_png


def _canvas(text: str = "accuracy ≥ 0.5", color: str = "blue", x: float = 30.0) -> Canvas:
    canvas = Canvas(80, 40, "a title")
    canvas.line([(1.0, 1.0), (x, 20.0)], color)
    canvas.text((4, 30), text)
    return canvas


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What matplotlib has drawn."""
    paths: list[Path] = []

    def draw(canvas: Canvas, path: Path) -> None:
        paths.append(path)
        to_png(canvas, path)

    monkeypatch.setattr(png, "to_png", draw)
    return paths


def test_the_second_picture_is_the_first_to_the_byte_and_is_not_drawn(tmp_path: Path, drawn: list[Path]) -> None:
    to_png(_canvas(), tmp_path / "expected.png")
    for name in ("first.png", "second.png"):
        to_kept_png(_canvas(), tmp_path / name, tmp_path / "cache")
        assert (tmp_path / name).read_bytes() == (tmp_path / "expected.png").read_bytes()

    assert drawn == [tmp_path / "first.png"]


@pytest.mark.parametrize("other", [{"text": "accuracy"}, {"color": "orange"}, {"x": 30.000000000000004}])
def test_another_mark_is_another_picture(tmp_path: Path, drawn: list[Path], other: dict[str, object]) -> None:
    to_kept_png(_canvas(), tmp_path / "one.png", tmp_path / "cache")
    to_kept_png(_canvas(**other), tmp_path / "other.png", tmp_path / "cache")  # type: ignore[arg-type]

    assert len(drawn) == 2


def test_another_way_of_drawing_is_another_picture(
    tmp_path: Path, drawn: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    to_kept_png(_canvas(), tmp_path / "one.png", tmp_path / "cache")
    monkeypatch.setattr(kept_png, "_drawn_by", lambda: ["matplotlib 99"])
    to_kept_png(_canvas(), tmp_path / "other.png", tmp_path / "cache")

    assert len(drawn) == 2


def test_text_whose_font_may_come_later_is_drawn_each_time(tmp_path: Path, drawn: list[Path]) -> None:
    for name in ("one.png", "two.png"):
        to_kept_png(_canvas("แมว"), tmp_path / name, tmp_path / "cache")

    assert len(drawn) == 2
    assert not (tmp_path / "cache").exists()
