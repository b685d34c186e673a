"""Triggers: what makes a job retrain beside its schedule, as a function of signals. Drift alone never does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.retraining.job import ALERT, ASKED, LABELS, JobRun
from assay.retraining.settings import RetrainSettings
from assay.retraining.signals import OpenAlert, Signals


@dataclass(frozen=True)
class Triggered:
    """That a job is to be retrained.

    Attributes:
        kind: "labels" or "alert".
        slot: UTC, when its condition was met, so that everybody who looks means the same run.
        reason: for people.
    """

    kind: str
    slot: str
    reason: str


def triggered(settings: RetrainSettings, signals: Signals) -> Triggered | None:
    """What makes a job retrain now, before its next slot; None where nothing does.

    Args:
        settings: of the job.
        signals: that there are.
    """
    for alert in signals.alerts if ALERT in settings.triggers else ():
        newer = signals.since(alert.opened)
        if len(newer) >= settings.alert_labels:
            reason = f"alert of {alert.opened[:10]} ({alert.kind}), and {len(newer)} labels since"
            return Triggered(ALERT, newer[settings.alert_labels - 1], reason)
    if LABELS in settings.triggers and len(signals.labels) >= settings.labels:
        reason = f"{len(signals.labels)} new reviewed labels"
        return Triggered(LABELS, signals.labels[settings.labels - 1], reason)
    return None


def nothing_new(run: JobRun, signals: Signals) -> str:
    """Why a run has nothing to learn from; "" where it has, or a person asked for it anyway."""
    if signals.labels or (run.trigger == ASKED and run.facts.get("anyway")):
        return ""
    if signals.alerts:
        kinds = ", ".join(sorted({alert.kind for alert in signals.alerts}))
        return f"no new labels; an open alert ({kinds}) asks for labels, and alone never retrains"
    return "nothing new: no label was reviewed since the last retraining"


def asks_for_labels(settings: RetrainSettings, signals: Signals) -> list[str]:
    """What open alerts ask people for: labels, where there are too few to retrain."""
    return [
        _asks(alert, len(newer), settings.alert_labels)
        for alert in signals.alerts
        if len(newer := signals.since(alert.opened)) < settings.alert_labels
    ]


def facts_of(signals: Signals) -> Mapping[str, Any]:
    """What is kept with a run of what was known when it began."""
    newest = {"newest_label": signals.labels[-1]} if signals.labels else {}
    return {"new_labels": len(signals.labels), "alerts": [alert.id for alert in signals.alerts], **newest}


def _asks(alert: OpenAlert, labels: int, needed: int) -> str:
    return f"alert of {alert.opened[:10]} ({alert.kind}): {labels} of {needed} labels since; {alert.command}"
