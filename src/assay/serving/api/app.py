"""The application: addresses, and how whatever goes wrong is said (RFC 9457)."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from assay.errors import ServiceError
from assay.serving.api import (
    classify,
    classify_url,
    consent,
    docs,
    feedback,
    health,
    jobs,
    models,
    open_inference,
    predictions,
)
from assay.serving.api.context import RequestContext
from assay.serving.api.methods import allowed_methods
from assay.serving.api.openapi import Api
from assay.serving.api.problems import refusal_response
from assay.serving.api.shedding import Shedding
from assay.serving.metrics import Metrics
from assay.serving.pages.install import error_page, install_pages
from assay.serving.refusal import KINDS, Refusal
from assay.serving.service import Service
from assay.store.ids import new_id

_log = logging.getLogger(__name__)
ABOUT = """Pictures in, answers out: class, calibrated confidence, the classes that are possible, whether the picture is
of this kind at all, and whether a person should look. Send the key as `Authorization: Bearer KEY`."""
MODULES = (classify, classify_url, jobs, predictions, feedback, consent, models, health, docs, open_inference)


def create_app(service: Service) -> FastAPI:
    """The application of a service."""
    app, metrics = addresses(), Metrics(service)
    app.state.service, app.state.metrics = service, metrics
    service.jobs.runner.looked_at = metrics.looked_at
    install_pages(app, service)
    app.add_middleware(Shedding, service=service, metrics=metrics)
    app.add_middleware(RequestContext, metrics=metrics, ending=lambda: service.admission.closed)
    return app


def addresses() -> FastAPI:
    """Every address, without what answers: enough for the OpenAPI document."""
    app = Api(title="Assay", version="1", description=ABOUT, docs_url=None, redoc_url=None)
    for module in MODULES:
        app.include_router(module.router)
    app.add_api_route("/problems/{name}", _problem_page, include_in_schema=False)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(ServiceError, _no_store)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _fault)
    return app


async def _problem_page(name: str) -> JSONResponse:
    """What a kind of problem is."""
    if name not in KINDS:
        raise Refusal("not-found", "There is no problem of this name.")
    kind = KINDS[name]
    return JSONResponse(
        {"type": f"/problems/{name}", "title": kind.title, "status": kind.status, "remedy": kind.remedy}
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    request.app.state.metrics.refused(error.name)
    if (page := error_page(request, error, _request_id(request))) is not None:
        return page
    return refusal_response(error, request.url.path, _request_id(request))


async def _not_understood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return await _refused(request, Refusal("request", f"{where}: {first['msg']}."))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    name = {404: "not-found", 405: "method"}.get(error.status_code, "request")
    headers = dict(error.headers or {})
    if name == "method":  # Starlette names those of the first route alone
        headers["Allow"] = ", ".join(allowed_methods(request))
    return await _refused(request, Refusal(name, f"{error.detail}.", headers=headers))


async def _no_store(request: Request, error: Exception) -> Response:
    """The operator's log says which database, and why."""
    _log.warning("request %s: %s", _request_id(request), error)
    return await _refused(request, Refusal("store", "What was asked for cannot be looked up.", retry_after=5))


async def _fault(request: Request, error: Exception) -> Response:
    """A fault of ours: the client gets an id, the operator's log the rest."""
    _log.error("request %s failed", _request_id(request), exc_info=error)
    return await _refused(request, Refusal("fault", "The service has a fault; it was noted under the request id."))


def _request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", "") or new_id())
