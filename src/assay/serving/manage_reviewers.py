"""`assay review reviewers`: who may sign in to the desk."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from omegaconf import DictConfig
from sqlalchemy import Connection

from assay.errors import ConfigError
from assay.registry.open_registry import who
from assay.review.passwords import make_link, new_password, set_password
from assay.review.reviewers import Reviewer, create_reviewer, disable_reviewer, find_reviewer, reviewers
from assay.serving.places import existing_store, store_url
from assay.serving.reviewers_request import ReviewersRequest
from assay.store.service_store import ServiceStore

WELCOME = "/review/welcome/"
"""Address of the page where a link sets a password."""


@dataclass(frozen=True)
class ReviewersResult:
    """What `assay review reviewers` leaves.

    Attributes:
        reviewers: that it is about.
        password: of a new one; nobody can show it again. "" where there is none.
        link: that sets a password, once; "" where there is none.
    """

    reviewers: tuple[Reviewer, ...]
    password: str = ""
    link: str = ""


def manage_reviewers(request: ReviewersRequest, config: DictConfig) -> ReviewersResult:
    """Do what is asked.

    Raises:
        AssayError: there is no such reviewer or role, the name is taken, or the database does not answer.
    """
    address = urlsplit(request.address)
    if address.scheme not in ("http", "https") or not address.netloc:
        raise ConfigError(f"address={request.address}: is no address of a service, such as https://assay.example")
    url, actor = store_url(config, request.store), who(request.by)
    with ServiceStore(url) if request.deed == "create" else existing_store(url) as store:
        if request.deed == "list":
            with store.reading() as connection:
                return ReviewersResult(tuple(reviewers(connection)))
        return store.write(lambda connection: _do(connection, request, actor))


def _do(connection: Connection, request: ReviewersRequest, actor: str) -> ReviewersResult:
    if request.deed == "create":
        reviewer = create_reviewer(connection, request.name, request.roles, actor=actor)
    else:
        reviewer = find_reviewer(connection, request.name)
    if request.deed == "disable":
        return ReviewersResult((disable_reviewer(connection, reviewer, actor=actor),))
    if request.password:
        password = new_password()
        set_password(connection, reviewer, password, actor=actor)
        return ReviewersResult((find_reviewer(connection, reviewer.id),), password=password)
    token = make_link(connection, reviewer, days=request.days, actor=actor)
    return ReviewersResult((reviewer,), link=f"{request.address.rstrip('/')}{WELCOME}{token}")
