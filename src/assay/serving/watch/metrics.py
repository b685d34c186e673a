"""Metrics of the watcher for Prometheus: what its last look saw, and how long ago that was."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from assay.data.quality import STATISTICS
from assay.monitoring.alert import KINDS
from assay.postprocess.ood.two_stage import DOMAINS
from assay.serving.watch.state import StateReader, WatchState

MEASURES = (*STATISTICS, "components", "confidence", "predicted", "rejected", "domain")
"""All values of the label `measure`: statistics of pixels, and what else drift is measured in."""
FAMILIES = {
    "assay_last_look_seconds": ("Seconds since the watcher looked", ""),
    "assay_look_interval_seconds": ("Seconds between two looks of the watcher", ""),
    "assay_last_prediction_seconds": ("Seconds since an answer was given", ""),
    "assay_alerts_open": ("Alerts that are not resolved", "kind"),
    "assay_alerts_calling": ("Alerts that nobody has acknowledged, muted or resolved", "kind"),
    "assay_window_pictures": ("Answers in the window of the last look", ""),
    "assay_drift_effect": ("How far the window is from the reference: KS distance, Cramer's V or MMD", "measure"),
    "assay_drift_p_value": ("Holm-adjusted p of the comparison with the reference", "measure"),
    "assay_drift_alarm": ("1 where the measure has changed beyond what false alarms are allowed", "measure"),
    "assay_estimated_accuracy": ("Accuracy now, estimated without labels or with few", ""),
    "assay_estimated_accuracy_lower": ("Lower end of its interval at 95 %", ""),
    "assay_estimated_accuracy_upper": ("Upper end of its interval at 95 %", ""),
    "assay_reject_rate": ("Share of answers with a rejected confidence", ""),
    "assay_false_alarm_rate": ("Share of the reviewed real pictures that were called generated", ""),
    "assay_operating_alarms": ("Arms and keys with a rate above its bound", ""),
    "assay_domain_rate": ("Share of answers in, out of or unsurely within the domain", "domain"),
}
"""Name -> what it is, and its label, whose values are a closed set; "" for none."""
Samples = Iterator[tuple[str, str, float | None]]


class WatchCollector(Collector):
    """Gives what the watcher has seen, each time somebody asks; nothing while that cannot be read.

    Args:
        reader: of the state.
    """

    def __init__(self, reader: StateReader) -> None:
        self._reader = reader

    def describe(self) -> Iterable[Metric]:
        """Names alone, so that nothing is read when the service starts."""
        return [_family(name) for name in FAMILIES]

    def collect(self) -> Iterable[Metric]:
        """What holds now."""
        state = self._reader.state()
        families = {name: _family(name) for name in FAMILIES}
        for name, value, number in () if state is None else _samples(state):
            if number is not None and math.isfinite(number):
                families[name].add_metric([value] if value else [], number)
        return [family for family in families.values() if family.samples]


def _family(name: str) -> GaugeMetricFamily:
    text, label = FAMILIES[name]
    return GaugeMetricFamily(name, text, labels=[label] if label else None)


def _samples(state: WatchState) -> Samples:
    yield "assay_last_look_seconds", "", state.pulse.look_seconds
    yield "assay_last_prediction_seconds", "", state.pulse.prediction_seconds
    standing = Counter(alert.kind for alert in state.alerts)
    calling = Counter(alert.kind for alert in state.alerts if alert.calls(state.pulse.at))
    for kind in KINDS:
        yield "assay_alerts_open", kind, float(standing[kind])
        yield "assay_alerts_calling", kind, float(calling[kind])
    if state.look is not None:
        yield "assay_look_interval_seconds", "", float(state.look.every)
        yield "assay_window_pictures", "", float(state.look.pictures)
        yield from _seen(state.look.report)


def _seen(report: Mapping[str, Any]) -> Samples:
    for each in report.get("drift", {}).get("measures", ()):
        if (measure := each["name"]) in MEASURES:
            yield "assay_drift_effect", measure, each["effect"]
            yield "assay_drift_p_value", measure, each["p"]
            yield "assay_drift_alarm", measure, float(each["alarm"])
    accuracy = report.get("estimate", {}).get("accuracy") or {}
    yield "assay_estimated_accuracy", "", accuracy.get("value")
    yield "assay_estimated_accuracy_lower", "", accuracy.get("lower")
    yield "assay_estimated_accuracy_upper", "", accuracy.get("upper")
    operating = report.get("operating_point", {})
    rates = operating.get("rates", {})
    yield "assay_reject_rate", "", rates.get("rejected", {}).get("rate")
    yield "assay_false_alarm_rate", "", rates.get("accused", {}).get("rate")
    if "parts" in operating:
        yield "assay_operating_alarms", "", float(sum(bool(part["high"]) for part in operating["parts"]))
    inside = {DOMAINS[0]: operating.get("in_domain")}
    others = {name: rates.get(name, {}).get("rate") for name in DOMAINS[1:]}
    for domain, share in {**inside, **others}.items():
        yield "assay_domain_rate", domain, share
