"""`assay watch`: what a served model meets, beside what it was measured on."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.deeds import deed_of, refuse_keys_of_others
from assay.commands.registry_keys import BECAUSE, GROUPS, NAME
from assay.errors import ConfigError
from assay.internet.public import networks_of
from assay.serving.watch.settings import refuse_unwatchable
from assay.serving.watch_request import DEEDS, PARTS, WatchRequest

LOOKING = ("every", "smallest", "false_alarms_per", "window")
ALERTING = ("accuracy_below", "reject_above", "quiet_hours", "alert_webhook", "fetch_networks")
OF_REPORT = ("arm", "key", "end", "output", "level", "sources", "psi", "needed", "of")
GOES_WITH: dict[str, tuple[str, ...]] = {
    "run": ("profile", "once", "report"),
    "store": ("once", "alerts", "report"),
    **dict.fromkeys(LOOKING, ("once", "report")),
    **dict.fromkeys(ALERTING, ("once",)),
    **dict.fromkeys(OF_REPORT, ("report",)),
    **dict.fromkeys(("all", "owner", "until", "reason", "count", "by"), ("alerts",)),
}
"""Key -> deeds that take it."""
OF_PARTS: dict[str, tuple[str, ...]] = {
    "all": ("list",),
    "owner": ("acknowledge",),
    "until": ("mute",),
    "reason": ("resolve",),
    "count": ("queue",),
    "by": ("acknowledge", "mute", "resolve", "queue"),
}
"""Key -> what is done with alerts that takes it."""
NEEDS = {"mute": ("until", "until=2d"), "resolve": ("reason", "reason='the lamp was changed'")}
"""What is done with alerts -> key that it needs, with an example."""
WITHOUT_NAME = ("list", "secret")


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    deed, names = deed_of(parsed.bare, DEEDS, DEEDS[0])
    refuse_keys_of_others(parsed, deed, GOES_WITH)
    if deed == "alerts":
        return _of_alerts(names, parsed, request)
    if names:
        raise ConfigError(f"{names[0]}: {deed} takes keys alone")
    asked = parsed.request(request, deed=deed)
    refuse_unwatchable(asked.settings, asked.alert_webhook)
    if not asked.settings.every:
        raise ConfigError("every=0: is how a service never looks; a look belongs to an interval, so give its hours")
    networks_of(asked.fetch_networks)
    return asked, parsed.config()


def _of_alerts(words: list[str], parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    part, names = deed_of(words, PARTS, PARTS[0])
    if len(names) != int(part not in WITHOUT_NAME):
        needed = "no id" if part in WITHOUT_NAME else f"one id: assay watch alerts {part} ID"
        raise ConfigError(f"{part}: takes {needed}")
    refuse_keys_of_others(parsed, part, OF_PARTS)
    if part in NEEDS and not parsed.typed.get(NEEDS[part][0], "").strip():
        key, example = NEEDS[part]
        raise ConfigError(f"{part}: {key}= is needed, as in {example}")
    return parsed.request(request, deed="alerts", part=part, alert=names[0] if names else ""), parsed.config()


COMMAND = Command(
    name="watch",
    purpose="Watch what a served model meets: looks, alerts, and drift from the profile that it is compared with.",
    pipeline="assay.serving.manage_watch.manage_watch",
    show="assay.commands.show.watch",
    request=WatchRequest,
    arguments=_arguments,
    groups=GROUPS,
    because=BECAUSE,
    shorthands=(NAME,),
    bare=BareWord(
        "word",
        lambda word: "=" not in word,
        f"{', '.join(DEEDS)}; behind alerts what is done, and the id of an alert or how it ends",
        f"[profile | report | once | alerts [{' | '.join(PARTS)}] [ID]]",
        (*DEEDS, *PARTS),
    ),
    examples={
        "profile run=3f2a": "makes the profile of a bundle that was exported before bundles had one, beside its run",
        "profile": "of the champion; shows it where there is one",
        "once": "looks now, unless this interval has its look; exits with 1 where an alert calls",
        "once every=24 window=2w accuracy_below=0.85": "by a timer once a day, with a bound of one's own",
        "alerts": "what is not resolved: cause, how often it was met, who sees to it, what to do",
        "alerts acknowledge 4f0c21aa": "I see to it",
        "alerts queue 4f0c21aa count=50": "the 50 pictures that speak loudest go to the review desk",
        "alerts mute 4f0c21aa until=2d": "nobody is told for two days",
        "alerts resolve 4f0c21aa reason='the lamp was changed'": "ends it; met again, another one opens",
        "alerts secret": "with which a receiver of webhooks of alerts knows them for ours",
        "report": "drift of the champion's last seven days, as page, JSON and table",
        "report window=24h psi=true output=drift": "of a day, with the population stability index, in a folder",
        "report level=0 false_alarms_per='6 months' every=168": "at the level of that plan of weekly looks",
    },
    notes=(
        "An export writes the profile into the bundle: statistics, confidence, classes, rejects and components of",
        "the embeddings of calib and test images, never of those that the network has learned from.",
    ),
    empty_is_help=True,
)
