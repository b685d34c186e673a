"""An ensemble of recorded runs: its members are looked up, held against its images, and put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from omegaconf import DictConfig

from assay.config.changed import changed
from assay.config.traits import trait
from assay.config.tta import views_in
from assay.errors import ConfigError
from assay.run.recorded_run import RecordedRun
from assay.run.val_only import EVIDENCE, refuse_val_only
from assay.run.workspace import cache_folder, open_store

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.data.preprocessing import Preprocessing
    from assay.models.backbone import Backbone
    from assay.models.network import Network
    from assay.predictions import IntArray
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

FEWEST = 2
HELD_OUT = ("val", "calib", "test")


def is_ensemble(config: DictConfig) -> bool:
    """Whether a config's model is put together from recorded runs."""
    return bool(trait(config.model["_target_"], "is_trained", unknown=False))


def with_members(config: DictConfig) -> DictConfig:
    """The config with whole ids of the members, and what they are, so that what is recorded says all.

    A multirun, a search or a study stands for all its runs that have evidence, in the order in which they began.

    Raises:
        ConfigError: fewer than two members, one of them twice, one that is an ensemble itself, or one that is asked
            with several views where the ensemble is, too.
        TrackingError: there is no such run.
    """
    if not is_ensemble(config):
        return config
    from assay.tracking.parent import is_parent

    store, records = open_store(config), []
    for word in config.model.members:
        record = store.find(str(word))
        records += _runs_of(store, record) if is_parent(record.tags) else [record]
    ids = [record.run_id for record in records]
    if len(ids) < FEWEST:
        raise ConfigError(
            f"model.members={_listed(config.model.members)}: {len(ids)} finished runs with evidence; an ensemble needs "
            f"{FEWEST} or more, as a multirun over seeds makes them"
        )
    configs = [RecordedRun(record).config for record in records]
    models = [each.model for each in configs]
    for record, own, model in zip(records, configs, models, strict=True):
        if views_in(config) and views_in(own):
            raise ConfigError(
                f"evaluation.tta: the member {record.run_id} is asked with several views already, which the ensemble "
                "takes over; type evaluation.tta=null"
            )
        if trait(model["_target_"], "is_trained", unknown=False):
            raise ConfigError(
                f"model.members: {record.run_id} is an ensemble itself; name its members: "
                f"'model.members={_listed(model.members)}'"
            )
    if twice := [run_id for run_id, count in Counter(ids).items() if count > 1]:
        raise ConfigError(f"model.members={_listed(config.model.members)}: {twice[0]} stands there twice")
    names = [str(model.name) for model in models]
    kinds = ", ".join(dict.fromkeys(name.partition(".")[0] for name in names))
    return changed(
        config,
        {
            "model.name": f"ensemble of {len(names)} ({kinds})",
            "model.members": ids,
            "model.backbones": names,
            "model.started_from": [str(model.weights) for model in models],
        },
    )


def _runs_of(store: TrackingStore, parent: RunRecord) -> list[RunRecord]:
    from assay.tracking.listing import children_of

    children = [record for record in children_of(store, parent.run_id) if record.status == "FINISHED"]
    measured = [record for record in children if EVIDENCE not in record.tags]
    return sorted(measured, key=lambda record: (record.started, record.run_id))


def members_of(config: DictConfig) -> list[RecordedRun]:
    """The members of an ensemble whose config names them by their whole ids."""
    store = open_store(config)
    return [RecordedRun(store.find(run_id)) for run_id in config.model.members]


def check_members(config: DictConfig, manifest: Manifest) -> None:
    """Refuse members that do not fit the images, or that have seen what the ensemble is calibrated or measured on.

    Args:
        config: with whole ids of the members.
        manifest: of the ensemble.

    Raises:
        ConfigError: says which member, what is wrong with it, and what to type.
        DataError: a member was not measured, or was changed since it was.
    """
    from assay.run.images import build_preprocessing

    preprocessing = build_preprocessing(config, manifest)
    for member in members_of(config):
        check_source(member, manifest, "model.members")
        _check_preprocessing(member, preprocessing)


