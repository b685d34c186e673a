"""`assay train`: images, training, evidence, record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from assay.config import door
from assay.config.check import check
from assay.config.imbalance import with_minority
from assay.files import atomic_write
from assay.first_import import first_import
from assay.models.preflight import check_model
from assay.models.pruning import current_trial
from assay.progress import Clock
from assay.run.announcement import announce, resumable
from assay.run.config_digest import config_digest
from assay.run.ensemble import check_members, is_ensemble, with_members
from assay.run.images import dataset_input
from assay.run.naming import run_name
from assay.run.network import BUILDER, as_asked, build_network
from assay.run.objectives import OPTIMISED, objectives
from assay.run.params import run_params
from assay.run.resume import interrupted_run, remove_leftovers
from assay.run.reviewed_notes import reviewed_notes
from assay.run.room import refuse_without_room
from assay.run.teacher import has_teacher, teacher_logits, with_teacher
from assay.run.training_images import load_training_images
from assay.run.val_only import is_val_only, val_only_tags
from assay.run.workspace import cache_folder, environment_tags, open_store, recording_store
from assay.tracking.run_files import CONFIG, DRAWS, FIGURES, MANIFEST, RECORDED, SYNTHETIC
from assay.tracking.tags import job_tag

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.evaluation.evidence import Evidence
    from assay.models.network import Network
    from assay.predictor import Predictor
    from assay.run.stages import Trained
    from assay.tracking.run import TrackedRun
    from assay.tracking.store import TrackingStore


@dataclass(frozen=True)
class Outcome:
    """What a training leaves in memory.

    Attributes:
        run_id: of the MLflow run.
        predictor: calibrated, as it would be served.
        evidence: on the test split; None with `evaluation=val`, which does not look at it.
        folder: the run's files.
        seconds: how long each part took in this process; `fit` is the part of training inside the trainer's loop.
        objectives: what a sweep may optimise, by logged name: calibrated val metrics, and what answers cost.
        page: address of the run in the MLflow UI.
    """

    run_id: str
    predictor: Predictor
    evidence: Evidence | None
    folder: Path
    seconds: dict[str, float]
    objectives: dict[str, float]
    page: str = ""


def train(config: DictConfig) -> Outcome:
    """Compose, train, measure, record; with `resume`, go on with a run that was interrupted.

    Raises:
        AssayError: what a person can mend. Configuration, data, weights and tracking are looked at before a run
            exists.
    """
    with first_import("torch"):
        from assay.run.rehearsal import rehearse

    check(config)
    config = with_minority(config)
    if config.model["_target_"] == BUILDER:  # what a plug-in builds, timm need not know
        check_model(config.model.name, config.model.weights)
    if config.resume:
        return _resume(config, open_store(config))
    config = with_teacher(with_members(config))
    store = recording_store(config)
    manifest, generated = load_training_images(config)
    network = _network(config, manifest)
    rehearse(config, network, manifest)
    refuse_without_room(config, network)
    with _parent(store) as parent, _start(config, manifest, store, parent) as run:
        if _keeps_config(config):
            with atomic_write(run.folder / CONFIG) as temporary:
                OmegaConf.save(config, temporary, resolve=True)
            manifest.save(run.folder / MANIFEST)
        if generated is not None:
            generated.save(run.folder / SYNTHETIC)
        return _train_and_measure(config, manifest, network, run)


def _network(config: DictConfig, manifest: Manifest) -> Network:
    if is_ensemble(config):
        check_members(config, manifest)
    if has_teacher(config):
        teacher_logits(config, manifest)  # refused before a run begins
    return build_network(config, len(manifest.class_names))


@contextmanager
def _parent(store: TrackingStore) -> Iterator[str | None]:
    """The parent run of the multirun or study that this job belongs to, if any; a multirun's ends with its children."""
    from assay.tracking.parent import inherited_parent

    if inherited := inherited_parent():
        yield inherited
        return
    _, sweep = door.typed_overrides()
    if sweep is None:
        yield None
        return
    parent = store.start_parent(f"multirun {Path(sweep).name}", str(Path(sweep).absolute()))
    try:
        yield parent
    finally:
        store.finish_parent(parent)


def _start(config: DictConfig, manifest: Manifest, store: TrackingStore, parent: str | None) -> TrackedRun:
    overrides, _ = door.typed_overrides()
    digests = {
        "dataset_digest": manifest.digest,
        "test_digest": manifest.only("test").digest,
        "config_digest": config_digest(config),
    }
    trial = current_trial()
    numbered = job_tag() if trial is None else {"assay.trial": str(trial.number)}
    run = store.start_run(
        run_name(config, overrides),
        params=run_params(config, overrides) if _keeps_config(config) else _whole(config, overrides),
        tags={**environment_tags(config), **digests, **numbered, **(val_only_tags() if is_val_only(config) else {})},
        parent=parent,
    )
    if trial is not None:
        trial.started(run.run_id)
    return run


def _keeps_config(config: DictConfig) -> bool:
    """Whether the config becomes a file of the run: a trial is not resumed, and its params say how it was made."""
    return not (is_val_only(config) and current_trial())


def _whole(config: DictConfig, overrides: Sequence[str]) -> dict[str, Any]:
    return {**door.plain(config), "overrides": " ".join(overrides)}


def _resume(asked: DictConfig, store: TrackingStore) -> Outcome:
    """Go on in the same run, as it was configured, with the images and splits that it had."""
    interrupted = interrupted_run(asked, store)
    config, manifest = interrupted.config, interrupted.manifest
    network = _network(config, manifest)
    with store.resume_run(interrupted.record.run_id) as run:
        remove_leftovers(run.folder)  # whose process has ended, or the run would not be taken over
        return _train_and_measure(config, manifest, network, run)


