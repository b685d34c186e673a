"""Parts: what is moved from which SQLite file to which database, as the config and the request name them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.quoting import typed
from assay.database.url import absolute_url, database_kind, sqlite_file, sqlite_url, with_driver, without_password
from assay.errors import MigrationError, TrackingError
from assay.migration.owner import MLFLOW, OPTUNA, REGISTRY, SERVICE, Owner
from assay.migration.request import MigrateRequest
from assay.registry.ledger import BEGUN, HISTORY, history_url
from assay.serving.places import beside, store_url
from assay.tracking.server import absolute_store_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = {"studies": "assay_studies", "service": "assay_service"}
"""Schema of a part beside the runs: MLflow, Optuna and the service each have a table `alembic_version`."""


@dataclass(frozen=True)
class Part:
    """What is moved in one transaction.

    Attributes:
        name: "tracking", "history", "studies" or "service".
        owner: of its tables.
        file: the SQLite file that holds them.
        key: of the config or request that names the file, for messages.
        url: of the database that they go to, with the schema in it.
        schema: that is made for them; "" for what the database takes without one.
        without: tables of the file that lie elsewhere now.
        locks: further files that whoever works in it holds.
        settings: words that are typed from then on, without the password.
    """

    name: str
    owner: Owner
    file: Path
    key: str
    url: str
    schema: str
    settings: tuple[str, ...]
    without: frozenset[str] = frozenset()
    locks: tuple[Path, ...] = field(default=())

    @property
    def shown_url(self) -> str:
        """Where it goes, for messages."""
        return without_password(self.url)


@dataclass(frozen=True)
class Parts:
    """What there is.

    Attributes:
        found: parts that can be moved, in the order in which they are.
        left: what stays where it is, as sentences.
    """

    found: tuple[Part, ...]
    left: tuple[str, ...]


def parts_of(request: MigrateRequest, config: DictConfig) -> Parts:
    """What there is to move.

    Raises:
        MigrationError: `to` names no PostgreSQL database, or a part that was asked for is in no SQLite file.
        AssayError: the config names a store that cannot be.
    """
    _check_target(request.to)
    parts: list[Part] = []
    left: list[str] = []
    for name, parts_in in (("tracking", _recorded), ("studies", _studies), ("service", _service)):
        if request.only in ("all", name):
            for part in parts_in(request, config):
                if isinstance(part, Part):
                    parts.append(part)
                elif request.only == name:
                    raise MigrationError(part)
                else:
                    left.append(part)
    if not parts:
        raise MigrationError("; ".join(["there is nothing to move", *left]))
    return Parts(tuple(parts), tuple(left))


def _check_target(url: str) -> None:
    if database_kind(url) != "postgresql":
        shown = f"{without_password(url)!r:.200}"
        raise MigrationError(f"to={shown}: is no PostgreSQL database; name one: to=postgresql://USER@HOST/DATABASE")
    try:
        absolute_url(url, key="to")
    except TrackingError as error:
        raise MigrationError(str(error)) from error


def _recorded(request: MigrateRequest, config: DictConfig) -> Iterator[Part | str]:
    """Runs and registered models, and the history, which lies with them or apart."""
    url = absolute_url(with_driver(request.to), key="to")
    uri = absolute_store_uri(config.tracking.uri)
    runs = sqlite_file(uri)
    if runs is None and uri.startswith("http") and config.registry.history is None:
        yield f"{without_password(uri)}: the runs are kept by a server, whose database its own tools move"
        return
    history = sqlite_file(history_url(uri, config.registry.history))
    apart = history is not None and history != runs
    if runs is None:
        yield f"{without_password(uri)}: the runs are in no SQLite file"
    elif not runs.is_file():
        yield f"{runs}: no runs were recorded here (tracking.uri)"
    else:
        without = frozenset({HISTORY.name, BEGUN.name}) if history != runs else frozenset()
        settings = (typed("tracking.uri", without_password(url)), *(("registry.history=null",) if apart else ()))
        yield Part("tracking", MLFLOW, runs, "tracking.uri", url, "", settings, without)
    if history is not None and apart:
        if not history.is_file():
            yield f"{history}: no history was written here (registry.history)"
            return
        settings = (typed("registry.history", without_password(url)),) if runs is None else ("registry.history=null",)
        yield Part("history", REGISTRY, history, "registry.history", url, "", settings)


def _studies(request: MigrateRequest, config: DictConfig) -> Iterator[Part | str]:
    if not request.studies:
        yield "studies: no file of theirs was named (studies=FILE); a journal stays in the folder of its sweep"
        return
    file = sqlite_file(request.studies) if "://" in request.studies else Path(request.studies).expanduser()
    if file is None or not file.is_file():
        yield f"{without_password(request.studies)}: there is no such SQLite file (studies)"
        return
    url, schema = _schema(request, "studies")
    settings = (typed("hydra.sweeper.storage", without_password(url)),)
    yield Part("studies", OPTUNA, file.absolute(), "studies", url, schema, settings)


def _service(request: MigrateRequest, config: DictConfig) -> Iterator[Part | str]:
    source = store_url(config, request.store)
    file = sqlite_file(source)
    if file is None or not file.is_file():
        where = without_password(source) if file is None else file
        yield f"{where}: no service has kept anything in a SQLite file there (store)"
        return
    url, schema = _schema(request, "service")
    sent = Path(request.jobs).expanduser().absolute() if request.jobs else beside(sqlite_url(file), "jobs")
    words = (f"store={without_password(url)}", f"kept={beside(sqlite_url(file), 'pictures')}", f"jobs={sent}")
    settings = tuple(map(shlex.quote, words))
    locks = (sent / ".lock",) if sent.is_dir() else ()
    yield Part("service", SERVICE, file.absolute(), "store", url, schema, settings, locks=locks)


def _schema(request: MigrateRequest, part: str) -> tuple[str, str]:
    """URL of a part, and the schema that it names; a part that is moved alone has none of its own."""
    url = absolute_url(with_driver(request.to), key="to")
    if request.only == part:
        return url, ""
    schema = SCHEMAS[part]
    if "options=" in url:
        raise MigrationError(
            f"to={without_password(url)}: has options of its own, beside which the schema of the {part} has no place; "
            f"move each part alone, with only=tracking, only=studies and only=service, each to a database of its own"
        )
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}", schema
