"""Alert rules and the dashboard name only metrics and labels that a service exposes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.serving.watch.metrics import FAMILIES

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES, DASHBOARD = DEPLOY / "prometheus" / "alerts.yml", DEPLOY / "grafana" / "assay.json"
NAME = re.compile(r"\bassay_[a-z_]+")
LABELS = re.compile(r"\{([^{}]*)\}|\bby \(([^)]*)\)|\{\{ ?(?:\$labels\.)?([a-z]+) ?\}\}")
FOR_DURATION = re.compile(r"\d+[smhd]")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


def targets() -> Iterator[dict[str, Any]]:
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        yield from panel["targets"]


@pytest.fixture
def exposed(world) -> set[str]:
    """Names of samples that a service gives, as its registry describes them."""
    collectors = world.app.state.metrics._registry._collector_to_names
    families = [family for collector in collectors for family in collector.describe()]
    return {family.name + suffix for family in families for suffix in SUFFIXES[family.type]}


def test_rules_are_whole_and_no_alert_is_named_twice():
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) == 7
    for rule in rules():
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert FOR_DURATION.fullmatch(rule["for"])
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_rules_and_dashboard_name_only_metrics_that_a_service_gives(exposed):
    expressions = [rule["expr"] for rule in rules()] + [each["expr"] for each in targets()]
    named = {name for expression in expressions for name in NAME.findall(expression)}
    assert named <= exposed, sorted(named - exposed)
    assert set(FAMILIES) <= exposed
    watched = {name for name in FAMILIES if name.startswith(("assay_drift", "assay_alerts", "assay_estimated"))}
    assert watched <= named, "what the watcher measures is on the dashboard or in a rule"


def test_labels_are_those_of_the_metrics():
    known = {label for _, label in FAMILIES.values() if label} | {"status", "le", "route"}
    texts = [rule["expr"] + rule["annotations"]["summary"] for rule in rules()]
    texts += [each["expr"] + each["legendFormat"] for each in targets()]
    for text in texts:
        for selector, grouping, shown in LABELS.findall(text):
            pieces = [
                *re.findall(r"(\w+)\s*[=!]", selector),
                *re.findall(r"\w+", grouping),
                *([shown] if shown else []),
            ]
            assert set(pieces) <= known, text


def test_a_silent_watcher_and_a_silent_service_are_told_by_absence():
    absences = [rule["expr"] for rule in rules() if "absent(" in rule["expr"]]
    assert len(absences) == 2
    assert any("assay_last_look_seconds" in expression for expression in absences)


def test_panels_do_not_lie_on_each_other_and_ask_the_source_that_was_chosen():
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    cells = [
        (x, y)
        for each in panels
        for x in range(each["gridPos"]["x"], each["gridPos"]["x"] + each["gridPos"]["w"])
        for y in range(each["gridPos"]["y"], each["gridPos"]["y"] + each["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({each["id"] for each in panels}) == len(panels)
    assert {each["datasource"]["uid"] for each in targets()} == {"${datasource}"}
