import base64
import io

import numpy as np
import pytest
from PIL import Image

from assay.evaluation.report.mistakes import most_confident_mistakes, thumbnail


@pytest.fixture
def mistaken(case):
    labels = np.array([0, 0, 1, 1, 1])
    logits = np.array([[0, 1], [3, 0], [2, 0], [0, 2], [5, 0]])
    return case(labels, logits, ("no", "yes"))


def mistakes_of(those, **about):
    return most_confident_mistakes(those.predictions, those.probabilities, **about)


def test_only_wrong_answers_are_shown_and_the_most_confident_comes_first(mistaken):
    found = mistakes_of(mistaken)
    assert [int(mistake.id, 16) for mistake in found] == [4, 2, 0]
    assert (found[0].true, found[0].predicted) == ("yes", "no")
    assert found[0].confidence == pytest.approx(1 / (1 + np.exp(-5)))
    assert found[0].true_probability == pytest.approx(1 / (1 + np.exp(5)))
    assert [int(mistake.id, 16) for mistake in mistakes_of(mistaken, limit=1)] == [4]


def test_pictures_are_small_jpegs_inside_the_page(mistaken, page_of, tmp_path):
    path = tmp_path / "รูป <1>.png"
    Image.new("RGB", (900, 300), "teal").save(path)
    page = page_of(mistaken, picture_of=lambda image_id: path)
    assert len(page.all("img")) == 3
    with Image.open(io.BytesIO(base64.b64decode(page.all("img")[0]["src"].partition(",")[2]))) as image:
        assert image.format == "JPEG"
        assert image.size == (160, 53)
    assert path.name in page.text


def test_small_pictures_keep_their_size(tmp_path):
    path = tmp_path / "small.png"
    Image.new("L", (20, 10)).save(path)
    with Image.open(io.BytesIO(base64.b64decode(thumbnail(path).partition(",")[2]))) as image:
        assert image.size == (20, 10)


def test_pictures_that_cannot_be_read_get_a_placeholder_that_says_so(mistaken, page_of, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nhalf")
    files = {f"{4:064x}": broken, f"{2:064x}": tmp_path / "gone.png"}
    page = page_of(mistaken, picture_of=files.__getitem__)
    assert page.all("img") == []
    assert page.text.count("the file cannot be read") == 2
    assert page.text.count("the file is not known") == 1


def test_report_without_pictures_still_lists_the_errors(mistaken, page_of):
    page = page_of(mistaken)
    assert page.text.count("no pictures were given") == 3
    assert "3 of 5 images are misclassified" in page.text


def test_more_than_a_dozen_errors_are_folded_and_two_dozen_are_the_most(case, page_of):
    page = page_of(case(np.zeros(40, dtype=int), np.tile([0.0, 2.0], (40, 1))))
    section = page.source[page.source.index('id="mistakes"') : page.source.index('id="confusion"')]
    shown, folded = section.split("<details>")
    assert shown.count("<figure>") == folded.count("<figure>") == 12
    assert "12 more" in folded
