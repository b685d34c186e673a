"""Registry: a registered model and its history; what moves its champion goes through here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.deploy.mlflow.sealed_entry import KEPT_BACK, OVERRIDE, PROMOTION, REPAIR, ROLLBACK, VERDICT
from assay.errors import ChampionChanged, GateError
from assay.gate.verdict import Verdict
from assay.registry.candidates import ensure_opens, rollback_target, standing
from assay.registry.fitting import fitting
from assay.registry.history import HistoryEntry, ensure_given
from assay.registry.model_name import check_model_name
from assay.registry.state import Reigning, State, last_move, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.deploy.bundle.bundle import Bundle
    from assay.registry.ledger import Ledger
    from assay.tracking.store import TrackingStore

ACCEPT = "assay history --accept reason=… by=…"
CANNOT = "nothing is promoted on top of what does not hold; assay rollback to=VERSION reason=… by=… brings aliases back"


class Registry:
    """A registered model of the store's registry, and its history.

    The history is the truth and is written first: the entry of a promotion is what makes it happen, aliases and tags in
    MLflow follow, and are finished by `finish_interrupted` where a kill came between.

    Args:
        store: whose registry it is.
        name: of the registered model.
        history: URL of the database that holds the history, or path of a SQLite file; None takes the tracking database.

    Raises:
        GateError: the name cannot be that of a model, or there is no database for the history.
    """

    def __init__(self, store: TrackingStore, name: str, *, history: str | None = None) -> None:
        from assay.registry.ledger import history_url

        check_model_name(name)
        self.store = store
        self.name = name
        self._url = history_url(store.uri, history)

    def __repr__(self) -> str:
        return f"Registry({self.store!r}, {self.name!r})"

    @cached_property
    def ledger(self) -> Ledger:
        """Where the history lies."""
        from assay.registry.ledger import Ledger

        self.store.check()
        return Ledger(self._url)

    def entries(self) -> list[HistoryEntry]:
        """The history, the first entry first."""
        return self.ledger.entries(self.name)

    def state(self) -> State:
        """Who reigns, as the history says."""
        return state_of(self.entries())

    def verify(self) -> list[str]:
        """What does not hold in the history, and where the registry says something else; nothing is changed.

        Found are entries that were removed, changed, inserted or put elsewhere, an end that was cut off, aliases that
        were moved and versions that were changed without the gate. What a person has accepted since (`accept`) is left
        out. `assay.registry.history` says what cannot be found.

        Returns:
            Sentences; empty where all is well.
        """
        from assay.registry.audit import audit

        return audit(self.store, self.name, self.entries(), begun=self.ledger.begun(self.name))

    def finish_interrupted(self) -> list[str]:
        """Finish or undo what a killed process left half written; every command calls this first.

        Returns:
            What was done, as sentences; that nothing was, where another process is writing right now, or nothing can be
            written here.
        """
        from assay.registry.ledger import BusyError
        from assay.registry.recovery import recover

        if self.ledger.is_read_only:
            begun = self.ledger.begun(self.name)
            interrupted = begun is not None and not begun.recovered
            return [f"{self.name}: was left half written, which nobody can finish where it is only read"] * interrupted
        try:
            with self.ledger.alone(self.name, patience=0):
                return recover(self.store, self.name, self.ledger)
        except BusyError:
            return [f"{self.name}: another process is writing its registry right now; this may change in a moment"]

    def record(self, verdict: Verdict) -> HistoryEntry:
        """Append a verdict, passed or not; the same verdict is written once.

        Raises:
            GateError: the verdict is about another model, or holds what is no JSON (NaN).
        """
        from assay.registry.aliases import ensure_registered
        from assay.registry.recovery import advance_head

        if verdict.model != self.name:
            raise GateError(f"this verdict is about {verdict.model}, not about {self.name}")
        digest = verdict.digest
        entries = self.entries()
        for entry in entries:
            if entry.kind == VERDICT and entry.values.get("digest") == digest:
                return entry
        ensure_registered(self.store, self.name)
        advance_head(self.store, self.name, entries)
        written = self.ledger.append(self.name, VERDICT, verdict.author, {"digest": digest, "verdict": asdict(verdict)})
        advance_head(self.store, self.name, self.entries())
        return written

    def keep_back(self, verdict: Verdict, *, reason: str, counts: Mapping[str, Any]) -> HistoryEntry:
        """Append that a candidate which the gate let pass was not promoted, and why; for the same verdict once.

        Args:
            verdict: that let it pass; written as well, where it is not in the history yet.
            reason: why, in words that name nobody.
            counts: how far it went, as JSON values.

        Raises:
            GateError: the verdict is about another model, no reason was given, or a value is no JSON.
        """
        from assay.registry.recovery import advance_head

        ensure_given(reason=reason)
        self.record(verdict)
        digest = verdict.digest
        for entry in self.entries():
            if entry.kind == KEPT_BACK and entry.values.get("verdict") == digest:
                return entry
        content = {"verdict": digest, "run": verdict.run_id, "name": verdict.run_name, "reason": reason, **counts}
        written = self.ledger.append(self.name, KEPT_BACK, verdict.author, content)
        advance_head(self.store, self.name, self.entries())
        return written

    def promote(self, verdict: Verdict, bundle: Bundle, *, seen: State) -> str:
        """Record the verdict, register the bundle as a version, and make it champion; the former one becomes previous.

        Args:
            verdict: that let the candidate pass, or was overridden.
            bundle: of the candidate; its files are held against their digests once more.
            seen: who reigned when the candidate was judged.

        Returns:
            The version.

        Raises:
            ChampionChanged: somebody else has moved the champion since; nothing but the verdict was written.
            GateError: the verdict did not let this bundle pass, or the history or the aliases do not hold.
            BundleError: a file of the bundle was changed.
        """
        from assay.deploy.mlflow.model import log_bundle, place_of
        from assay.deploy.mlflow.served_folder import files_beside
        from assay.registry.recovery import advance_head, apply
        from assay.registry.versions import create_version, delete_version, version_tags

        bundle = fitting(verdict, bundle, seen)
        with self._alone() as findings:
            self.record(verdict)
            if findings:
                raise GateError(_listed(f"{self.name}: {CANNOT}, or {ACCEPT} accepts it as it is", findings))
            self._ensure_unchanged(seen)
            source = log_bundle(self.store, bundle)
            tags = version_tags(verdict)
            place = place_of(self.store, source)
            self.ledger.begin(self.name, verdict.bundle_digest)
            version = create_version(self.store, self.name, source, place, verdict.run_id, tags)
            reigning = Reigning(version, verdict.run_id, source, verdict.bundle_digest, verdict.test_digest)
            content = {
                **_move(reigning, seen.champion.version if seen.champion else ""),
                "verdict": verdict.digest,
                "gate": verdict.gate,
                "place": place,
                "files": files_beside(self.store, place),
                "tags": tags,
            }
            if verdict.override is not None:
                content["override"] = asdict(verdict.override)
            kind = PROMOTION if verdict.override is None else OVERRIDE
            author = verdict.author if verdict.override is None else verdict.override.by
            try:
                self.ledger.append(self.name, kind, author, content, seen=seen.mark)
            except ChampionChanged:
                delete_version(self.store, self.name, version)
                raise
            entries = self.entries()
            apply(self.store, self.name, entries)
            advance_head(self.store, self.name, entries)
            self.ledger.finish(self.name)
        return version

    def rollback(
        self, to: str = "", *, reason: str, author: str, cache_dir: Path, repairs: list[str] | None = None
    ) -> str:
        """Make a version champion again that once was let through; the present champion becomes previous.

        Also brings aliases back that were moved without the gate: to the version that the history calls champion. A
        rollback that was killed after its entry and is asked for once more is finished, not made a second time.

        Args:
            to: version; "" takes the previous champion.
            reason: why, in words.
            author: who asks.
            cache_dir: where the version's bundle is opened.
            repairs: takes what a killed process had left, as sentences.

        Returns:
            The version.

        Raises:
            GateError: there is no such version, it never passed, it reigns already, its bundle does not open as it was
                promoted, no reason was given, or the history does not hold.
            ChampionChanged: somebody else has moved the champion in the same moment.
        """
        from assay.registry.aliases import registered
        from assay.registry.audit import alias_findings, history_findings
        from assay.registry.recovery import advance_head, apply, finished_before, recover

        ensure_given(reason=reason, by=author)
        with self.ledger.alone(self.name):
            begun = self.ledger.begun(self.name)
            sentences = recover(self.store, self.name, self.ledger)
            if repairs is not None:
                repairs += sentences
            entries, aliases = self.entries(), registered(self.store, self.name)
            if findings := history_findings(entries, aliases.head):
                raise GateError(_listed(f"{self.name}: its history does not hold; {ACCEPT} accepts it", findings))
            moved, now = alias_findings(entries, aliases, self.ledger.begun(self.name)), state_of(entries)
            again = finished_before(begun, last_move(entries), to.strip(), reason, author)
            if again and not moved:
                self.ledger.finish(self.name)
                return again
            target = rollback_target(self.name, to, entries, misplaced=bool(moved))
            ensure_opens(self.store, self.name, target, cache_dir=cache_dir)
            present = now.champion.version if now.champion else ""
            previous = now.previous if target.version == present else present
            content = {**_move(target, previous), "from": present, "reason": reason, "found": moved}
            self.ledger.append(self.name, ROLLBACK, author, content, seen=now.mark)
            entries = self.entries()
            apply(self.store, self.name, entries)
            advance_head(self.store, self.name, entries)
            self.ledger.finish(self.name)
        return target.version

    def accept(self, *, reason: str, author: str) -> HistoryEntry:
        """Accept openly what `verify` finds: the aliases stay where they stand, and the history says who let it be so.

        Args:
            reason: why, in words.
            author: who answers for it.

        Raises:
            GateError: nothing was found, or no reason was given.
        """
        from assay.registry.aliases import ensure_registered, registered, write_aliases, write_head
        from assay.registry.audit import unfinished
        from assay.registry.versions import versions

        ensure_given(reason=reason, by=author)
        with self._alone() as findings:
            if not findings:
                raise GateError(f"{self.name}: nothing was found that does not hold; there is nothing to accept")
            ensure_registered(self.store, self.name)
            entries, aliases = self.entries(), registered(self.store, self.name)
            state = state_of(entries)
            reigning, previous = state.champion, state.previous
            # What a killed process has still to write stands nowhere yet; a version that is gone never will.
            gone = state.champion is not None and state.champion.version not in versions(self.store, self.name)
            if not unfinished(self.ledger.begun(self.name), state.mark) or gone:
                reigning = standing(self.store, self.name, aliases.champion, entries)
                former = standing(self.store, self.name, aliases.previous, entries)
                previous = former.version if former else ""
            content = {
                "champion": None if reigning is None else asdict(reigning),
                "previous": previous,
                "reason": reason,
                "findings": findings,
            }
            written = self.ledger.append(self.name, REPAIR, author, content, seen=state.mark)
            write_aliases(self.store, self.name, state_of([*entries, written]))
            write_head(self.store, self.name, written.head)
            self.ledger.finish(self.name)
        return written

    @contextmanager
    def _alone(self) -> Iterator[list[str]]:
        """Hold the registry alone, with nothing left half written; yields what does not hold."""
        from assay.registry.recovery import recover

        with self.ledger.alone(self.name):
            recover(self.store, self.name, self.ledger)
            yield self.verify()

    def _ensure_unchanged(self, seen: State) -> None:
        from assay.registry.ledger import champion_changed

        entries = self.entries()
        move = last_move(entries)
        if (move.number if move else 0) != seen.mark:
            raise champion_changed(
                self.name, next((entry for entry in entries if entry.number == seen.mark), None), move
            )


def _move(reigning: Reigning, previous: str) -> dict[str, Any]:
    return {"champion": asdict(reigning), "previous": previous}


def _listed(first: str, findings: Sequence[str]) -> str:
    return "\n".join([first, *(f"  - {finding}" for finding in findings)])
