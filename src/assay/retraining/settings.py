"""RetrainSettings: when a job retrains, why, and what it may spend; a recipe in `conf/retrain/` fills it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from assay.config.bounds import Above, AtLeast
from assay.config.request import Help
from assay.retraining.step_settings import StepSettings

PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


@dataclass(frozen=True)
class RetrainSettings(StepSettings):
    """The keys of a recipe, which can be typed behind the command too; those of the steps are among them.

    Attributes:
        schedule: five fields of cron.
        zone: of IANA, that schedule and quiet hours are of.
        catch_up: what becomes of slots that nobody called for in time.
        quiet: span of the day in which no step begins; "" for none.
        triggers: what makes a job retrain.
        labels: how many new labels make it retrain before its slot.
        alert_labels: how many labels that are newer than an open alert make it retrain.
        hours: of work in a period; None for no limit.
        pictures: that may be collected and queued for review in a period; None for no limit.
        downloads: pictures that servers are asked for in a period, whatever comes of it; None for no limit.
        period: back from now, that the budget is of.
        attempts: how often a step may fail or be killed.
        lease: minutes that a process may be silent.
    """

    schedule: Annotated[
        str, Help("when it is due, as cron writes it: '0 2 * * *' daily, '0 2 * * 1' Mondays", shown="CRON")
    ] = "0 2 * * 1"
    zone: Annotated[str, Help("time zone of schedule and quiet hours, as Europe/Berlin", shown="ZONE")] = "UTC"
    catch_up: Annotated[
        Literal["latest", "all"],
        Help("slots that were slept through: the latest is run and the others skipped, or all are run in their order"),
    ] = "latest"
    quiet: Annotated[
        str, Help("no step begins in this span of the day, as 08:00-18:00 or 22:00-06:00", shown="SPAN")
    ] = ""
    triggers: Annotated[
        tuple[Literal["schedule", "labels", "alert"], ...],
        Help("what makes it retrain: a slot, enough new labels, an alert with labels; drift alone never does"),
    ] = ("schedule", "labels", "alert")
    labels: Annotated[int, AtLeast(1), Help("new reviewed labels that make it retrain before its slot")] = 1000
    alert_labels: Annotated[int, AtLeast(1), Help("reviewed labels newer than an open alert, that make it retrain")] = (
        50
    )
    hours: Annotated[float | None, Above(0), Help("budget: hours of work in a period")] = None
    pictures: Annotated[int | None, AtLeast(0), Help("budget: pictures that are collected in a period")] = None
    downloads: Annotated[int | None, AtLeast(0), Help("budget: pictures that servers are asked for in a period")] = None
    period: Annotated[Literal["day", "week", "month"], Help("of the budget, back from now: 1, 7 or 30 days")] = "month"
    attempts: Annotated[int, AtLeast(1), Help("how often a step may fail or be killed before the run has failed")] = 5
    lease: Annotated[
        float, Above(0), Help("minutes without a sign of life after which another process takes a run up")
    ] = 2.0
