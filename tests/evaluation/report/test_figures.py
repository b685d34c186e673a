import warnings

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.metrics import precision_recall_curve as sklearn_precision_recall

from assay.evaluation.evidence import Band, Reliability, ReliabilityBin
from assay.evaluation.report import Subject, write_figures
from assay.evaluation.report.confusion import confusion_matrix, most_confused
from assay.evaluation.report.learning import learning_curves
from assay.evaluation.report.per_class import per_class_bars
from assay.evaluation.report.ranking import curves_chart, ranking_curves
from assay.evaluation.report.reliability import reliability_diagram
from assay.evaluation.report.selective import risk_at, risk_coverage, risk_coverage_chart
from assay.measurement import Measurement
from assay.pages.axes import nice_steps
from assay.pages.canvas import Canvas, beside
from assay.pages.marks import Area, Dot, Line, Text
from assay.pages.palette import DARK, LIGHT, SERIES
from assay.pages.svg import to_svg

CONFUSION = np.array([[8, 2, 0], [1, 5, 4], [0, 0, 0]])
NAMES = ("a", "b", "c")


def texts(canvas):
    return [mark.text for mark in canvas.marks if isinstance(mark, Text)]


def marks(canvas, kind, color):
    return [mark for mark in canvas.marks if isinstance(mark, kind) and mark.color == color]


def test_confusion_matrix_has_a_cell_per_pair_and_a_band_for_the_class_without_images():
    canvas = confusion_matrix(CONFUSION, NAMES)
    assert len(marks(canvas, Area, "blue")) == 2
    assert len(marks(canvas, Area, "orange")) == 3
    assert len(marks(canvas, Area, "grid")) == 2
    assert {"8", "80%", "2", "20%", "5", "50%", "1", "10%", "4", "40%"} <= set(texts(canvas))
    assert texts(canvas).count("no images") == 1


def test_confusion_cells_say_what_they_are():
    tips = [mark.tip for mark in marks(confusion_matrix(CONFUSION, NAMES), Area, "orange")]
    assert "true b, predicted c: 4 of 10 (40%)" in tips


@pytest.mark.parametrize("classes", [2, 4, 5, 12, 13, 30, 31, 50, 100])
def test_confusion_matrix_keeps_every_mark_on_the_canvas(classes):
    rng = np.random.default_rng(classes)
    canvas = confusion_matrix(rng.integers(0, 3, (classes, classes)), tuple(f"species {k:03d}" for k in range(classes)))
    for mark in canvas.marks:
        if isinstance(mark, Area):
            assert all(0 <= x <= canvas.width and 0 <= y <= canvas.height for x, y in mark.points)
        if isinstance(mark, Text) and mark.turn:
            assert mark.at[0] + len(mark.text) * 7 * 0.7 <= canvas.width + 4
    labelled = sum("species" in text for text in texts(canvas))
    assert labelled == (2 * classes if classes <= 30 else 0)


def test_most_confused_pairs_are_ordered_by_images_then_by_share():
    pairs = most_confused(np.array([[50, 4, 1], [4, 4, 0], [0, 1, 9]]), NAMES)
    assert [(pair.true, pair.predicted) for pair in pairs] == [("b", "a"), ("a", "b"), ("c", "b"), ("a", "c")]
    assert pairs[0].share == 0.5
    assert most_confused(np.eye(3, dtype=int), NAMES) == []


def test_reliability_diagram_draws_a_dot_per_bin_with_images_and_marks_the_unexpected():
    bins = (
        ReliabilityBin(0.0, 0.5, 0),
        ReliabilityBin(0.5, 0.75, 10, 0.6, 0.5, 0.3, 0.7, 0.4, 0.8),
        ReliabilityBin(0.75, 1.0, 90, 0.9, 0.6, 0.5, 0.7, 0.85, 0.95),
    )
    ece = Measurement(0.28, 0.2, 0.3, 100, "")
    canvas = reliability_diagram(Reliability(ece, Band(0, 0.1, 0.2), bins, ece, Band(0, 0.1, 0.2), bins), "Before")
    assert len(marks(canvas, Dot, "blue")) == 1
    assert len(marks(canvas, Dot, "orange")) == 1
    assert len(marks(canvas, Area, "muted")) == 2
    histogram = marks(canvas, Area, "blue")
    heights = [bar.points[2][1] - bar.points[0][1] for bar in histogram]
    assert heights[1] == pytest.approx(9 * heights[0])
    dot = marks(canvas, Dot, "orange")[0]
    assert "90 images, mean confidence 0.900: observed accuracy 0.600 (interval 0.50 to 0.70)" in dot.tip


