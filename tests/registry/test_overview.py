from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assay.registry.aliases import registered
from assay.registry.report.figure import judged_plot
from assay.registry.report.overview import Overview, overview
from assay.registry.report.page import write_page
from assay.registry.report.words import describe
from assay.registry.versions import versions


def seen(world: Any) -> Overview:
    aliases = registered(world.store, "cell grades").aliases
    known = versions(world.store, "cell grades")
    return overview("cell grades", world.registry.entries(), known, aliases, world.registry.verify())


def test_nothing_is_silent_neither_refusals_nor_overrides_nor_what_came_in_by_other_ways(
    two: Any, overridden: Any, tmp_path: Path
) -> None:
    two.registry.record(two.refused(2))
    refused = two.refused(2)
    metrics = {**refused.metrics, "f1/jade": refused.metrics["macro_f1"]}
    forced = replace(refused, time="2026-02-01", decision="promote", override=overridden, metrics=metrics)
    two.registry.promote(forced, two.bundles[2], seen=two.registry.state())
    two.store.client.create_model_version("cell grades", str(tmp_path))
    model = seen(two)
    assert [(view.version, view.outcome, view.aliases) for view in model.versions] == [
        ("4", "unjudged", ()),
        ("3", "overridden", ("champion",)),
        ("2", "passed", ("previous",)),
        ("1", "passed", ()),
    ]
    assert model.versions[1].why == "Grace: the old one is unsafe"
    assert model.counts == "4 judged: 2 passed, 1 refused, 1 overridden"
    assert model.reigns == ("1", "2", "3")
    assert model.reigned("macro_f1") == pytest.approx([0.7, 0.75, 0.8])
    assert [(one.outcome, one.version) for one in model.judged] == [
        ("passed", "1"),
        ("passed", "2"),
        ("refused", ""),
        ("overridden", "3"),
    ]
    plot = judged_plot(model)
    assert plot is not None
    tips = [mark.tip for mark in plot.marks if getattr(mark, "tip", "")]
    assert any("tiny 2: 0.800 [0.750, 0.850], refused" in tip for tip in tips)
    write_page(tmp_path / "page.html", [model])
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "promoted although the gate refused it, by Grace: the old one is unsafe" in page
    assert "4 judged: 2 passed, 1 refused, 1 overridden" in page
    assert ">F1 of jade</th>" in page
    assert "<script" not in page


def test_a_candidate_that_its_canary_kept_back_did_not_pass(world: Any) -> None:
    world.registry.promote(world.judged(1), world.bundles[1], seen=world.registry.state())
    world.registry.keep_back(world.judged(2), reason="its share failed", counts={"stage": "share"})
    model = seen(world)
    assert [(one.outcome, one.version) for one in model.judged] == [("passed", "1"), ("kept back", "")]
    assert model.counts == "2 judged: 1 passed, 0 refused, 0 overridden, 1 kept back by a canary"
    tips = [mark.tip for mark in judged_plot(model).marks if getattr(mark, "tip", "")]
    assert any(", kept back, " in tip for tip in tips)


def test_what_somebody_wrote_is_text_and_not_markup(world: Any, overridden: Any, tmp_path: Path) -> None:
    forced = replace(world.refused(0), decision="promote", override=replace(overridden, reason="<b>now</b>"))
    world.registry.promote(forced, world.bundles[0], seen=world.registry.state())
    write_page(tmp_path / "page.html", [seen(world)])
    assert "Grace: &lt;b&gt;now&lt;/b&gt;" in (tmp_path / "page.html").read_text("utf-8")


def test_entries_are_told_in_words_and_a_broken_one_says_so(two: Any) -> None:
    entries = two.registry.entries()
    assert describe(entries[0]).about.endswith("gate default, checks passed: 1")
    assert describe(entries[3]).about == "version 2 by gate default, after version 1"
    assert describe(replace(entries[3], content="{")).about == "what it says can no longer be read"
    assert describe(replace(entries[0], content='{"verdict":{}}')).mark == "?"
