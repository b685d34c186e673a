"""What the terminal shows of retraining: what is planned, what was run, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from assay.errors import ServiceError
from assay.output import say
from assay.retraining.due import DueResult
from assay.retraining.job import DONE, FAILED, SKIPPED, JobRun
from assay.retraining.manage import Result, StatusResult
from assay.retraining.plan import RetrainPlan
from assay.retraining.request import RetrainRequest


def text(result: Result, request: RetrainRequest) -> None:
    """Print it."""
    if isinstance(result, RetrainPlan):
        _show_plan(result)
        return
    if isinstance(result, DueResult):
        _show_due(result)
        return
    if not result.runs:
        say("nothing was retrained yet; assay retrain plan shows what would be")
        return
    _show_runs(result.runs)
    for each in result.attempts:
        span = f"{each.started} to {each.ended or '…'}"
        say(f"{each.step:<12}attempt {each.attempt}, {each.state}; {span} {each.error}".rstrip())


def document(result: Result, request: RetrainRequest) -> dict[str, Any]:
    """The same as JSON values."""
    document = {"job": request.job_name, **asdict(result)}
    if isinstance(result, RetrainPlan):
        document["slots"] = [{"slot": slot, "local": local} for slot, local in result.slots]
    return document


def rows(result: Result, request: RetrainRequest) -> list[dict[str, Any]]:
    """One row for each run; of a plan one for each slot, of one run one for each attempt."""
    if isinstance(result, RetrainPlan):
        return [{"job": result.job, "slot": slot, "local": local} for slot, local in result.slots]
    if isinstance(result, StatusResult) and result.attempts:
        return [{name: value for name, value in asdict(each).items() if name != "result"} for each in result.attempts]
    return [_row(run) for run in result.runs]


def ending(result: Result, request: RetrainRequest) -> None:
    """A run that has failed is a failure of the call.

    Raises:
        ServiceError: one has.
    """
    if isinstance(result, DueResult) and (failed := [run for run in result.runs if run.state == FAILED]):
        run = failed[-1]
        raise ServiceError(
            f"the retraining of {run.slot} has failed: {run.reason}; assay retrain once run={run.id} tries it again"
        )


def _show_plan(plan: RetrainPlan) -> None:
    say(f"job         {plan.job}")
    say(f"now         due would {plan.would}: {plan.why}")
    say(f"new         {plan.labels:,} reviewed labels, {plan.alerts} open alerts")
    say(f"spent       {_cost(plan.spent)}{f'; left {_cost(plan.left)}' if plan.left else ''}")
    for number, (slot, local) in enumerate(plan.slots):
        say(f"{'next' if number == 0 else '':<12}{local}, {slot}")
    for run in plan.runs:
        say(f"open        {run.slot} {run.trigger}, {run.state} {run.reason}".rstrip())
    for each in plan.asks:
        say(f"• {each}")


def _show_due(result: DueResult) -> None:
    if result.runs:
        _show_runs(result.runs)
    if result.waits:
        say(f"waits: {result.waits}")
    elif not result.runs:
        say("nothing is due")
    for each in result.asks:
        say(f"• {each}")


def _show_runs(shown: tuple[JobRun, ...]) -> None:
    """Two lines for each: a reason is a sentence, which no column of a terminal is wide enough for."""
    for run in shown:
        at = f" at {_row(run)['step']}" if run.step and run.state not in (DONE, SKIPPED) else ""
        verdict = f", {run.verdict}" if run.verdict else ""
        what = f"{run.job} of {run.slot[:16]}Z ({run.trigger})"
        say(f"{run.id[-8:]}    {what}: {run.state}{at}{verdict}; {_cost(run.cost)}")
        if run.reason:
            say(f"            {run.reason}")


def _row(run: JobRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "job": run.job,
        "slot": run.slot,
        "trigger": run.trigger,
        "state": run.state,
        "step": f"{run.step} ({run.attempt})" if run.attempt > 1 else run.step,
        "verdict": run.verdict,
        "reason": run.reason,
        "started": run.started,
        "ended": run.ended,
        **{kind: run.cost.get(kind, 0) for kind in ("hours", "pictures", "downloads")},
    }


def _cost(cost: Mapping[str, float]) -> str:
    shown = {"hours": "{:.2f} h", "pictures": "{:.0f} pictures", "downloads": "{:.0f} downloads"}
    return ", ".join(form.format(cost[kind]) for kind, form in shown.items() if kind in cost) or "nothing"
