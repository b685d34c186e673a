"""What is written: JSON there and back, CSV, Markdown, the page, and the pictures."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml

from assay.comparison.comparison import Comparison
from assay.errors import DataError
from assay.pages.canvas import Canvas
from assay.pages.marks import Dot, Line, Text
from assay.studies.decision.decision import COLUMNS, Decision
from assay.studies.decision.figures import AxisScale, pareto_plots, write_figures
from assay.studies.decision.markdown import escaped, to_markdown
from assay.studies.decision.method import policy_yaml
from assay.studies.decision.page import write_page
from assay.studies.decision.policy import Policy


@pytest.fixture
def decision(decided, variant) -> Decision:
    return decided(
        variant("lite <b>|_x_", (0.87, 0.89, 0.91), latency=(9.0, 10.0, 11.0), size=5.0),
        variant("large", (0.89, 0.91, 0.93), latency=(90.0, 100.0, 110.0), size=40.0),
        variant("behind", (0.86, 0.865, 0.868), latency=(190.0, 200.0, 210.0), size=49.0),
        variant("poor", (0.60, 0.62, 0.64), f1={"bad": (0.4, 0.5, 0.6), "good": (0.8, 0.86, 0.9)}, size=1.0),
        variant("untimed", latency="absent"),
        variant("failed", trainings=1, failed=1),
    )


@pytest.fixture
def nothing(decided, variant) -> Decision:
    return decided(variant("one", (0.70, 0.72, 0.74)), variant("two", None, size=99.0))


def test_json_comes_back_as_it_went(decision: Decision, nothing: Decision, tmp_path: Path) -> None:
    for one in (decision, nothing):
        one.save_json(tmp_path / "d.json")
        assert Decision.load(tmp_path / "d.json") == one


def test_a_file_that_is_no_decision_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"schema": 99}')
    (tmp_path / "b.json").write_text("[]")
    with pytest.raises(DataError, match="not a decision of this version"):
        Decision.load(tmp_path / "a.json")
    with pytest.raises(DataError, match="cannot be read as a decision"):
        Decision.load(tmp_path / "b.json")
    with pytest.raises(DataError, match="cannot be read as a decision"):
        Decision.load(tmp_path / "c.json")


def test_a_comparison_comes_back_as_it_went(comparison, tmp_path: Path) -> None:
    made = comparison("a", {"b": ("better", 0.1, None), "c": ("not established", 0.01, 40)})
    made.save_json(tmp_path / "c.json")
    assert Comparison.load(tmp_path / "c.json") == made
    (tmp_path / "c.json").write_text("{}")
    with pytest.raises(DataError, match="not a comparison of this version"):
        Comparison.load(tmp_path / "c.json")


def test_the_table_has_a_row_for_every_variant_metric_and_class(decision: Decision, tmp_path: Path) -> None:
    decision.save_csv(tmp_path / "d.csv")
    with (tmp_path / "d.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 6 * 5
    bad = next(row for row in rows if (row["variant"], row["class"]) == ("poor", "bad"))
    assert (bad["criterion"], bad["value"], bad["state"], bad["n"]) == ("at least 0.85", "0.5", "missed", "100")
    assert {row["role"] for row in rows if row["place"] == "1"} == {"chosen"}


def test_the_policy_in_the_report_is_the_policy_that_decided(decision: Decision, policy) -> None:
    assert Policy(**yaml.safe_load(policy_yaml(decision))).demands == policy().demands
    assert yaml.safe_load(policy_yaml(decision))["objectives"] == list(policy().objectives)


def test_the_page_is_whole_safe_and_says_what_was_decided(
    decision: Decision, nothing: Decision, parsed, tmp_path: Path
) -> None:
    write_page(tmp_path / "d.html", decision, facts={"study": "a & b"})
    source = (tmp_path / "d.html").read_text()
    text = parsed(source).text
    assert "<b>|_x_" not in source
    assert "Take lite <b>|_x_" in text
    assert decision.reason in text
    assert "a & b" in text
    assert "✗ missed 0.500 0.400–0.600 bad" in text
    assert all(one.name in text for one in decision.candidates)
    assert "http" not in source.replace("http-equiv", "")
    write_page(tmp_path / "n.html", nothing, facts={})
    text = parsed((tmp_path / "n.html").read_text()).text
    assert "Take none" in text
    assert "What each variant lacks" in text


def test_markdown_is_a_table_that_names_cannot_break(decision: Decision) -> None:
    text = to_markdown(decision, picture="pareto.png", command="assay decide study=x policy=y")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + len(decision.candidates)
    assert {row.replace("\\|", "").count("|") for row in rows} == {8}
    assert "**lite \\<b\\>\\|\\_x\\_**" in text
    assert "![Pareto front](pareto.png)" in text
    assert escaped(decision.answer) in text
    assert escaped("efficientnet_lite0 *a* _b_") == "efficientnet_lite0 \\*a\\* \\_b\\_"


def test_the_pictures_show_every_variant_that_has_the_values(decision: Decision) -> None:
    plots = pareto_plots(decision)
    assert list(plots) == ["cost_latency_p95_ms", "cost_size_mb"]
    for canvas in plots.values():
        named = {mark.text for mark in canvas.marks if isinstance(mark, Text)}
        assert {"lite <b>|_x_", "large", "behind", "poor"} <= named
        bold = [mark.text for mark in canvas.marks if isinstance(mark, Text) and mark.bold]
        assert bold[1:] == ["lite <b>|_x_"]
        crossed = [mark for mark in canvas.marks if isinstance(mark, Line) and mark.color == "orange"]
        assert len(crossed) == 2  # "behind" alone is dominated for certain
    assert "untimed" not in texts(plots["cost_latency_p95_ms"])
    assert "log scale" in " ".join(texts(plots["cost_latency_p95_ms"]))


def test_better_is_further_up_and_cheaper_further_left(decision: Decision) -> None:
    canvas = pareto_plots(decision)["cost_latency_p95_ms"]
    dots = {mark.tip.partition(",")[0]: mark.center for mark in canvas.marks if isinstance(mark, Dot)}
    assert dots["large"][1] < dots["behind"][1] < dots["poor"][1]
    assert dots["poor"][0] < dots["large"][0] < dots["behind"][0]


def test_a_scale_is_logarithmic_where_values_are_of_different_size() -> None:
    scale = AxisScale.of("cost/size_mb", [1.0, 100.0])
    assert scale.log
    assert scale.at(10.0) == pytest.approx((scale.at(1.0) + scale.at(100.0)) / 2)
    assert not AxisScale.of("cost/size_mb", [10.0, 20.0]).log
    assert AxisScale.of("macro_f1", [0.5, 0.5]).at(0.5) == 0.5


def test_sizes_that_differ_by_bytes_lie_at_the_same_place() -> None:
    scale = AxisScale.of("cost/size_mb", [20.30001, 20.30002])
    assert abs(scale.at(20.30001) - scale.at(20.30002)) < 0.001 * (scale.high - scale.low)
    assert len({f"{one:.3g}" for one in scale.ticks}) == len(scale.ticks) >= 2


def test_one_objective_has_no_picture_and_leaves_none_behind(decided, variant, tmp_path: Path) -> None:
    both = decided(variant("a"), variant("b"))
    assert write_figures(tmp_path, both) == [tmp_path / "pareto.png"]
    assert write_figures(tmp_path, decided(variant("a"), objectives=["macro_f1"])) == []
    assert not (tmp_path / "pareto.png").exists()


def test_many_variants_of_long_names_all_fit(decided, variant) -> None:
    many = [
        variant(f"backbone_{place}, loss=balanced_softmax", (0.85, 0.9 + place / 1000, 0.95), size=10.0 + place)
        for place in range(12)
    ]
    for canvas in pareto_plots(decided(*many)).values():
        assert all(0 <= mark.at[0] <= canvas.width for mark in canvas.marks if isinstance(mark, Text))


def texts(canvas: Canvas) -> list[str]:
    return [mark.text for mark in canvas.marks if isinstance(mark, Text)]
