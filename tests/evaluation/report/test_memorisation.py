from dataclasses import replace

import numpy as np
import pytest

from assay.evaluation.memorisation import measure_memorisation
from assay.evaluation.report import write_figures
from assay.evaluation.report.sections.memorisation import MOST_CLASSES, rows_to_show
from assay.evaluation.report.subject import Subject


@pytest.fixture
def remembered(case):
    """A run that knows all of its training images, and of class 0 nothing else."""

    def build(classes: int = 3):
        labels = np.repeat(np.arange(classes), 30)
        built = case(labels, 4 * np.eye(classes)[labels])
        said = np.where(labels == 0, 1, labels)
        val = replace(built.predictions, split="val", logits=4 * np.eye(classes, dtype=np.float32)[said])
        train = replace(built.predictions, split="train")
        draws = np.where(labels == 0, 80, 10)
        found = measure_memorisation(train, val, draws, 10, resamples=30)
        return replace(built, evidence=replace(built.evidence, memorisation=found))

    return build


def test_each_class_has_its_gap_and_its_draws_on_the_page(remembered, page_of) -> None:
    page = page_of(remembered())
    assert "memorisation" in page.ids
    text = " ".join(page.text.split())
    assert "Memorisation (generalisation gap)" in text
    assert "1.00 0.84 to 1.00" in text  # all against none of 30: 1 - sqrt(2) · 0.1135, the far end of Wilson's interval
    assert "8.00" in text


def test_without_this_evidence_the_section_is_left_out(random_case, page_of) -> None:
    assert "memorisation" not in page_of(random_case([5, 5])).ids


def test_of_many_classes_those_with_the_largest_gap_are_shown(remembered, tmp_path) -> None:
    built = remembered(MOST_CLASSES + 4)
    rows, left_out = rows_to_show(built.evidence.memorisation)
    assert (len(rows), left_out, rows[0].name) == (MOST_CLASSES, 4, "class 0")
    write_figures(tmp_path, Subject(built.evidence, built.predictions, built.probabilities))
    assert (tmp_path / "memorisation.png").stat().st_size > 1000