def check_source(source: RecordedRun, manifest: Manifest, key: str) -> None:
    """Refuse a run whose model cannot be taken over by a training on these images.

    It has to be finished and as it was measured, to know the same classes, and to have kept the same images out of its
    training: what is chosen, calibrated and measured on must be new to all of its parts.

    Args:
        source: the run.
        manifest: of the training that takes it over.
        key: that names the run, for messages.
    """
    record, run_id = source.record, source.run_id
    refuse_val_only(record, f"taken by {key}")
    if record.status != "FINISHED":
        raise ConfigError(f"{key}: run {run_id} is {record.status}; only a finished run is taken")
    if broken := source.broken_seals:
        raise ConfigError(f"{key}: {broken[0]} of run {run_id} is not what that run measured; train it again")
    theirs = source.manifest
    if theirs.class_names != manifest.class_names or theirs.ordered != manifest.ordered:
        raise ConfigError(
            f"{key}: run {run_id} knows the classes {', '.join(theirs.class_names)}, and the images here are of "
            f"{', '.join(manifest.class_names)}; take runs of one dataset{_as_typed(source)}"
        )
    trained_on = set(theirs.only("train").ids)
    for split in reversed(HELD_OUT):
        known = trained_on & set(manifest.only(split).ids)
        if known:
            raise ConfigError(
                f"{key}: run {run_id} was trained on {len(known)} of the {len(manifest.only(split))} {split} images "
                f"here, so nothing that is measured on them would hold; {_same_division(run_id)}"
            )
        if _rows(theirs, split) != _rows(manifest, split):
            raise ConfigError(
                f"{key}: run {run_id} has other {split} images than this training, or other labels of them; "
                f"{_same_division(run_id)}{_as_typed(source)}"
            )


def _rows(manifest: Manifest, split: str) -> list[tuple[str, int]]:
    if split not in manifest.splits:
        return []
    part = manifest.only(split)
    return sorted(zip(part.ids.tolist(), part.labels.tolist(), strict=True))


def _same_division(run_id: str) -> str:
    return f"type data.division={run_id}, which keeps the division of that run, and its data options"


def _as_typed(source: RecordedRun) -> str:
    """The words for the images that a run was trained with."""
    words = [word for word in source.record.params.get("overrides", "").split() if word.startswith("data")]
    return f" (it was trained with {' '.join(words)})" if words else ""


def _check_preprocessing(member: RecordedRun, own: Preprocessing) -> None:
    from assay.run.images import build_preprocessing

    theirs = build_preprocessing(member.config, member.manifest)
    if theirs == own:
        return
    differing = [
        f"{key} is {theirs.state().get(key, 'none')} and here {own.state().get(key, 'none')}"
        for key in {**theirs.state(), **own.state()}
        if theirs.state().get(key) != own.state().get(key)
    ]
    data = member.config.data
    raise ConfigError(
        f"model.members: run {member.run_id} sees pictures in another way ({'; '.join(differing)}), and one model "
        f"prepares a picture once; take members that see them alike, or type data.image_size={data.image_size} "
        f"data.resize={data.resize}"
    )


def build_ensemble(config: DictConfig) -> Network:
    """The members' networks as one, with the weights that they were measured with.

    Raises:
        DataError: a member cannot be read.
    """
    from assay.models.ensemble import ensemble
    from assay.models.network import Network

    networks = []
    for member in members_of(config):
        network = member.predictor(cache_dir=cache_folder(config)).network
        networks.append(Network(_in_its_scale(network), network.head))
    return ensemble(networks)


def _in_its_scale(network: Network) -> Backbone:
    """The backbone, which says itself in which scale it is shown pictures: of a loaded network, its buffers know."""
    backbone = network.backbone
    for name in ("mean", "std"):
        loaded = getattr(network, name).flatten().double().numpy() / 255
        if not np.allclose(loaded, getattr(backbone, name), rtol=1e-6, atol=0):
            setattr(backbone, name, tuple(loaded.tolist()))
    return backbone


def draws_of_members(config: DictConfig, manifest: Manifest) -> IntArray:
    """How often each training image was drawn by all members together, int64 [N] in manifest order."""
    import pandas as pd

    ids = manifest.only("train").ids
    total = np.zeros(len(ids), dtype=np.int64)
    for member in members_of(config):
        if (draws := member.draws) is not None:
            drawn = pd.Series(draws, index=member.manifest.only("train").ids)
            total += drawn.reindex(ids, fill_value=0).to_numpy(dtype=np.int64)
    return total


def note_on(config: DictConfig) -> str:
    """What a reader of the run has to know."""
    members = ", ".join(str(run_id)[:8] for run_id in config.model.members)
    return (
        f"An ensemble of {len(config.model.members)} recorded runs ({members}): it answers by the mean of their "
        "probabilities, calibrated anew; nothing was trained."
    )


def weights_of_members(config: DictConfig) -> list[tuple[str, str]]:
    """Backbone and weights that each member's training began with."""
    return list(zip(config.model.backbones, config.model.started_from, strict=True))


def _listed(words: Sequence[Any]) -> str:
    return f"[{','.join(map(str, words))}]"
