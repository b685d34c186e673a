"""Sealed: the bundle's files are the bytes that the run measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from assay.deploy.bundle.bundle import ABOUT, EVIDENCE, MEASURED, Bundle
from assay.deploy.bundle.format import FLOAT
from assay.deploy.bundle.taken_from_run import IN_RUN
from assay.gate.case import Case
from assay.gate.check import Check, Finding
from assay.tracking.run_files import NOT_IN_EVERY_RUN
from assay.tracking.seal import TAG


@dataclass(frozen=True)
class Sealed(Check):
    """Every file of the bundle has its sha256, and those that were measured have the one that the run sealed then.

    Seals are tags of the run, written when it was measured. Whoever can write the tracking database can write them too.
    """

    hard: ClassVar[bool] = True

    @property
    def asked(self) -> str:
        """What is asked for."""
        return "The bundle holds, byte for byte, what the run measured"

    def evaluate(self, case: Case) -> Finding:
        """Hash everything again."""
        bundle, tags = case.candidate.bundle, case.run.record.tags
        again = Bundle.open(bundle.folder, cache_dir=bundle.cache_dir)
        if again.about.run_id != case.run.record.run_id:
            return Finding(False, f"the bundle is of run {again.about.run_id}, not of {case.run.record.run_id}")
        of_export, wrong = [], []
        whole = tags.get(f"{TAG}{ABOUT}")
        if whole is not None and whole != again.digest:
            of_export.append("bundle.json is not what was exported")
        if again.about.serves != FLOAT and whole is None:
            of_export.append(f"the bundle answers as {again.about.serves}, and its export was not sealed")
        for name, source in IN_RUN.items():
            if again.about.serves != FLOAT and name in (EVIDENCE, MEASURED):
                continue  # those of the form that answers were measured when it was exported
            entry, seal = again.about.files.get(name), tags.get(f"{TAG}{source}")
            if seal is None and (entry is None or source in NOT_IN_EVERY_RUN):
                if entry is not None:
                    wrong.append(f"{name} was never sealed")
            elif entry is None:
                wrong.append(f"{name} is missing")
            elif entry.sha256 != seal:
                wrong.append(f"{name} is not what the run measured" if seal else f"{name} was never sealed")
        if (recorded := tags.get("dataset_digest")) != case.run.manifest.digest:
            wrong.append(f"the run's images are not those that it was trained with ({(recorded or 'nothing')[:12]})")
        if case.run.broken_seals:
            wrong += [f"the run's {name} is not what it measured" for name in case.run.broken_seals]
        if of_export or wrong:
            remedy = "Train again, or bring the former files back" if wrong else "Export the run again"
            return Finding(False, f"{'; '.join([*of_export, *wrong][:4])}. {remedy}")
        return Finding(True, f"{len(again.about.files)} files, bundle {again.digest[:12]}")
