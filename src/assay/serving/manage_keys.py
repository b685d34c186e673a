"""`assay keys`: make, list, rotate and revoke the keys that a service takes."""

from __future__ import annotations

from dataclasses import dataclass

from omegaconf import DictConfig
from sqlalchemy import Connection

from assay.registry.open_registry import who
from assay.serving.keys_request import KeysRequest
from assay.serving.places import existing_store, store_url
from assay.store.keys import ApiKey, create_key, keys, revoke_key, rotate_key
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject, subjects


@dataclass(frozen=True)
class KeysResult:
    """What `assay keys` leaves.

    Attributes:
        keys: that it is about.
        owners: name of each key's owner, by his id.
        shown: what a client sends, of a new key; nobody can show it again. "" where there is none.
    """

    keys: tuple[ApiKey, ...]
    owners: dict[str, str]
    shown: str = ""


def manage_keys(request: KeysRequest, config: DictConfig) -> KeysResult:
    """Do what is asked.

    Raises:
        ServiceError: there is no such key or scope, or the database does not answer.
    """
    url, actor = store_url(config, request.store), who(request.by)
    with ServiceStore(url) if request.deed == "create" else existing_store(url) as store:
        made: tuple[ApiKey, str] | None = None
        if request.deed == "create":
            made = store.write(lambda connection: _create(connection, request, actor))
        elif request.deed == "rotate":
            days = request.overlap_days
            made = store.write(lambda connection: rotate_key(connection, request.key, actor=actor, overlap_days=days))
        elif request.deed == "revoke":
            made = store.write(lambda connection: (revoke_key(connection, request.key, actor=actor), ""))
        with store.reading() as connection:
            owners = {subject.id: subject.name for subject in subjects(connection)}
            known = tuple(keys(connection))
    return KeysResult(known, owners) if made is None else KeysResult((made[0],), owners, made[1])


def _create(connection: Connection, request: KeysRequest, actor: str) -> tuple[ApiKey, str]:
    owner = request.owner or request.name
    known = [subject for subject in subjects(connection) if subject.name == owner]
    subject = known[0] if known else add_subject(connection, owner)
    return create_key(connection, subject.id, request.name, request.scopes, actor=actor, days=request.days)