def test_per_class_bars_have_three_whiskers_a_class_and_a_dash_where_undefined(case):
    labels = np.repeat([0, 1], 10)
    logits = np.zeros((20, 3))
    logits[np.arange(20), labels] = 3
    logits[:3] = [0, 3, 0]
    canvas = per_class_bars(case(labels, logits, NAMES).evidence)
    assert len(marks(canvas, Dot, "blue")) == 2 * 3
    assert texts(canvas).count("—") == 3
    assert "a (10)" in texts(canvas)
    assert "c (0)" in texts(canvas)


@pytest.mark.parametrize(("classes", "decimals"), [(2, 9), (3, 9), (4, 1), (12, 9)])
def test_curves_have_the_areas_that_scikit_learn_gives(random_case, classes, decimals):
    those = random_case([20] * classes)
    probabilities = np.round(those.probabilities, decimals)
    labels, names = those.predictions.labels, those.predictions.class_names
    roc, precision_recall = ranking_curves(labels, probabilities, names)
    assert [curve.name for curve in roc] == [curve.name for curve in precision_recall]
    for curves, score in ((roc, roc_auc_score), (precision_recall, average_precision_score)):
        expected = {name: score(labels == k, probabilities[:, k]) for k, name in enumerate(names)}
        expected["mean over classes"] = np.mean(list(expected.values()))
        for curve in curves:
            assert curve.area == pytest.approx(expected[curve.name])
    assert len(roc) == {2: 1, 3: 4, 4: 5, 12: 6}[classes]


def test_mean_curve_covers_the_area_it_states(random_case):
    those = random_case([30] * 5)
    for curves in ranking_curves(those.predictions.labels, those.probabilities, those.predictions.class_names):
        mean = curves[0]
        assert np.trapezoid(mean.y, mean.x) == pytest.approx(mean.area, abs=0.01)


def test_shown_classes_are_the_ones_ranked_worst(random_case):
    those = random_case([30] * 12)
    labels, probabilities = those.predictions.labels, those.probabilities
    roc, _ = ranking_curves(labels, probabilities, those.predictions.class_names)
    areas = [roc_auc_score(labels == k, probabilities[:, k]) for k in range(12)]
    assert [curve.name for curve in roc[1:]] == [f"class {k}" for k in sorted(np.argsort(areas)[:5])]


def test_precision_recall_stairs_pass_through_the_points_of_scikit_learn(random_case):
    those = random_case([15, 25])
    positive, scores = those.predictions.labels == 1, those.probabilities[:, 1]
    _, (curve,) = ranking_curves(those.predictions.labels, those.probabilities, those.predictions.class_names)
    precision, recall, _ = sklearn_precision_recall(positive, scores)
    drawn = set(zip(curve.x.round(9), curve.y.round(9), strict=True))
    assert set(zip(recall[:-1].round(9), precision[:-1].round(9), strict=True)) <= drawn


def test_chart_draws_one_line_per_curve_each_told_apart_without_colour(random_case):
    those = random_case([20] * 9)
    roc, _ = ranking_curves(those.predictions.labels, those.probabilities, those.predictions.class_names)
    canvas = curves_chart(roc, "ROC", "x", "y", chance=True)
    lines = [mark for mark in canvas.marks if isinstance(mark, Line) and mark.tip]
    assert len(lines) == len(roc) == len(SERIES)
    assert len({line.dash for line in lines}) == len(lines)


def test_large_curves_are_drawn_with_few_points_in_the_same_place():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 20_000)
    scores = rng.normal(labels, 1)
    probabilities = np.column_stack([-scores, scores])
    roc, _ = ranking_curves(labels, probabilities, ("no", "yes"))
    line = next(mark for mark in curves_chart(roc, "ROC", "x", "y", chance=False).marks if getattr(mark, "tip", ""))
    assert len(line.points) <= 800
    assert line.points[0] == (40, 306)
    assert line.points[-1] == (330, 44)


def test_risk_coverage_of_a_worked_example():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.7, 0.3], [0.6, 0.4]])
    coverage, risk = risk_coverage(np.array([0, 1, 0, 1, 0]), probabilities)
    assert coverage == pytest.approx([0.2, 0.4, 0.8, 1.0])
    assert risk == pytest.approx([0, 1 / 2, 2 / 4, 2 / 5])
    assert risk_at(coverage, risk, 0.5) == (0.8, 0.5)
    assert risk_at(coverage, risk, 0.8) == (0.8, 0.5)


