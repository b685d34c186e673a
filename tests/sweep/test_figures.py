"""Figures of a sweep: marks stand where the trials say, whatever the size of the study."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from assay.pages.canvas import Canvas
from assay.pages.marks import Area, Dot, Line, Text
from assay.pages.svg import to_svg
from assay.sweep.figures import as_pictures, draw
from assay.sweep.figures.front import fronts
from assay.sweep.figures.history import histories
from assay.sweep.figures.importance import importance_bars
from assay.sweep.figures.parallel import parallel
from assay.sweep.figures.scale import room_for, share, short, ticks
from assay.sweep.figures.slices import slices
from assay.sweep.importance import Importance, importances
from assay.sweep.outcome import Outcomes, Variable, as_outcomes

RATE = {"optimizer.lr": FloatDistribution(1e-4, 1, log=True)}


def texts(canvas: Canvas) -> list[str]:
    return [mark.text for mark in canvas.marks if isinstance(mark, Text)]


def tipped(canvas: Canvas, kind: type, beginning: str) -> list:  # type: ignore[type-arg]
    return [mark for mark in canvas.marks if isinstance(mark, kind) and mark.tip.startswith(beginning)]


def text_ends(mark: Text) -> tuple[float, float]:
    """Left and right end of a line of text, with half its size for each letter."""
    width = len(mark.text) * mark.size * 0.5 * math.cos(math.radians(mark.turn))
    left = mark.at[0] - width * {"start": 0, "middle": 0.5, "end": 1}[mark.anchor]
    return left, left + width


def center(area: Area) -> tuple[float, float]:
    xs, ys = zip(*area.points, strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def middle(value: float, canvas: Canvas) -> float:
    """Row of a number at the left axis; its text stands four pixels lower."""
    (row,) = {mark.at[1] - 4 for mark in canvas.marks if isinstance(mark, Text) and mark.text == short(value)}
    return row


def noisy(trial) -> float | str:  # type: ignore[no-untyped-def]
    value = 0.8 - 0.03 * (math.log10(trial.params["optimizer.lr"]) + 2.5) ** 2
    return {3: f"pruned {value - 0.1}", 7: "RuntimeError: <CUDA> & co"}.get(trial.number % 11, value)


@pytest.mark.parametrize("trials", [1, 3, 200])
@pytest.mark.parametrize("dimensions", [1, 8])
def test_every_figure_is_valid_and_keeps_to_its_canvas(studied, outcomes_of, wide, trials, dimensions) -> None:
    study = studied(dict(list(wide.items())[:dimensions]), noisy, trials=trials)
    sweep = outcomes_of(study)
    order = Importance("val/macro_f1", dict.fromkeys(wide, 0.1), trials, 0.9, ())
    figures = as_pictures(draw(sweep, [order]))
    assert set(figures) == {"history", "importance", "parallel", "slices"}
    for name, canvas in figures.items():
        ElementTree.fromstring(str(to_svg(canvas)))
        for mark in canvas.marks:
            if isinstance(mark, Text):
                assert text_ends(mark)[0] >= -1
                assert text_ends(mark)[1] <= canvas.width + 1, (name, mark)
            points = (
                mark.points if isinstance(mark, Line | Area) else [mark.center if isinstance(mark, Dot) else mark.at]
            )
            assert all(-1 <= x <= canvas.width + 1 and -1 <= y <= canvas.height + 1 for x, y in points), (name, mark)
            assert all(map(math.isfinite, (value for point in points for value in point)))


def test_a_study_without_a_complete_trial_has_figures_of_what_there_is(studied, outcomes_of) -> None:
    sweep = outcomes_of(studied(RATE, lambda t: "no disk", trials=4))
    figures = draw(sweep, importances([], ["val/macro_f1"], ["maximize"]))
    assert set(figures) == {"history", "parallel"}
    assert "no trial has a value" in texts(figures["history"][0])
    assert draw(Outcomes(("m",), ("maximize",), (), (), ()), [])["history"]


def test_history_has_each_trial_at_its_number_and_value(studied, outcomes_of) -> None:
    values = [0.2, 0.6, "pruned 0.3", 0.4, "out of memory", 0.8, 0.7]
    (canvas,) = histories(outcomes_of(studied(RATE, lambda t: values[t.number], trials=7)))
    (first,), (fourth,) = tipped(canvas, Dot, "trial 0:"), tipped(canvas, Dot, "trial 3:")
    assert first.center[1] == pytest.approx(middle(0.2, canvas))
    assert fourth.center[1] == pytest.approx(middle(0.4, canvas))
    best = tipped(canvas, Area, "trial 5: val/macro_f1 0.8000")
    assert {mark.color for mark in best} == {"surface", "green"}
    assert center(best[0])[1] == pytest.approx(middle(0.8, canvas))
    pruned = tipped(canvas, Area, "trial 2: pruned")
    assert center(pruned[0])[1] == pytest.approx((middle(0.2, canvas) + middle(0.4, canvas)) / 2)
    cross = tipped(canvas, Line, "trial 4: failed, out of memory")
    assert len(cross) == 2
    assert min(y for mark in cross for _, y in mark.points) > middle(0.2, canvas)
    gap = (fourth.center[0] - first.center[0]) / 3
    assert center(best[0])[0] - first.center[0] == pytest.approx(5 * gap)
    (stairs,) = tipped(canvas, Line, "best so far")
    rows = [y for _, y in stairs.points]
    assert rows == sorted(rows, reverse=True), "it never falls"
    assert rows[-1] == pytest.approx(middle(0.8, canvas))
    assert "trial 5: 0.8000" in texts(canvas)
    assert {"5 complete", "1 pruned (last report)", "1 failed"} <= set(texts(canvas))


def test_the_best_so_far_falls_where_less_is_better(studied, outcomes_of) -> None:
    values = [3.0, 5.0, 2.0, 4.0, 1.0]
    (canvas,) = histories(outcomes_of(studied(RATE, lambda t: values[t.number], trials=5, directions=["minimize"])))
    (stairs,) = tipped(canvas, Line, "best so far; in the end 1.0000")
    rows = [y for _, y in stairs.points]
    assert rows == sorted(rows)


def test_a_trial_that_diverged_is_drawn_at_the_edge_and_said(studied, outcomes_of) -> None:
    sweep = outcomes_of(
        studied(RATE, lambda t: 1e8 if t.number == 4 else t.number / 20, trials=12, directions=["minimize"])
    )
    room = room_for(sweep, 0)
    assert room is not None
    assert room.beyond == 1
    assert room.ends[1] < 5
    (canvas,) = histories(sweep)
    (mark,) = tipped(canvas, Area, "trial 4: val/macro_f1 1e+08")
    assert len(mark.points) == 3, "a triangle that points beyond"
    assert any("1 trial is above" in text for text in texts(canvas))


def test_few_trials_are_never_called_far_off(studied, outcomes_of) -> None:
    sweep = outcomes_of(studied(RATE, lambda t: [0.8, 0.79, 0.1][t.number], trials=3))
    room = room_for(sweep, 0)
    assert room is not None
    assert room.beyond == 0


def test_bars_are_as_long_as_their_shares() -> None:
    found = Importance("m", {"lr": 0.6, "loss": 0.15}, 40, 0.9, ("temperature",))
    (canvas,) = importance_bars([found])
    lengths = {
        mark.tip.split(":")[0]: mark.points[1][0] - mark.points[0][0] for mark in canvas.marks if isinstance(mark, Area)
    }
    assert lengths["lr"] == pytest.approx(4 * lengths["loss"])
    assert lengths["interactions, variables in combination"] == pytest.approx(lengths["lr"] * 0.25 / 0.6)
    assert {"60%", "15%", "25%", "temperature", "not in every trial"} <= set(texts(canvas))
    assert importance_bars([Importance("m", None, 2, None, (), "too few")]) == []


def test_a_value_lies_where_its_scale_says() -> None:
    assert share(Variable("lr", 1e-4, 1, log=True), 0.01) == pytest.approx(0.5)
    assert share(Variable("x", 10, 30), 25) == pytest.approx(0.75)
    assert share(Variable("loss", options=("a", "b", "c", "d")), "b") == pytest.approx(3 / 8)
    assert share(Variable("x", 2, 2), 2) == 0.5
    rates = ticks(Variable("lr", 1e-4, 1, log=True))
    assert rates == [
        (pytest.approx(place / 4), said) for place, said in enumerate(["1e-4", "0.001", "0.01", "0.1", "1"])
    ]
    assert [said for _, said in ticks(Variable("lr", 0.02, 0.09, log=True))] == ["0.02", "0.05"]
    assert [said for _, said in ticks(Variable("x", 0.0, 1.0))] == ["0", "0.5", "1"]


def test_numbers_with_few_values_have_a_place_each(studied, outcomes_of) -> None:
    space = {
        "size": IntDistribution(96, 224, step=32),
        "drop": FloatDistribution(0.1, 0.5, step=0.1),
        "epochs": IntDistribution(5, 60),
        "lr": FloatDistribution(1e-4, 1, log=True),
    }
    found = {variable.name: variable for variable in outcomes_of(studied(space, lambda t: 0.5, trials=30)).variables}
    assert found["size"].options == ("96", "128", "160", "192", "224")
    assert found["drop"].options == ("0.1", "0.2", "0.3", "0.4", "0.5")
    assert not found["epochs"].options
    assert (found["lr"].log, found["lr"].low, found["lr"].high) == (True, 1e-4, 1)


def test_slices_stand_trials_above_their_value_and_name_the_options(studied, outcomes_of) -> None:
    space = {"lr": FloatDistribution(0, 10), "loss": CategoricalDistribution(("cross_entropy", "focal"))}
    sweep = outcomes_of(studied(space, lambda t: t.params["lr"] / 10, trials=25))
    first, second = slices(sweep)
    dots = {mark.tip.split(":")[0]: mark.center for mark in first.marks if isinstance(mark, Dot)}
    for trial in sweep.trials:
        if trial.number not in sweep.best:
            (place,) = [at for said, at in dots.items() if said.startswith(f"trial {trial.number} at")]
            assert (place[0] - 44) / 210 == pytest.approx((trial.values[0] + 0.05) / 1.1)
    assert {"cross_entropy", "focal"} <= set(texts(second))
    focal = sorted(trial.values[0] for trial in sweep.trials if trial.point["loss"] == "focal")
    median = focal[len(focal) // 2] if len(focal) % 2 else sum(focal[len(focal) // 2 - 1 : len(focal) // 2 + 1]) / 2
    assert tipped(second, Line, f"median of {len(focal)} trials, focal: {median:.4f}")
    assert [canvas.title for canvas in slices(sweep, 0, ["loss"])] == [
        "val/macro_f1 against loss",
        "val/macro_f1 against lr",
    ]


def test_a_line_of_parallel_coordinates_runs_through_value_and_point(studied, outcomes_of) -> None:
    space = {"x": FloatDistribution(0, 10), "y": FloatDistribution(1e-4, 1, log=True)}
    sweep = outcomes_of(
        studied(space, lambda t: ["out of memory", "pruned 0.1", t.params["x"]][min(t.number, 2)], trials=20)
    )
    canvas = parallel(sweep)
    assert canvas is not None
    top, height = 84.0, 270.0
    for trial in sweep.of("complete"):
        (line,) = tipped(canvas, Line, f"trial {trial.number},")
        assert line.points[1][1] == pytest.approx(top + (1 - trial.point["x"] / 10) * height)
        assert line.points[2][1] == pytest.approx(top + (1 - (math.log10(trial.point["y"]) + 4) / 4) * height)
    widths = {trial.number: tipped(canvas, Line, f"trial {trial.number},")[0].width for trial in sweep.trials}
    assert max(widths, key=lambda number: widths[number]) == sweep.best[0]
    dashed = {number for number in widths if tipped(canvas, Line, f"trial {number},")[0].dash}
    assert dashed == {0, 1}
    assert tipped(canvas, Line, "trial 0,")[0].points[0][1] > top + height, "without a value, under the axis"
    assert {"best", "best tenth", "other complete", "pruned", "failed", "no value"} <= set(texts(canvas))


def test_the_front_is_drawn_with_its_staircase_on_the_worse_side(studied, outcomes_of) -> None:
    points = [(0.9, 30.0), (0.8, 20.0), (0.7, 10.0), (0.7, 25.0), (0.6, 22.0)]
    study = studied(RATE, lambda t: points[t.number], trials=5, directions=["maximize", "minimize"])
    sweep = outcomes_of(study)
    assert sorted(sweep.best) == [0, 1, 2]
    (canvas,) = fronts(sweep)
    squares = {mark.tip.split(":")[0]: center(mark) for mark in canvas.marks if isinstance(mark, Area) and mark.tip}
    assert set(squares) == {"trial 0", "trial 1", "trial 2"}
    assert len(tipped(canvas, Dot, "trial")) == 2
    (stairs,) = [mark for mark in canvas.marks if isinstance(mark, Line) and mark.color == "green"]
    corner = stairs.points[1]
    assert corner == pytest.approx((squares["trial 1"][0], squares["trial 2"][1])), "slower, and no better yet"
    assert fronts(outcomes_of(studied(RATE, lambda t: 0.1, trials=3))) == []


def test_three_metrics_have_a_front_for_each_pair(studied, outcomes_of) -> None:
    study = studied(
        RATE,
        lambda t: [t.params["optimizer.lr"], t.number, 5.0 - t.number],
        trials=5,
        directions=["maximize", "minimize", "minimize"],
    )
    assert len(fronts(outcomes_of(study))) == 3


def test_the_front_of_anything_with_values_is_that_of_optuna(studied) -> None:
    directions = ["maximize", "minimize", "minimize"]
    study = studied(
        {name: FloatDistribution(0, 1, step=0.25) for name in "abc"},
        lambda t: list(t.params.values()),
        trials=60,
        directions=directions,
    )
    found = as_outcomes([trial.values for trial in study.trials], ["a", "b", "c"], directions)
    assert set(found.best) == {trial.number for trial in study.best_trials}
    assert len(fronts(found)) == 3
