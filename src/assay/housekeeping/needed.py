"""What still needs a run, so that it is not deleted: a process, the registry and its history, studies."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.errors import GateError
from assay.housekeeping.listed_runs import registered_versions
from assay.registry.aliases import registered
from assay.registry.open_registry import ledger_of
from assay.studies.study_folder import trainings_of_studies
from assay.tracking.listing import records_by_id
from assay.tracking.process import HOST, PID, is_gone

if TYPE_CHECKING:
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

RUN_ID = re.compile(r'"([0-9a-f]{32})"')


@dataclass(frozen=True)
class Need:
    """Why a run has to stay.

    Attributes:
        by: what needs it: "process", "registry", "history" or "study".
        why: half a sentence that goes on from the run: "is version 3 of cells (champion)".
        remedy: what a person can do.
    """

    by: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.why}; {self.remedy}"


class Needs:
    """Looks up what needs runs; what many runs have in common is read once.

    Args:
        config: composed; says where the registry's history lies.
        store: that records the runs.
    """

    def __init__(self, config: DictConfig, store: TrackingStore) -> None:
        self._config, self._store = config, store
        self._parents: dict[str, RunRecord | None] = {}

    def of(self, record: RunRecord, *, besides: str = "") -> tuple[Need, ...]:
        """All that needs a run.

        Args:
            record: of it.
            besides: name of a study that goes together with it.
        """
        return (*self._process(record), *self._registry(record), *self._studies(record, besides))

    def _process(self, record: RunRecord) -> Iterator[Need]:
        if record.status in ("RUNNING", "SCHEDULED") and not record.deleted and not is_gone(record.tags):
            process = f"process {record.tags.get(PID, '?')} on {record.tags.get(HOST, 'an unknown host')}"
            yield Need("process", f"is at work ({process})", "end it first, or wait for its end")
        parent = self._parent(record.parent or "")
        if parent is not None and parent.status == "RUNNING" and not is_gone(parent.tags):
            yield Need(
                "process", f"belongs to {parent.name} ({parent.run_id[:8]}), which is at work", "wait for its end"
            )

    def _registry(self, record: RunRecord) -> Iterator[Need]:
        for version in self._versions.get(record.run_id, ()):
            name, _, number = version.rpartition(" ")
            aliases = [alias for alias, at in registered(self._store, name).aliases.items() if at == number]
            held = f" ({', '.join(sorted(aliases))})" if aliases else ""
            yield Need(
                "registry",
                f"is version {number} of {name}{held}",
                "whoever loads or verifies this version needs its files; it stays as long as the version",
            )
        for model, numbers in self._history.get(record.run_id, {}).items():
            entries = f"entr{'y' if len(numbers) == 1 else 'ies'} {', '.join(map(str, sorted(numbers)))}"
            yield Need(
                "history",
                f"was judged or promoted as {model} ({entries} of assay history name={model})",
                "a history is kept for good, and what it speaks of with it",
            )

    def _studies(self, record: RunRecord, besides: str) -> Iterator[Need]:
        for study in sorted(self._trainings.get(record.run_id, set()) - {besides}):
            own = next((record.run_id for record in self._study_runs if record.name == study), "")
            remedy = f"assay runs delete {own[:8]}" if own else f"remove its folder studies/{study}"
            yield Need("study", f"is a training of the study {study}", f"delete the study first: {remedy}")

    def _parent(self, run_id: str) -> RunRecord | None:
        if run_id and run_id not in self._parents:
            self._parents[run_id] = records_by_id(self._store, [run_id]).get(run_id)
        return self._parents.get(run_id)

    @cached_property
    def _versions(self) -> dict[str, tuple[str, ...]]:
        return registered_versions(self._store)

    @cached_property
    def _history(self) -> dict[str, dict[str, set[int]]]:
        """Run id -> model -> numbers of the entries that speak of it; empty where there is no history to ask."""
        speaks: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        try:
            ledger = ledger_of(self._config, self._store)
        except GateError:  # a server keeps none, and none was named
            return {}
        for model in ledger.models():
            for entry in ledger.entries(model):
                for run_id in RUN_ID.findall(entry.content):
                    speaks[run_id][model].add(entry.number)
        return speaks

    @cached_property
    def _trainings(self) -> dict[str, set[str]]:
        return trainings_of_studies(self._store)

    @cached_property
    def _study_runs(self) -> list[RunRecord]:
        from assay.studies.study_folder import recorded

        return list(recorded(self._store))
