"""`assay serve`: the champion answers over HTTP until it is told to end."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import uvicorn
from omegaconf import DictConfig
from sqlalchemy import Connection

from assay.errors import ServiceError
from assay.output import say
from assay.serving.api.app import create_app
from assay.serving.api.peer import Peer
from assay.serving.arms import not_comparable
from assay.serving.canary import CanaryFollower
from assay.serving.door import Door, cannot_listen
from assay.serving.engine import Engine
from assay.serving.experiment import begin_experiment, end_experiment, start_rival, stop_experiment
from assay.serving.heat_maps import keep_heat_maps
from assay.serving.holder import Holder, LoadAttempt, Poller
from assay.serving.loading import load_engine
from assay.serving.origin import wanted_digest
from assay.serving.patient_protocol import PatientProtocol
from assay.serving.places import beside, service_folders, store_url
from assay.serving.review_feed import ReviewFeed, queue_policy
from assay.serving.served import Served
from assay.serving.server import Server
from assay.serving.service import Service
from assay.serving.settings import ServeRequest
from assay.serving.tls import Tls
from assay.serving.training_examples import TrainingExamples
from assay.serving.watch.beside import watching
from assay.serving.watch.nearest import NearestTraining
from assay.store.keys import create_key, keys
from assay.store.retention import limits_of, shown_limits
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject
from assay.store.trail import append_lines

GIL_SECONDS = 0.0005
"""After which a thread in Python lets another one go on: the loop asks for its turn at every read and every write."""
JOURNAL = "JOURNAL_STREAM"
"""Variable that systemd sets where what a program says goes into its journal."""


def serve(request: ServeRequest, config: DictConfig, door: Door) -> Served:
    """Answer until a signal comes: then say "not ready", answer what was let in, and end.

    Args:
        request: what is asked for.
        config: where runs are recorded.
        door: the address, taken.

    Raises:
        AssayError: there is no model, it does not answer as it was measured, or address or database are not to be had.
    """
    sys.setswitchinterval(GIL_SECONDS)
    with running(request, config) as service, rules_without_threads():
        _say_where(service.settings, service, _first_key(service.store))
        if door.tls is not None and (warning := door.tls.warning()):
            say(warning, to_stderr=True)
        gc.collect()
        gc.freeze()  # while the collector looks through all that the start has made, nobody is answered
        asyncio.run(_answer(service, door))
    return Served(service.answered)


@contextmanager
def rules_without_threads() -> Iterator[None]:
    """Leave the cores to the networks: what rules compute about one picture is too little to be shared among threads.

    The libraries of linear algebra that are loaded count; OpenCV has threads of its own.
    """
    import cv2
    from threadpoolctl import threadpool_limits

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        cv2.setNumThreads(before)


@contextmanager
def running(request: ServeRequest, config: DictConfig) -> Iterator[Service]:
    """A service whose models are loaded and looked after, whoever brings it requests; behind the block it is closed.

    Args:
        request: what is asked for.
        config: where runs are recorded.

    Raises:
        AssayError: there is no model, it does not answer as it was measured, or the database is not to be had.
    """
    limits = limits_of(dict(each.partition(":")[::2] for each in request.retention))
    engine = load_engine(config, request.model, threads=request.threads)
    rival = start_rival(request, config, engine)
    url = store_url(config, request.store)
    folder = Path(config.tracking.work).expanduser().parent
    folders = service_folders(config, url, request.kept, request.jobs)
    kept = str(folders.pictures.folder)
    request = replace(request, kept=kept, jobs=request.jobs or str(beside(url, "jobs", folder)))
    with ServiceStore(url) as store:
        service = Service(request, store, engine, rival)
        service.examples, service.nearest = TrainingExamples(config), NearestTraining(config)
        service.upkeep.schedule(folders, limits)
        maps = partial(keep_heat_maps, service)
        feed = ReviewFeed(store, queue_policy(request), service.keeping.pictures, maps)
        begin_experiment(store, service.arms)
        pollers = _pollers(request, config, service) if request.poll_seconds else []
        canary = _canary(request, config, service)
        if request.poll_seconds:
            canary.look()
            canary.start()
        try:
            service.jobs.start()
            with watching(service):
                yield service
        finally:
            for poller in pollers:
                poller.close()
            canary.close()
            feed.close()
            service.close()
            end_experiment(store, service.arms, asdict(service.shadow.counts))


def _first_key(store: ServiceStore) -> str:
    """The text of an admin's key where there is no key yet; "" where there is, or what is said is kept by systemd."""
    with store.reading() as connection:
        if keys(connection):
            return ""
    if os.environ.get(JOURNAL):
        say("no key opens anything yet, and none is written to a journal: assay keys create makes one", to_stderr=True)
        return ""

    def make(connection: Connection) -> str:
        subject = add_subject(connection, "operator")
        return create_key(connection, subject.id, "first", ("classify", "review", "admin"), actor="assay serve")[1]

    return store.write(make)


