"""`assay decide`: a study, a policy, and which variant to take."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.errors import TrackingError
from assay.studies.decision.request import DecisionRequest
from assay.studies.study_folder import FoundStudy, from_file, from_store

if TYPE_CHECKING:
    from assay.studies.decision.decision import Decision
    from assay.studies.decision.policy import Policy
    from assay.tracking.store import TrackingStore

PAGE, MARKDOWN, CSV, JSON = "decision.html", "decision.md", "decision.csv", "decision.json"


@dataclass(frozen=True)
class Decided:
    """What the command leaves.

    Attributes:
        decision: what was decided.
        folder: page, text, tables and pictures.
        run: id of the run that it was recorded in; None where it was not.
        problem: why it could not be recorded, though there is a run; "" without one.
    """

    decision: Decision
    folder: Path
    run: str | None
    problem: str = ""


def decide_study(asked: DecisionRequest, policy: Policy, purpose: str, config: DictConfig) -> Decided:
    """Find the study, decide, write the report, and record it in the study's run.

    Raises:
        AssayError: there is no such study, it cannot be read, or the policy asks for what it has not.
    """
    from assay.run.workspace import existing, tracking_store
    from assay.studies.decision.decide import decide

    store = tracking_store(config)
    if asked.is_file:
        study = from_file(Path(asked.study).expanduser())
    else:
        study = from_store(existing(store), asked.study)
    decision = decide(study.result, policy, name=asked.policy_name, purpose=purpose, comparison=study.comparison)
    folder = Path(asked.output).expanduser() if asked.output else _folder(store, decision)
    files = _write(folder, decision, asked, study)
    if study.run is None:
        return Decided(decision, folder, None)
    try:
        _record(store, study.run.run_id, decision, files)
    except TrackingError as error:
        return Decided(decision, folder, None, f"the decision is in {folder}, but could not be recorded: {error}")
    return Decided(decision, folder, study.run.run_id)


def _folder(store: TrackingStore, decision: Decision) -> Path:
    """One folder for each study and policy, so that the same decision takes its own place again."""
    name = re.sub(r"[^\w.=+-]+", "-", f"{decision.study}-{decision.policy}").strip("-.")
    return store.work.parent / "decisions" / name


def _write(folder: Path, decision: Decision, asked: DecisionRequest, study: FoundStudy) -> list[Path]:
    from assay.studies.decision.figures import write_figures
    from assay.studies.decision.markdown import write_markdown
    from assay.studies.decision.page import write_page

    folder.mkdir(parents=True, exist_ok=True)
    figures = write_figures(folder, decision)
    # Where the store is says nothing about the decision, and an address can hold a password.
    words = [word for word in asked.words if not word.lstrip("+~").startswith(("output=", "tracking"))]
    command = f"assay decide {shlex.join(words)}"
    write_page(folder / PAGE, decision, facts=_facts(decision, study))
    write_markdown(folder / MARKDOWN, decision, picture=figures[0].name if figures else "", command=command)
    decision.save_csv(folder / CSV)
    decision.save_json(folder / JSON)
    return [*(folder / name for name in (PAGE, MARKDOWN, CSV, JSON)), *figures]


def _record(store: TrackingStore, run_id: str, decision: Decision, files: Sequence[Path]) -> None:
    run = store.amend_run(run_id)
    for file in files:
        run.log_artifact(file, f"decision/{decision.policy}")
    run.set_tags({f"assay.decision.{decision.policy}": decision.chosen or "none"})


def _facts(decision: Decision, study: FoundStudy) -> dict[str, str]:
    facts = {
        "study": decision.study,
        "policy": decision.policy,
        "test images": f"{decision.n:,} in {len(decision.class_names)} classes",
        "variants": f"{len(decision.candidates)}, {len(decision.eligible)} eligible",
        "baseline": decision.baseline,
        "evidence": "paired tests and intervals" if decision.paired else "intervals",
        "dataset": decision.dataset[:12],
        "made": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
    if decision.folds:
        facts["test images"] += f", {decision.folds} folds"
    if study.run:
        facts["run"] = study.run.run_id[:8]
    return facts
