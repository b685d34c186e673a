"""Reviews are read back as they were written, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from assay.errors import DataError
from assay.synthetic.training.review import SyntheticReview, parse_review


@pytest.mark.parametrize(
    ("text", "review"),
    [
        ("keep gan/jade, vae/jade, by the A/B study ab", SyntheticReview("keep", "", "gan/jade, vae/jade", "ab")),
        (
            "keep gan/jade, by the A/B study ab, on other real images or splits",
            SyntheticReview("keep", "", "gan/jade", "ab", elsewhere=True),
        ),
        ("undecided gan/very rare, by the A/B study a, b", SyntheticReview("undecided", "", "gan/very rare", "a, b")),
        ("keep, Ada Lovelace: 40 of 40: all right", SyntheticReview("keep", "Ada Lovelace", "40 of 40: all right")),
        ("discard, Ada: stripes", SyntheticReview("discard", "Ada", "stripes")),
    ],
)
def test_what_was_written_is_read_back(text: str, review: SyntheticReview) -> None:
    assert parse_review(text) == review
    assert str(review) == text


def test_a_person_may_write_a_little_otherwise() -> None:
    assert parse_review(" Keep: Ada : looks right ") == SyntheticReview("keep", "Ada", "looks right")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no review"),
        ("Ada: 40 of 40 look right", "is no review"),
        ("kept, Ada: fine", "is no review"),
        ("keep", "is no review"),
        ("keep gan/jade", "is no review"),
        ("undecided, Ada: not sure", "is no review"),
        ("keep, A.: 40 of 40 look right", "does not say who says so"),
        ("keep, Ada: ok", "does not say why"),
        ("keeper gan/jade, by the A/B study ab", "is no review"),
    ],
)
def test_anything_else_is_refused_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(DataError, match=said) as caught:
        parse_review(text)
    assert "keep, Ada Lovelace: " in str(caught.value)


DESK = (
    "undecided, 2 reviewers at the desk: gan/jade 9 of 12 plausible, 0.750 (0.468 to 0.911), against 0.8; 24 reviews, "
    "alpha 0.61; batch jade: first, set 0123456789ab, line 7 of the audit trail"
)


def test_what_the_desk_writes_is_read_back_with_the_name_of_its_sample() -> None:
    review = parse_review(DESK)
    assert (review.word, review.by, review.batch) == ("undecided", "2 reviewers at the desk", "jade: first")
    assert str(review) == DESK
    assert parse_review(DESK.replace("undecided, 2 reviewers", "keep, 1 reviewer")).batch == "jade: first"


@pytest.mark.parametrize("cut", [60, 120, len(DESK) - 4])
def test_what_was_cut_off_is_not_taken_for_a_persons_word(cut: int) -> None:
    text = DESK.replace("undecided", "keep")
    with pytest.raises(DataError, match="is not what the desk writes"):
        parse_review(text[: cut - 5])
