"""What the terminal shows of a look and of alerts."""

from __future__ import annotations

from typing import Any

from assay.monitoring.alert import Alert
from assay.monitoring.alert_messages import alert_document
from assay.monitoring.dead_man import shown
from assay.monitoring.look import Look
from assay.monitoring.take_look import TakenLook
from assay.output import say, single_line
from assay.serving.watch.manage_alerts import AlertsResult


def text(result: TakenLook | AlertsResult) -> None:
    """Print it."""
    if isinstance(result, AlertsResult):
        _alerts(result)
        return
    look = result.look
    if look is None:
        say("somebody else looks at this moment, for the first time")
        return
    when = "taken now" if result.is_new else "this interval has its look"
    since = shown(look.since) if look.since else "the beginning"
    say(f"look        {shown(look.time)}, {when}; {look.pictures:,} answers since {since}")
    for name, line in lines_of(look):
        say(f"{name:11} {line}")
    for alert in result.standing:
        say("")
        _alert(alert, result)
    if not result.standing:
        say("alerts      none")


def lines_of(look: Look) -> list[tuple[str, str]]:
    """What a look saw, in plain English: name and sentence of each part."""
    report, lines = look.report, []
    drift = report.get("drift", {})
    lines.append(("drift", drift.get("headline") or _missing(drift)))
    estimate = report.get("estimate", {})
    accuracy = estimate.get("accuracy")
    if accuracy and accuracy["value"] is not None:
        ends = "" if accuracy["lower"] is None else f" ({accuracy['lower']:.1%} to {accuracy['upper']:.1%})"
        lines.append(("accuracy", f"{accuracy['value']:.1%}{ends}, {accuracy['method']}; {accuracy['assumption']}"))
    else:
        lines.append(("accuracy", _missing(estimate)))
    operating = report.get("operating_point", {})
    rates = operating.get("rates")
    lines.append(
        (
            "operating",
            _missing(operating)
            if not rates
            else "; ".join((_rates(rates), *(f"{part['name']} {_rates(_high(part))}" for part in _loud(operating)))),
        )
    )
    last = report.get("dead_man", {}).get("prediction", "")
    lines.append(("answers", f"the last one on {shown(last)}" if last else "none was ever given"))
    return lines


def _rates(rates: dict[str, Any]) -> str:
    return ", ".join(f"{name} {each['rate']:.1%}" for name, each in rates.items())


def _loud(operating: dict[str, Any]) -> list[dict[str, Any]]:
    """Arms and keys with a rate above its bound."""
    return [part for part in operating.get("parts", ()) if part["high"]]


def _high(part: dict[str, Any]) -> dict[str, Any]:
    return {name: part["rates"][name] for name in part["high"]}


def document(result: TakenLook | AlertsResult) -> dict[str, Any]:
    """The same as JSON values."""
    if isinstance(result, AlertsResult):
        more: dict[str, Any] = {"secret": result.secret} if result.secret else {}
        if result.queued is not None:
            more["queued"] = vars(result.queued)
        return {**more, "alerts": rows(result)}
    look = None if result.look is None else {**vars(result.look), "report": dict(result.look.report)}
    return {"new": result.is_new, "look": look, "alerts": rows(result)}


def rows(result: TakenLook | AlertsResult) -> list[dict[str, Any]]:
    """One row for each alert."""
    listed = result.alerts if isinstance(result, AlertsResult) else result.standing
    return [
        {
            **{name: value for name, value in alert_document(each).items() if name not in ("values", "next_step")},
            "owner": each.owner,
            "key": result.keys.get(each.id, ""),
            "calls": each.calls(result.at),
            "next_step": each.next_step.command(each.id),
        }
        for each in listed
    ]


def _alerts(result: AlertsResult) -> None:
    if result.secret:
        say(result.secret)
        say("signs the webhooks of alerts (Standard Webhooks); give it to their receiver alone", to_stderr=True)
        return
    if result.queued is not None:
        queued = result.queued
        say(f"queued      {queued.queued} (source drift), {queued.known} were queued already")
        if queued.unkept:
            say(f"            {queued.unkept} pictures were not kept with consent, so nobody can look at them")
    for number, alert in enumerate(result.alerts):
        if number:
            say("")
        _alert(alert, result)
    if not result.alerts:
        say("no alert; all=true shows those that are resolved")


def _alert(alert: Alert, result: TakenLook | AlertsResult) -> None:
    state = alert.state
    if alert.is_muted(result.at):
        state = f"{state}, muted until {shown(alert.muted_until)}"
    owner = f", {alert.owner} sees to it" if alert.owner else ""
    say(f"alert       {alert.id}  {alert.kind}  {state}{owner}")
    say(f"            {alert.sentence}")
    if alert.id in result.keys:
        say(f"            {alert.evidence['values']['name']} is the key {single_line(result.keys[alert.id])}")
    say(f"            looks that met it: {alert.count}, first on {shown(alert.opened)}, last on {shown(alert.last)}")
    if alert.resolved:
        say(f"            resolved on {shown(alert.resolved)}: {alert.reason}")
    else:
        say(f"            next: {alert.next_step.command(alert.id)}")


def _missing(part: dict[str, Any]) -> str:
    why = str(part.get("missing", "was not looked at"))
    return {
        "answers": f"nothing can be said: {part.get('n', 0)} answers are too few",
        "profile": "the bundle has no reference; assay watch profile makes it",
    }.get(why, why)
