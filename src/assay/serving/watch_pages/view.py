"""What pages of the watcher show: phrases and numbers of a look and of alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.monitoring.alert import Alert
from assay.monitoring.dead_man import shown
from assay.serving.watch.metrics import MEASURES
from assay.serving.watch.state import WatchState
from assay.web.languages import Phrases

WIDTH, HEIGHT = 120.0, 42.0
"""Of a small figure, in its own units."""
CALLS, QUIET, LATE, NEVER = "calls", "quiet", "late", "never"


@dataclass(frozen=True)
class MeasureView:
    """A measure of a window beside the reference.

    Attributes:
        name: of `MEASURES`; another one is shown by its own label.
        label: in the reader's language.
        effect_name: KS distance, Cramér's V, MMD.
        effect: rounded.
        p: adjusted, rounded.
        state: "alarm", "significant" or "usual".
        reference: points of the reference's outline; "" for no figure.
        window: of the window's.
    """

    name: str
    label: str
    effect_name: str
    effect: str
    p: str
    state: str
    reference: str
    window: str


@dataclass(frozen=True)
class RateView:
    """A rate at the operating point: what it is called, and numbers in per cent."""

    name: str
    rate: str
    interval: str
    usual: str
    bound: str
    high: bool


@dataclass(frozen=True)
class PartView:
    """An arm or a key: its name, how many answers, rates in per cent by name, and names of those above their bounds."""

    name: str
    n: str
    rates: Mapping[str, str]
    high: tuple[str, ...]


@dataclass(frozen=True)
class AlertView:
    """An alert in a list.

    Attributes:
        alert: it.
        sentence: its cause, in the reader's language.
        state: "open", "acknowledged", "muted" or "resolved".
        key: name of the key that it is about; "" for none.
    """

    alert: Alert
    sentence: str
    state: str
    key: str = ""


def headline_of(state: WatchState) -> str:
    """Which sentence stands above all: `LATE`, `CALLS`, `NEVER` or `QUIET`."""
    if state.pulse.is_late:
        return LATE
    if any(alert.calls(state.pulse.at) for alert in state.alerts):
        return CALLS
    return NEVER if state.look is None else QUIET


def alert_view(alert: Alert, t: Phrases, at: str, keys: Mapping[str, str] | None = None) -> AlertView:
    """An alert as a list shows it.

    Args:
        alert: it.
        t: phrases.
        at: the present, UTC.
        keys: name of the key that an alert is about, by the alert's id.
    """
    state = "muted" if alert.is_muted(at) else alert.state
    return AlertView(alert, cause_sentence(alert, t), state, (keys or {}).get(alert.id, ""))


def cause_sentence(alert: Alert, t: Phrases) -> str:
    """Why somebody should look, in the reader's language; in the watcher's own words where it has no phrase."""
    finding, values = str(alert.evidence.get("finding", "")), alert.evidence.get("values", {})
    key = f"cause.{finding}"
    if not t.has(key):
        return alert.sentence
    filled = {name: _shown(name, value) for name, value in values.items() if isinstance(value, (int, float, str))}
    if "whose" in values:
        filled["whose"] = t(f"whose.{values['whose']}", name=values.get("name", ""))
    filled["measures"] = ", ".join(dict.fromkeys(measure_label(each, t) for each in values.get("tests", ())))
    try:
        return t(key, **filled)
    except KeyError:  # an older look has fewer values
        return alert.sentence


def measure_label(measure: Mapping[str, Any], t: Phrases) -> str:
    """What a measure is called."""
    name = str(measure.get("name", ""))
    return t(f"measure.{name}") if name in MEASURES else str(measure.get("label", name))


def measure_views(measures: Sequence[Mapping[str, Any]], t: Phrases) -> list[MeasureView]:
    """Small figures, alarms first, then the largest effects."""
    order = sorted(measures, key=lambda each: (not each["alarm"], not each["significant"], -each["effect"]))
    return [_measure(each, t) for each in order]


def rate_views(rates: Mapping[str, Mapping[str, Any]]) -> list[RateView]:
    """Rates at the operating point."""
    return [
        RateView(
            name,
            percent(each["rate"]),
            f"{percent(each['lower'])} – {percent(each['upper'])}",
            percent(each.get("reference")),
            percent(each.get("bound")),
            each.get("bound") is not None and each["lower"] > each["bound"],
        )
        for name, each in rates.items()
    ]


def part_views(parts: Sequence[Mapping[str, Any]]) -> list[PartView]:
    """Arms and keys, those with a rate above its bound first."""
    ordered = sorted(parts, key=lambda part: not part["high"])
    return [
        PartView(
            part["name"],
            f"{part['n']:,}",
            {name: percent(each["rate"]) for name, each in part["rates"].items()},
            tuple(part["high"]),
        )
        for part in ordered
    ]


def percent(share: float | None) -> str:
    """A share in per cent with one digit; a dash for none."""
    return "–" if share is None else f"{100 * share:.1f} %"


def outline(shares: Sequence[float], most: float) -> str:
    """Points of the outline of bars, for `<polyline>`; "" for none.

    Args:
        shares: of each bar.
        most: share at the top of the figure.
    """
    if not shares or most <= 0:
        return ""
    step = WIDTH / len(shares)
    points = [(0.0, HEIGHT)]
    for place, share in enumerate(shares):
        y = HEIGHT - (HEIGHT - 2) * min(1.0, share / most)
        points += [(place * step, y), ((place + 1) * step, y)]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in [*points, (WIDTH, HEIGHT)])


def _measure(each: Mapping[str, Any], t: Phrases) -> MeasureView:
    shares = each.get("shares") or {"reference": [], "window": []}
    most = max([0.0, *shares["reference"], *shares["window"]])
    p = "–" if each.get("p") is None else "< 0.001" if each["p"] < 0.001 else f"{each['p']:.3f}"
    return MeasureView(
        each["name"],
        measure_label(each, t),
        each["effect_name"],
        f"{each['effect']:.2f}",
        p,
        "alarm" if each["alarm"] else "significant" if each["significant"] else "usual",
        outline(shares["reference"], most),
        outline(shares["window"], most),
    )


def _shown(name: str, value: float | str) -> str:
    if name in ("last", "since"):
        return shown(str(value))
    if isinstance(value, float) and name in ("value", "lower", "upper", "bound", "rate"):
        return percent(value)
    return str(value)
