from dataclasses import replace

import pytest

from assay.evaluation.ood import DomainShares, Histogram, OodEvidence, OodSet
from assay.evaluation.report import Subject, write_figures
from assay.evaluation.report.ood import histograms
from assay.evaluation.separation import Separation
from assay.measurement import Measurement


def measured(value: float) -> Measurement:
    return Measurement(value, max(value - 0.1, 0), min(value + 0.1, 1), 50, "made up")


def separation(auroc: float) -> Separation:
    return Separation(measured(auroc), measured(0.4), measured(0.6))


@pytest.fixture
def ood() -> OodEvidence:
    shares = DomainShares(50, measured(0.31), measured(0.21), measured(0.11), {"shorter_side": 2, "sharpness": 5})
    sets = tuple(
        OodSet(name, 50, 5, shares, {"knn": separation(first), "vim": separation(second)})
        for name, first, second in (("cats", 0.91, 0.72), ("dogs", 0.63, 0.84))
    )
    histogram = Histogram((1.0, 10.0, 100.0), {"test": (0.9, 0.1), "cats": (0.2, 0.8), "dogs": (0.5, 0.5)})
    notes = ("99 images are needed.",)
    return OodEvidence("vim", "set in the config", 0.05, 0.01, (20.0, None), 40, shares, sets, histogram, notes)


def test_the_page_shows_panel_rates_cut_offs_and_notes(random_case, page_of, ood) -> None:
    case = random_case([20, 20])
    case.evidence = replace(case.evidence, ood=ood)
    page = page_of(case)
    assert "ood" in page.ids
    for words in (
        "0.910",
        "0.840",
        "vim (in use)",
        "cats 50 images, 5 groups",
        "target ≤ 0.050",
        "sharpness 5, shorter side 2",
        "above: out no cut-off",
        "above: unsure 20",
        "99 images are needed.",
    ):
        assert words in page.text, words


def test_detectors_come_by_mean_auroc_and_the_best_of_each_set_is_marked(random_case, page_of, ood) -> None:
    case = random_case([20, 20])
    case.evidence = replace(case.evidence, ood=ood)
    page = page_of(case)
    assert page.text.index("vim (in use)") < page.text.index("knn")
    assert "<b>0.910</b>" in page.source
    assert "<b>0.840</b>" in page.source
    assert "<b>0.720</b>" not in page.source


def test_without_sets_only_the_rates_are_shown_and_without_ood_nothing(random_case, page_of, ood) -> None:
    case = random_case([20, 20])
    case.evidence = replace(case.evidence, ood=replace(ood, sets=(), histogram=None))
    assert "Detection rate of both stages" in page_of(case).text
    assert "AUROC of each detector" not in page_of(case).text
    case.evidence = replace(case.evidence, ood=None)
    assert "ood" not in page_of(case).ids


def test_each_set_has_a_histogram_whose_bars_are_its_shares(ood, random_case, tmp_path) -> None:
    charts = histograms(ood)
    assert [chart.title.split(" on ")[1] for chart in charts] == [
        "test images and",
        "test images and",
    ]
    tips = [mark.tip for mark in charts[0].marks if getattr(mark, "tip", "")]
    assert tips == [
        "test: 90.0% from 1 to 10",
        "test: 10.0% from 10 to 100",
        "cats: 20.0% from 1 to 10",
        "cats: 80.0% from 10 to 100",
        "unsure: 20",
    ]
    assert "score of vim, log scale" in [getattr(mark, "text", "") for mark in charts[0].marks]
    assert histograms(replace(ood, histogram=None)) == []
    case = random_case([20, 20])
    write_figures(tmp_path, Subject(replace(case.evidence, ood=ood), case.predictions, case.probabilities))
    assert (tmp_path / "ood.png").stat().st_size > 1000
