"""Labels in the kinds of values that files hold."""

import pytest

from assay.data.labels import as_text, one_spelling
from assay.errors import DataError


def test_bytes_are_text_and_whole_numbers_keep_every_digit() -> None:
    assert as_text(b"k\xc3\xa4se") == "käse"
    assert as_text(9007199254740993) == "9007199254740993"
    assert as_text(3.0) == "3"


@pytest.mark.parametrize("label", ["['cat']", '["cat", "dog"]', "[0, 1]", "{'name': 'cat'}"])
def test_a_list_that_was_written_as_text_is_no_label(label: str) -> None:
    with pytest.raises(DataError, match="2 images have a list as text"):
        one_spelling({label: 2, "dog": 3}, "t.csv", merge=False)
    assert one_spelling({label: 2, "dog": 3}, "t.csv", merge=False, known=[label, "dog"])[label] == label


@pytest.mark.parametrize("label", ["[bold]x", "[/red]", "(a)", "{c}"])
def test_brackets_may_be_part_of_a_name(label: str) -> None:
    assert one_spelling({label: 2, "dog": 3}, "t.csv", merge=False)[label] == label


@pytest.mark.parametrize("label", ["#VALUE!", "#NV", "#NAME?", "#BEZUG!", "#DIV/0!"])
def test_what_a_failed_formula_shows_is_a_missing_value(label: str) -> None:
    with pytest.raises(DataError, match="which programs write where a value is missing"):
        one_spelling({label: 2, "dog": 3}, "t.csv", merge=False)


def test_yes_and_no_in_several_ways_are_asked_about() -> None:
    counts = {"0": 2, "1": 2, "False": 3, "True": 1}
    with pytest.raises(DataError, match="nearly equal") as refused:
        one_spelling(counts, "t.csv", merge=False)
    assert "'0' (2), 'False' (3)" in str(refused.value)
    assert one_spelling(counts, "t.csv", merge=True) == {"0": "False", "1": "1", "False": "False", "True": "1"}
    assert one_spelling({"0": 1, "1": 1}, "t.csv", merge=False) == {"0": "0", "1": "1"}


@pytest.mark.parametrize("label", ["cat+dog", "cat & dog", "cat/dog"])
def test_two_labels_with_a_sign_between_them_are_several(label: str) -> None:
    with pytest.raises(DataError, match="one label per image is needed"):
        one_spelling({label: 2, "dog": 3, "cat": 1}, "t.csv", merge=False)
