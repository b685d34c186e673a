"""An experiment from start to end: the rival is loaded, refused where it cannot be compared, and put on record."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig

from assay.errors import ConfigError
from assay.serving.arms import CHALLENGER, SHADOW, Arms, Experiment, Rival, not_comparable
from assay.serving.engine import Engine
from assay.serving.loading import load_engine
from assay.serving.settings import ServeRequest
from assay.store.experiments import ENDED, STARTED, STOPPED, note_experiment, stopped_before
from assay.store.service_store import ServiceStore


def start_rival(request: ServeRequest, config: DictConfig, champion: Engine) -> Rival | None:
    """The model that is to be compared with the champion, ready to answer; None where none is asked for.

    Raises:
        AssayError: there is no such model, or it cannot be compared: it is the champion itself, or knows other classes.
    """
    words = request.challenger or request.shadow
    if not words:
        return None
    engine = load_engine(config, words, threads=request.threads)
    arm, share = (CHALLENGER, request.share) if request.challenger else (SHADOW, 1.0)
    if why := not_comparable(champion, engine):
        raise ConfigError(f"{arm}={words}: cannot be compared with {champion.origin}: {why}")
    name = request.experiment or f"{champion.digest[:8]}-{engine.digest[:8]}"
    return Rival(engine, Experiment(name, "challenger" if arm == CHALLENGER else "shadow", share))


def begin_experiment(store: ServiceStore, arms: Arms) -> None:
    """Put the start on record; an experiment of a name that was stopped is not begun again, and the champion answers.

    Raises:
        ServiceError: the trail cannot be written.
    """
    experiment = arms.experiment
    if experiment is None:
        return
    with store.reading() as connection:
        before = stopped_before(connection, experiment.name)
    if before:
        arms.stop(before)
        return
    content = {"arm": experiment.arm, "share": experiment.share, **_bundles(arms)}
    store.write(lambda connection: note_experiment(connection, STARTED, experiment.name, content))


def stop_experiment(store: ServiceStore, arms: Arms, why: str) -> bool:
    """Let the champion answer alone, and put that on record; False where it did already."""
    if not arms.stop(why) or arms.experiment is None:
        return False
    name, content = arms.experiment.name, {"why": why, **_bundles(arms)}
    store.submit(lambda connection: note_experiment(connection, STOPPED, name, content))
    return True


def end_experiment(store: ServiceStore, arms: Arms, counts: dict[str, int]) -> None:
    """Put on record that the service ends, and the experiment with it until it is started again."""
    if arms.experiment is None or arms.stopped:
        return
    name, content = arms.experiment.name, {**counts, **_bundles(arms)}
    store.write(lambda connection: note_experiment(connection, ENDED, name, content))


def _bundles(arms: Arms) -> dict[str, Any]:
    rival = arms.rival
    return {"champion": arms.champion.engine.digest, "rival": "" if rival is None else rival.engine.digest}
