"""Where a study is kept: a journal file that outlives any kill, or a database by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.database.engine import open_engine
from assay.database.locks import LockHeldError, file_lock, native_lock
from assay.database.made_whole import made_whole
from assay.database.server_lock import server_lock
from assay.database.url import database_kind, sqlite_file, sqlite_url, with_driver, without_password
from assay.errors import ConfigError, TrackingError

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory
    from optuna.storages import BaseStorage

JOURNAL = "study.journal"
NOT_SQLITE = (
    "SQLite is not for several workers: whoever writes locks the whole file, and the others run into time limits in "
    "the middle of a trial. Leave hydra.sweeper.storage out for a journal file, or use PostgreSQL"
)


@contextmanager
def open_storage(storage: str | None, folder: Path) -> Iterator[BaseStorage]:
    """Optuna's storage for the length of a sweep.

    Args:
        storage: URL of a database or path of a journal; None for a journal in `folder`.
        folder: of the sweep.

    Raises:
        ConfigError: the database cannot be opened, or another process works on a SQLite file.
    """
    if storage is None or "://" not in storage:
        yield _journal(Path(storage) if storage else folder / JOURNAL)
        return
    if file := sqlite_file(storage):
        with ExitStack() as held:
            try:
                held.enter_context(file_lock(file.with_name(f".{file.name}.sweep.lock"), patience=0))
            except LockHeldError as error:
                raise ConfigError(
                    f"hydra.sweeper.storage={storage}: another sweep works on this file ({error.holder}), "
                    f"and {NOT_SQLITE}"
                ) from error
            yield _database(storage)
        return
    yield _database(storage)


def is_sqlite(storage: str | None) -> bool:
    """Whether a storage is an SQLite file."""
    return storage is not None and database_kind(storage) == "sqlite"


def shared_by_lock(storage: str | None) -> bool:
    """Whether every worker of the study, on any machine, waits for the same lock, so that nothing happens beside it."""
    return storage is None or "://" not in storage or database_kind(storage) in ("sqlite", "postgresql")


@contextmanager
def one_worker_at_a_time(storage: BaseStorage, study: str, folder: Path) -> Iterator[None]:
    """Hold the study for the block; its other workers wait: with PostgreSQL all, else those that see the folder.

    Args:
        storage: an open one.
        study: name of the study in it.
        folder: of the sweep.
    """
    with file_lock(folder / ".trials.lock"):
        engine = getattr(getattr(storage, "_backend", storage), "engine", None)
        if engine is None or engine.dialect.name != "postgresql":
            yield
            return
        with server_lock(engine, ["assay sweep", study]):
            yield


def _journal(path: Path) -> BaseStorage:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    path.parent.mkdir(parents=True, exist_ok=True)
    # Held for the moment of a write, by each worker many times in a trial.
    lock = native_lock(path.with_name(f"{path.name}.lock"), poll_interval=0.005)
    with lock:
        _cut_half_a_line(path)
    return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))  # type: ignore[arg-type]


def _cut_half_a_line(path: Path) -> None:
    """Take away what a process was writing when it was killed; Optuna would read no further than that."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as opened:
            opened.truncate(whole)


def _let_go(storage: Any) -> None:
    """Close its connections."""
    storage.remove_session()
    getattr(storage, "_backend", storage).engine.dispose()


def make_tables(url: str) -> None:
    """Make Optuna's tables in a database that has none.

    Raises:
        ConfigError: it cannot be opened, or its tables are those of another Optuna.
    """
    _let_go(_database(url))


def scripts() -> ScriptDirectory:
    """The migrations of the Optuna that is installed."""
    import optuna.storages
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    folder = Path(optuna.storages.__file__).parent / "_rdb" / "alembic"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def _database(url: str) -> BaseStorage:
    from optuna.storages import get_storage
    from sqlalchemy.exc import SQLAlchemyError

    try:
        if (file := sqlite_file(url)) is not None and not (file.exists() and file.stat().st_size):
            with made_whole(file) as made:  # Optuna commits after each step
                _let_go(get_storage(sqlite_url(made)))
        if database_kind(url) != "postgresql":
            return get_storage(with_driver(url))
        # Two workers that are the first would both make the tables.
        with server_lock(open_engine(url), ["assay sweep", "tables"]):
            return get_storage(with_driver(url))
    except (ImportError, TrackingError, SQLAlchemyError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise ConfigError(
            f"hydra.sweeper.storage={without_password(url)}: this database cannot be opened: {reason}. "
            "See whether its driver is installed and its address is right, or leave it out for a journal file"
        ) from error