def _train_and_measure(config: DictConfig, manifest: Manifest, network: Network, run: TrackedRun) -> Outcome:
    if current_trial():  # its sweep says how it went, and tries again what was interrupted
        return _stages_and_ending(config, manifest, network, run)
    announce(config, manifest, run)
    with resumable(run.run_id):
        return _stages_and_ending(config, manifest, network, run)


def _stages_and_ending(config: DictConfig, manifest: Manifest, network: Network, run: TrackedRun) -> Outcome:
    from assay.run.stages import train_stages

    run.log_dataset(manifest, described=dataset_input(config, manifest))
    clock = Clock()
    notes = (*_record_generated(run), *reviewed_notes(config, manifest))
    trained = train_stages(config, network, manifest, run)
    trained = replace(trained, notes=(*notes, *trained.notes))
    clock.lap("training")
    ending = _score_and_record if is_val_only(config) else _measure_and_record
    outcome = ending(config, manifest, as_asked(config, network), run, trained, clock)
    return replace(outcome, seconds={**outcome.seconds, "fit": trained.fit_seconds}, page=run.page)


def _record_generated(run: TrackedRun) -> tuple[str, ...]:
    """Log what is known about generated training images, where there are any; gives sentences for the report."""
    if not (run.folder / SYNTHETIC).exists():
        return ()

    from assay.synthetic.training.generated_use import SyntheticUse

    use = SyntheticUse.load(run.folder / SYNTHETIC)
    run.log_metrics(use.flat())
    run.set_tags(use.tags())
    run.log_artifact(run.folder / SYNTHETIC)
    return use.notes()


def _score_and_record(
    config: DictConfig, manifest: Manifest, network: Network, run: TrackedRun, trained: Trained, clock: Clock
) -> Outcome:
    """Val metrics alone; see `assay.run.val_only`."""
    from assay.run.val_only import score

    scored = score(config, manifest, network, run.folder)
    clock.lap("val metrics")
    objective_values = objectives(scored.val, scored.cost)
    run.log_metrics({**scored.cost, **_logged(objective_values, trained)})
    clock.lap("recording")
    return Outcome(run.run_id, scored.predictor, None, run.folder, clock.seconds, objective_values)


def _measure_and_record(
    config: DictConfig, manifest: Manifest, network: Network, run: TrackedRun, trained: Trained, clock: Clock
) -> Outcome:
    """Evidence on test, report and files; among them how often each training image was drawn."""
    import pandas as pd

    from assay.run.measure import measure
    from assay.run.note import NOTE, note
    from assay.run.report import write_pages
    from assay.tracking.seal import seals
    from assay.tracking.test_set_use import looks_now

    train = manifest.only("train")
    with atomic_write(run.folder / DRAWS) as temporary:
        pd.DataFrame({"id": train.ids, "label": train.labels, "draws": trained.draws}).to_parquet(
            temporary, index=False
        )
    tags = environment_tags(config)
    run.set_tags(looks_now(), once=True)
    measured = measure(
        config,
        manifest,
        network,
        run.folder,
        environment=tags,
        notes=trained.notes,
        draws=trained.draws,
        epochs=len(trained.curves),
    )
    facts = _facts(config, manifest, tags)
    figures = bool(config.evaluation.get("figures", True))  # a run that is resumed may be older than this key
    write_pages(
        run.folder,
        measured,
        manifest,
        trained.curves,
        title=run.name,
        facts=facts,
        figures=cache_folder(config) / "figures" if figures else None,
    )
    clock.lap("evidence")
    evidence = measured.evidence
    objective_values = objectives(evidence.other_splits["val"], evidence.cost.flat() if evidence.cost else {})
    run.log_metrics({**evidence.flat(), **_logged(objective_values, trained)})
    run.set_tags(
        {NOTE: note(evidence, run.run_id, f"{facts['backbone']}; images: {facts['images']}"), **seals(run.folder)}
    )
    for name in RECORDED:
        if name != FIGURES or figures:
            run.log_artifact(run.folder / name)
    clock.lap("recording")
    return Outcome(run.run_id, measured.predictor, evidence, run.folder, clock.seconds, objective_values)


def _logged(objective_values: Mapping[str, float], trained: Trained) -> dict[str, float]:
    """What any run logs beside its curves, whose names the val metrics must not have: those are before calibration."""
    calibrated = {f"calibrated/{name}": objective_values[name] for name in OPTIMISED if name in objective_values}
    return {**calibrated, "seconds/fit": trained.fit_seconds}


def _facts(config: DictConfig, manifest: Manifest, tags: dict[str, str]) -> dict[str, str]:
    """What the report says at its top."""
    options = {group: str(config[group]["_target_"]).rpartition(".")[2] for group in ("finetune", "sampler", "loss")}
    dirty = " with uncommitted changes" if tags["git_dirty"] == "true" else ""
    outside = int((manifest.table["split"] == "ood").sum())
    unlabelled = len(manifest) - len(manifest.labelled) - outside
    images = f"{len(manifest.labelled)} in {len(manifest.class_names)} classes, {len(manifest.excluded)} excluded"
    images += f", {unlabelled} unlabelled" if unlabelled else ""
    return {
        "backbone": f"{config.model.name}, weights {config.model.weights}",
        "images": images + (f", {outside} in {len(manifest.ood_sets())} OOD sets" if outside else ""),
        **options,
        "seed": str(config.seed),
        "dataset": manifest.digest[:12],
        "commit": tags["git_commit"][:12] + dirty,
    }