@pytest.mark.parametrize("labels", [[0, 0], [1, 1], [0, 1]])
def test_risk_coverage_chart_is_drawn_when_all_or_nothing_is_right(labels):
    coverage, risk = risk_coverage(np.array(labels), np.array([[0.9, 0.1], [0.8, 0.2]]))
    svg = str(to_svg(risk_coverage_chart(coverage, risk)))
    assert "nan" not in svg
    assert "inf" not in svg


def test_learning_curves_mark_stages_and_the_best_epoch(history):
    loss, score, rate = learning_curves(history)
    assert {"head", "everything", "train", "val"} <= set(texts(loss))
    assert len(marks(loss, Dot, "blue")) == len(marks(loss, Dot, "orange")) == 6
    (best,) = marks(score, Dot, "orange")
    assert best.tip == "best: epoch 5"
    assert "1e-3" in texts(rate)


@pytest.mark.parametrize(
    "history",
    [
        pd.DataFrame(),
        pd.DataFrame({"stage": []}),
        pd.DataFrame({"stage": ["a"], "train/loss": [np.nan], "lr": [0.0]}),
        pd.DataFrame({"train/loss": [None, None]}),
    ],
    ids=["empty", "no epochs", "nothing finite", "nothing recorded"],
)
def test_history_that_says_nothing_gives_no_charts(history):
    assert learning_curves(history) == []


def test_history_of_one_epoch_is_drawn():
    (chart,) = learning_curves(pd.DataFrame({"epoch": [1], "train/loss": [0.5]}))
    assert len(marks(chart, Dot, "blue")) == 1


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.31, 0.74), (0, 1e-6), (3, 3), (-2.5, 1900)])
def test_steps_are_round_and_cover_the_range(low, high):
    steps = nice_steps(low, high)
    assert steps[0] <= low
    assert steps[-1] >= high
    assert 2 <= len(steps) <= 8
    assert np.allclose(np.diff(steps), steps[1] - steps[0])


def test_every_colour_has_a_value_in_light_and_dark():
    assert LIGHT.keys() == DARK.keys()
    assert {color for color, _ in SERIES} <= LIGHT.keys()


def test_canvases_side_by_side_keep_their_marks():
    one = Canvas(100, 50, "one")
    one.box(0, 0, 10, 10, "blue")
    one.text((5, 5), "here")
    both = beside("both", [one, one], gap=20)
    assert (both.width, both.height) == (220, 50)
    assert [mark.at[0] for mark in both.marks if isinstance(mark, Text)] == [5, 125]


def test_svg_holds_names_as_text():
    canvas = Canvas(10, 10, 'a "quoted" <title>')
    canvas.text((0, 0), "<script>&")
    canvas.dot((1, 1), "blue", tip="</title><b>")
    svg = str(to_svg(canvas))
    assert "&lt;script&gt;&amp;" in svg
    assert "<title>&lt;/title&gt;&lt;b&gt;</title>" in svg
    assert "<b>" not in svg


def test_figures_are_written_as_pictures_of_some_content(random_case, tmp_path, history):
    those = random_case([10, 8, 6], ("plain", "พระ 🧿", "$\\frac$ % _a_"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        subject = Subject(those.evidence, those.predictions, those.probabilities, history)
        paths = write_figures(tmp_path / "figures", subject)
    assert {path.name for path in paths} == {
        "reliability.png", "confusion.png", "per_class.png", "curves.png", "learning.png"
    }  # fmt: skip
    for path in paths:
        with Image.open(path) as image:
            assert image.format == "PNG"
            assert min(image.size) > 200
            assert len(image.convert("RGB").getcolors(1 << 24)) > 20
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {path.name for path in paths}


def test_a_notebook_shows_a_canvas_with_its_colours_and_nothing_from_elsewhere():
    canvas = Canvas(100, 50, "a <b>")
    canvas.line([(0, 0), (9, 9)], "blue", opacity=0.5)
    shown = canvas._repr_html_()
    assert f"--blue:{LIGHT['blue']};" in shown
    assert 'stroke="var(--blue)"' in shown
    assert 'stroke-opacity="0.5"' in shown
    assert "a &lt;b&gt;" in shown
    assert "<script" not in shown
    assert len(repr(canvas)) < 100
