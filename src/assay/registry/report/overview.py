"""Overview: the versions of a registered model with what is known of each, and how its champion has fared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from assay.deploy.mlflow.sealed_entry import KEPT_BACK, OVERRIDE, PROMOTION, REPAIR, VERDICT
from assay.evaluation.catalogue import shown_on
from assay.evaluation.record import from_record
from assay.gate.verdict import Verdict
from assay.measurement import Measurement
from assay.registry.history import HistoryEntry
from assay.registry.state import last_move, let_through, promoted
from assay.registry.versions import PENDING, STATE

Outcome = Literal["passed", "overridden", "accepted", "pending", "unjudged"]
Judgement = Literal["passed", "refused", "overridden", "kept back"]
"""What became of a candidate: kept back are those that the gate let pass and their canary did not."""
SAID: dict[Outcome, str] = {
    "passed": "✓ passed",
    "overridden": "! overridden",
    "accepted": "± accepted",
    "pending": "… pending",
    "unjudged": "∅ not judged",
}


@dataclass(frozen=True)
class VersionView:
    """A version.

    Attributes:
        version: its number.
        aliases: that point at it now.
        run_id: that made it, "" where nobody knows.
        backbone: "" where nobody knows.
        date: of its promotion or registration, ISO.
        gate: that let it pass, "" for none.
        outcome: how it came to be where it is.
        why: what a person said who let it pass or accepted it, with his name; "" where nobody had to.
        metrics: as scored by the gate.
    """

    version: str
    aliases: tuple[str, ...]
    run_id: str
    backbone: str
    date: str
    gate: str
    outcome: Outcome
    why: str
    metrics: Mapping[str, Measurement]


@dataclass(frozen=True)
class CandidateRow:
    """A candidate that was judged.

    Attributes:
        number: of the verdict's entry.
        run_name: of the candidate.
        outcome: what became of it.
        version: that it became, "" for none.
        time: ISO 8601, UTC.
        metrics: as scored by the gate.
    """

    number: int
    run_name: str
    outcome: Judgement
    version: str
    time: str
    metrics: Mapping[str, Measurement]


@dataclass(frozen=True)
class Overview:
    """A registered model.

    Attributes:
        name: of it.
        versions: the newest first.
        judged: candidates in the order of their verdicts.
        reigns: version that became champion with each promotion, rollback or repair, in order.
        findings: what does not hold.
        head: of the history, "" where there is none.
    """

    name: str
    versions: tuple[VersionView, ...]
    judged: tuple[CandidateRow, ...]
    reigns: tuple[str, ...]
    findings: tuple[str, ...]
    head: str

    @property
    def champion(self) -> VersionView | None:
        """The version behind the alias."""
        return next((version for version in self.versions if "champion" in version.aliases), None)

    @property
    def metrics(self) -> list[str]:
        """Names of those that any version has: the usual ones first, then the others."""
        names = {name for version in self.versions for name in version.metrics}
        first = shown_on("registry", names)
        return first + sorted(names - set(first))

    def reigned(self, metric: str) -> list[float]:
        """The metric of each champion in turn; those without it are left out."""
        having = [version for version in self.versions if metric in version.metrics]
        by_version = {version.version: version.metrics[metric].value for version in having}
        values = [by_version.get(version) for version in self.reigns]
        return [value for value in values if value is not None]

    @property
    def counts(self) -> str:
        """How many candidates were judged, and what came of them."""
        of = Counter(candidate.outcome for candidate in self.judged)
        parts = [f"{of[outcome]} {outcome}" for outcome in ("passed", "refused", "overridden")]
        parts += [f"{of['kept back']} kept back by a canary"] if of["kept back"] else []
        return f"{len(self.judged)} judged: {', '.join(parts)}"


def overview(
    name: str,
    entries: Sequence[HistoryEntry],
    versions: Mapping[str, Any],
    aliases: Mapping[str, str],
    findings: Sequence[str],
) -> Overview:
    """What the history and the registry know of a model.

    Args:
        name: of the registered model.
        entries: of its history.
        versions: MLflow's, by number.
        aliases: MLflow's, name -> version.
        findings: what does not hold.
    """
    verdicts = {str(entry.values.get("digest")): _verdict(entry) for entry in entries if entry.kind == VERDICT}
    by_version = promoted(entries)
    of_verdict = {str(entry.values.get("verdict")): version for version, entry in by_version.items()}
    kept_back = {str(entry.values.get("verdict")) for entry in entries if entry.kind == KEPT_BACK}
    move = last_move(entries)
    views = [
        _view(version, _pointing(aliases, number), by_version.get(number), _repair(number, entries), verdicts)
        for number, version in reversed(list(versions.items()))
    ]
    return Overview(
        name,
        tuple(views),
        tuple(_judged(entry, verdicts, of_verdict, kept_back) for entry in entries if entry.kind == VERDICT),
        tuple(entry.champion for entry in entries if entry.moves and entry.champion) if move else (),
        tuple(findings),
        entries[-1].head if entries else "",
    )


def _view(
    version: Any,
    aliases: tuple[str, ...],
    entry: HistoryEntry | None,
    repair: HistoryEntry | None,
    verdicts: Mapping[str, Verdict | None],
) -> VersionView:
    tags = version.tags
    verdict = verdicts.get(str(entry.values.get("verdict"))) if entry else None
    outcome: Outcome = "unjudged"
    why = ""
    if entry is not None and entry.kind == PROMOTION:
        outcome = "passed"
    elif entry is not None and entry.kind == OVERRIDE:
        outcome, why = "overridden", let_through([entry], entry.champion)
    elif repair is not None:
        outcome, why = "accepted", f"{repair.author}: {repair.values.get('reason', '')}"
    elif tags.get(STATE) == PENDING:
        outcome = "pending"
    return VersionView(
        version=str(version.version),
        aliases=aliases,
        run_id=str(version.run_id or ""),
        backbone=verdict.backbone if verdict else str(tags.get("backbone", "")),
        date=entry.time[:10] if entry else str(tags.get("date", "")),
        gate=verdict.gate if verdict else str(tags.get("gate", "")),
        outcome=outcome,
        why=why,
        metrics=verdict.metrics if verdict else {},
    )


def _judged(
    entry: HistoryEntry,
    verdicts: Mapping[str, Verdict | None],
    of_verdict: Mapping[str, str],
    kept_back: Collection[str],
) -> CandidateRow:
    digest = str(entry.values.get("digest"))
    verdict = verdicts.get(digest)
    if verdict is None:
        return CandidateRow(entry.number, "(cannot be read)", "refused", "", entry.time, {})
    version, outcome = of_verdict.get(digest, ""), _outcome(verdict)
    if digest in kept_back and not version:
        outcome = "kept back"
    return CandidateRow(entry.number, verdict.run_name, outcome, version, entry.time, verdict.metrics)


def _outcome(verdict: Verdict) -> Judgement:
    if verdict.decision != "promote":
        return "refused"
    return "passed" if verdict.override is None else "overridden"


def _pointing(aliases: Mapping[str, str], number: str) -> tuple[str, ...]:
    return tuple(sorted(name for name, version in aliases.items() if version == number))


def _repair(version: str, entries: Sequence[HistoryEntry]) -> HistoryEntry | None:
    return next((entry for entry in reversed(entries) if entry.kind == REPAIR and entry.champion == version), None)


def _verdict(entry: HistoryEntry) -> Verdict | None:
    """The verdict of an entry; None where it can no longer be read."""
    try:
        return from_record(Verdict, entry.values.get("verdict"))
    except (TypeError, ValueError, KeyError):
        return None
