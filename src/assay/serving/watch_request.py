"""What is asked of `assay watch`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from assay.config.bounds import AtLeast, Between
from assay.config.request import Help, Inline
from assay.serving.watch.settings import WatchSettings

DEEDS = ("profile", "report", "once", "alerts")
PARTS = ("list", "acknowledge", "mute", "resolve", "queue", "secret")
"""What can be done with alerts."""


@dataclass(frozen=True)
class WatchRequest:
    """The words of `assay watch` itself.

    Attributes:
        deed: what is to be done, of `DEEDS`.
        run: what names the bundle: id of a run, NAME@ALIAS, or a folder; "" for the champion.
        part: what is to be done about alerts, of `PARTS`.
        alert: id of one, or how it ends.
        store: URL of the service's database, or path of a SQLite file; "" for the one beside the runs.
        settings: how is watched; of those a report takes interval, window and false alarms.
        alert_webhook: address to which alerts are told; "" for none.
        fetch_networks: which may be reached beside the public internet, as CIDR.
        all: whether resolved alerts are shown too.
        owner: who sees to an alert; "" for who acknowledges it.
        until: when an alert is muted until.
        reason: why an alert is resolved.
        count: pictures that are queued.
        by: who does it; "" for the user of this machine.
        arm, key, end: of the answers of a report, see `WindowBounds`.
        output: folder of a report; "" for one beside the runs.
        level: of all tests of a report together, after Holm; 0 for that of `false_alarms_per` at a look `every` hours.
        sources: what counts as one source, see `DriftSettings`.
        psi: whether the population stability index is shown.
        needed, of: looks that have to be below the threshold, with `false_alarms_per`.
    """

    deed: str
    run: Annotated[
        str, Help("whose bundle: id of a run, NAME@ALIAS or the folder of a bundle; the champion without it")
    ] = ""
    part: str = "list"
    alert: str = ""
    store: Annotated[
        str, Help("URL of PostgreSQL, or path of a SQLite file; service.db beside the runs without it")
    ] = ""
    settings: Annotated[WatchSettings, Inline()] = field(default_factory=WatchSettings)
    alert_webhook: Annotated[str, Help("address of https to which alerts are told", shown="URL")] = ""
    fetch_networks: Annotated[
        tuple[str, ...], Help("of yours, in which that address may lie beside the public internet: [10.1.0.0/16]")
    ] = ()
    all: Annotated[bool, Help("true shows resolved alerts too")] = False
    owner: Annotated[str, Help("who sees to it; whoever acknowledges it without it", shown="NAME")] = ""
    until: Annotated[str, Help("how long nobody is told: 8h, 2d, or a moment as 2026-11-05T08:00")] = ""
    reason: Annotated[str, Help("what became of it")] = ""
    count: Annotated[int, AtLeast(1), Help("pictures that are queued, the loudest first")] = 50
    by: Annotated[str, Help("who does it; the user of this machine without it", shown="NAME")] = ""
    arm: Annotated[str, Help("arm of an experiment; all answers that clients were given without it")] = ""
    key: Annotated[str, Help("id of the key that asked; all without it")] = ""
    end: Annotated[str, Help("moment at which the window ends, UTC; now without it")] = ""
    output: Annotated[str, Help("folder for index.html, drift.json and drift.csv", shown="DIR")] = ""
    level: Annotated[
        float, Between(0, 0.5), Help("of all tests of a report together; 0 takes it from false_alarms_per")
    ] = 0.05
    sources: Annotated[
        Literal["auto", "key", "burst"],
        Help("one source: a key, what it sends without an hour's pause, or stretches where keys are few"),
    ] = "auto"
    psi: Annotated[bool, Help("show the population stability index too; nothing is decided by it")] = False
    needed: Annotated[int, AtLeast(1), Help("looks below the threshold that raise an alarm")] = 1
    of: Annotated[int, AtLeast(1), Help("last looks among which these have to be")] = 1
