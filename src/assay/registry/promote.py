"""`assay promote`: judge a run by a gate, and make its bundle champion when every check holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.errors import AssayError, BundleError, DataError
from assay.output import say
from assay.registry.open_registry import registry_of, store_of, who
from assay.registry.request import PromoteRequest
from assay.run.val_only import refuse_val_only
from assay.tracking.names import dataset_of_run

if TYPE_CHECKING:
    from assay.deploy.bundle.bundle import Bundle
    from assay.gate.case import Champion
    from assay.gate.gate import Gate
    from assay.gate.verdict import Override, Verdict
    from assay.registry.registry import Registry
    from assay.registry.state import State
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

FOLDER, JSON, PAGE = "gate", "verdict.json", "verdict.html"
TAG = "assay.verdict"


@dataclass(frozen=True)
class JudgedRun:
    """What the command leaves.

    Attributes:
        verdict: what was decided.
        version: that is champion now; "" when it was refused.
        folder: verdict and page.
        repairs: what a killed process had left, as sentences.
    """

    verdict: Verdict
    version: str
    folder: Path
    repairs: tuple[str, ...]


@dataclass(frozen=True)
class JudgedCandidate:
    """A run that was judged, and what it was judged against.

    Attributes:
        verdict: what was decided; written beside the run, in no history yet.
        bundle: of the run; None where it cannot be had.
        seen: who reigned.
        registry: that may take it.
        folder: verdict and page.
        repairs: what a killed process had left, as sentences.
    """

    verdict: Verdict
    bundle: Bundle | None
    seen: State
    registry: Registry
    folder: Path
    repairs: tuple[str, ...]


def promote(asked: PromoteRequest, gate: Gate, override: Override | None, config: DictConfig) -> JudgedRun:
    """Judge the run's bundle, write the verdict, and move the champion when it passes.

    Raises:
        ChampionChanged: another candidate was promoted meanwhile; the verdict is recorded, and has to be made again.
        AssayError: there is no such run, it was never measured, its bundle reigns already, or store and registry do not
            answer.
    """
    judged = judge_candidate(asked, gate, override, config)
    version = enter(judged)
    return JudgedRun(judged.verdict, version, judged.folder, judged.repairs)


def judge_candidate(
    asked: PromoteRequest, gate: Gate, override: Override | None, config: DictConfig
) -> JudgedCandidate:
    """Judge the run's bundle and write the verdict beside the run; neither history nor champion change.

    Raises:
        AssayError: as of `promote`.
    """
    from assay.gate.alpha_spending import rank_on_test_set
    from assay.gate.case import Case
    from assay.gate.gate import judge
    from assay.gate.measured_run import MeasuredRun
    from assay.registry.fitting import ensure_new

    store = store_of(config)
    record = store.find(asked.run)
    refuse_val_only(record, "promoted")
    folder = Path(asked.output).expanduser() if asked.output else record.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)  # what cannot be written is said before minutes of judging
    registry = registry_of(config, store, dataset=dataset_of_run(record.params))
    repairs = tuple(registry.finish_interrupted())
    warn_of_what_does_not_hold(registry)
    seen = registry.state()
    bundle, problem = _bundle(asked, config, store, record)
    if bundle is not None:
        ensure_new(record.run_id, bundle.digest, seen)
    record = store.find(record.run_id)  # an export has sealed what it made
    case = Case(
        model=registry.name,
        run=MeasuredRun(record),
        bundle=bundle,
        champion=_champion(config, store, registry, seen),
        test_set_rank=rank_on_test_set(store, record.run_id, record.tags.get("test_digest", "")),
        settings=gate.settings,
        problem=problem,
    )
    verdict = judge(case, gate, override=override, author=who(asked.by))
    _write(folder, verdict, gate)
    run = store.amend_run(record.run_id)
    for name in (JSON, PAGE):
        run.log_artifact(folder / name, FOLDER)
    return JudgedCandidate(verdict, bundle, seen, registry, folder, repairs)


def enter(judged: JudgedCandidate) -> str:
    """Write a verdict into the history, and move the champion where it lets the candidate pass.

    Returns:
        The version that is champion now; "" where the candidate is refused.

    Raises:
        ChampionChanged: another candidate was promoted since it was judged.
        AssayError: registry or store do not answer, or the bundle was changed.
    """
    verdict = judged.verdict
    run = judged.registry.store.amend_run(verdict.run_id)
    try:
        version = _decide(judged.registry, verdict, judged.bundle, judged.seen)
    except AssayError:
        held = "passed, but not promoted" if verdict.decision == "promote" else "refused, but not in the history"
        run.set_tags({TAG: f"{held}: gate {verdict.gate}"})
        raise
    decision = verdict.decision if verdict.override is None else f"override by {verdict.override.by}"
    run.set_tags({TAG: f"{decision}: gate {verdict.gate}"})
    return version


def warn_of_what_does_not_hold(registry: Registry) -> None:
    """Say before minutes of judging that nothing can be promoted after them."""
    from assay.registry.registry import CANNOT

    if findings := registry.verify():
        sentence = "; ".join(findings[:3])
        say(
            f"! {registry.name} was changed from outside: {sentence}. The candidate is judged, but {CANNOT}",
            to_stderr=True,
        )


def _bundle(
    asked: PromoteRequest, config: DictConfig, store: TrackingStore, record: RunRecord
) -> tuple[Bundle | None, str]:
    """The candidate; None, and why, where that is a reason to refuse it."""
    from assay.deploy.export.export import bundle_of

    try:
        return bundle_of(config, store, record, serve=asked.serve), ""
    except (BundleError, DataError) as error:
        return None, str(error)


def _champion(config: DictConfig, store: TrackingStore, registry: Registry, seen: State) -> Champion:
    """Who reigns, with the bundle that was promoted, or why it cannot be had."""
    from assay.deploy.mlflow.model import fetch_bundle
    from assay.gate.case import Champion, champion_of
    from assay.registry.state import let_through
    from assay.run.workspace import cache_folder

    reigning = seen.champion
    if reigning is None:
        return Champion()
    bundle: Bundle | AssayError
    try:
        bundle = fetch_bundle(store, reigning.source, cache_dir=cache_folder(config))
    except AssayError as error:
        bundle = error
    made = champion_of(reigning.version, bundle, digest=reigning.bundle_digest, test_digest=reigning.test_digest)
    return replace(made, let_through=let_through(registry.entries(), reigning.version), run_id=reigning.run_id)


def _write(folder: Path, verdict: Verdict, gate: Gate) -> None:
    from assay.gate.report.verdict_page import write_page

    verdict.save(folder / JSON)
    write_page(folder / PAGE, verdict, purpose=gate.purpose)


def _decide(registry: Registry, verdict: Verdict, bundle: Bundle | None, seen: State) -> str:
    if verdict.decision != "promote" or bundle is None:
        registry.record(verdict)
        return ""
    return registry.promote(verdict, bundle, seen=seen)
