"""A review desk without a model: a store with items of drawn pictures, reviewers, and a server on this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from assay.review.desk.addresses import addresses
from assay.review.desk.desk import NAVIGATION, PACKAGE, SCRIPTS, SESSION_SECONDS, STYLES, Desk
from assay.review.desk.guide import Guide
from assay.review.item import ReviewItem
from assay.review.passwords import Attempts
from assay.review.policy import QueuePolicy
from assay.review.reviewers import Reviewer, create_reviewer
from assay.review.rows import add_items
from assay.store.kept_pictures import KeptPictures
from assay.store.service_secret import service_secret
from assay.store.service_store import ServiceStore
from assay.web.refusal import PageRefusal
from assay.web.session import Session, Sessions
from assay.web.site import Site
from assay.web.static_files import StaticFiles

SIDE = 512


@dataclass(frozen=True)
class DeskAlone:
    """A desk that answers.

    Attributes:
        address: of it.
        store: of it.
        sessions: of its reviewers.
    """

    address: str
    store: ServiceStore
    sessions: Sessions

    def cookie(self, name: str) -> dict[str, str]:
        """Of a new reviewer who has signed in; passwords take long by design, and are not what is measured."""
        made: Reviewer = self.store.write(lambda c: create_reviewer(c, name, ["reviewer"], actor="experiment"))
        session = Session(values={"reviewer": made.id, "epoch": str(made.epoch)})
        text = self.sessions._signer.dumps({"id": session.id, "values": session.values, "flashes": []})
        return {"name": "assay-review", "value": text, "url": self.address}


@contextmanager
def desk_alone(root: Path, items: int, wanted: int) -> Iterator[DeskAlone]:
    """A desk with so many items of the form label, each wanted by so many reviewers.

    Args:
        root: empty folder.
        items: that wait.
        wanted: reviewers of each.
    """
    store, pictures, rng = (
        ServiceStore(f"sqlite:///{root}/service.db"),
        KeptPictures(root / "pictures"),
        np.random.default_rng(0),
    )
    for number in range(items):
        ground = rng.integers(0, 255, (SIDE // 16, SIDE // 16, 3), dtype=np.uint8)
        pictures.keep(f"{number:064x}", np.kron(ground, np.ones((16, 16, 1), np.uint8)))
    about = {"classes": ("jade", "onyx"), "hidden": {"label": "jade", "confidence": 0.6}, "wanted": wanted}
    queued = [ReviewItem("label", "drift", prediction=f"p{n}", picture=f"{n:064x}", **about) for n in range(items)]
    store.write(lambda connection: add_items(connection, queued))
    static, sessions = StaticFiles(PACKAGE), Sessions(service_secret(store, "pages"), "review", seconds=SESSION_SECONDS)
    site = Site(PACKAGE, sessions, NAVIGATION, static, styles=STYLES, scripts=SCRIPTS)

    async def no_map(item: ReviewItem) -> bytes | None:
        return None

    desk = Desk(store, pictures, QueuePolicy(known_share=0.0), site, no_map, Guide(), dict, Attempts())

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, PageRefusal)
        return site.refused(request, error)

    routes = [Route(path, handler, methods=[method]) for path, method, handler in addresses(desk)]
    routes.append(Route("/static/{digest}/{name}", static.serve))
    app = Starlette(routes=routes, exception_handlers={PageRefusal: refused})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield DeskAlone(f"http://127.0.0.1:{port}", store, sessions)
    finally:
        server.should_exit = True
        thread.join(10)
        store.close()