def _pollers(request: ServeRequest, config: DictConfig, service: Service) -> list[Poller]:
    """One for each arm."""
    arms = service.arms
    pollers = [_poller(request, config, service, arms.champion, request.model, "champion")]
    if arms.rival is not None and arms.experiment is not None:
        words = request.challenger or request.shadow
        pollers.append(_poller(request, config, service, arms.rival, words, arms.experiment.arm))
    return pollers


def _poller(
    request: ServeRequest, config: DictConfig, service: Service, holder: Holder, words: str, arm: str
) -> Poller:
    def load() -> Engine:
        engine = load_engine(config, words, threads=request.threads)
        if holder is service.arms.rival and (why := not_comparable(service.holder.engine, engine)):
            raise ServiceError(f"{words}: cannot be compared: {why}")
        return engine

    def note(attempt: LoadAttempt) -> None:
        kind = "model not loaded" if attempt.error else "model swapped"
        content = {"arm": arm, "source": attempt.source, "bundle": attempt.bundle, "error": attempt.error}
        say(f"{kind}: {attempt.source} {attempt.bundle[:12]} {attempt.error}".rstrip(), to_stderr=True)
        service.store.submit(lambda connection: append_lines(connection, [(kind, content, None)]))
        if not attempt.error:
            service.guard.begin_anew()
        if why := service.arms.no_comparison:
            stop_experiment(service.store, service.arms, why)

    return Poller(holder, lambda: wanted_digest(config, words), load, request.poll_seconds, note)


def _canary(request: ServeRequest, config: DictConfig, service: Service) -> CanaryFollower:
    def load(source: str) -> Engine:
        return load_engine(config, source, threads=request.threads)

    def begun() -> None:
        service.guard.begin_anew()
        begin_experiment(service.store, service.arms)

    return CanaryFollower(service.store, service.arms, load, begun, request.poll_seconds or 1.0)


def _say_where(request: ServeRequest, service: Service, first: str) -> None:
    engine, arms = service.holder.engine, service.arms
    scheme = "https" if request.tls_cert else "http"
    address = f"{scheme}://{f'[{request.host}]' if ':' in request.host else request.host}:{request.port}"
    say(f"model    {engine.origin}, bundle {engine.digest[:12]}, answers in {engine.bundle.about.serves}")
    if arms.rival is not None and arms.experiment is not None:
        rival, experiment = arms.rival.engine, arms.experiment
        part = "looks on" if experiment.arm == "shadow" else f"answers {experiment.share:.1%} of the keys"
        say(f"{experiment.arm}  {rival.origin}, bundle {rival.digest[:12]}, {part}; experiment {experiment.name!r}")
        if arms.stopped:
            say(f"         was stopped before ({arms.stopped}) and stays so; another name begins anew: experiment=NAME")
    say(f"address  {address}  (what it takes: {address}/docs)")
    if first:
        say(f"key      {first}")
        say("         the first key, for everything; it is shown this once. assay keys create makes others")
    shown = first or "KEY"
    say(f"try      curl -H 'Authorization: Bearer {shown}' --data-binary @photo.jpg {address}/v1/classify")
    limits = limits_of(dict(each.partition(":")[::2] for each in request.retention))
    say(f"keeps    {shown_limits(limits)}; older is deleted once a day, but for legal holds")
    say("until Ctrl-C")


async def _answer(service: Service, door: Door) -> None:
    settings, tls = service.settings, door.tls
    server = Server(server_config(service, tls), service, tls)
    try:
        await server.serve(door.sockets)
    except OSError as error:  # somebody else has begun to listen meanwhile
        raise cannot_listen(settings, error) from error


def server_config(service: Service, tls: Tls | None = None) -> uvicorn.Config:
    """How uvicorn serves a service."""
    settings = service.settings
    return uvicorn.Config(
        Peer(create_app(service), settings.proxy),
        http=PatientProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        ssl_context_factory=None if tls is None else lambda config, made: tls.context,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=int(settings.drain_seconds),
        h11_max_incomplete_event_size=16_384,
        limit_concurrency=None,
        lifespan="off",
    )
