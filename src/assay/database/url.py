"""URLs of databases: their kind, their driver, the file of a SQLite one, and how they are shown."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from urllib.parse import quote, unquote

from assay.config.quoting import typed
from assay.errors import TrackingError

LOCAL_STORE = "sqlite:///mlruns/mlflow.db"
PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
"""Databases that a server keeps, with the port where it listens unless the URL says another."""

# As SQLAlchemy reads one: the password ends at an @ and nowhere else.
_SERVER = re.compile(
    r"[\w+.-]+://(?:[^:/]*(?::[^@]*)?@)?(?:\[(?P<six>[^/?]+)\]|(?P<host>[^/:?]*))(?::(?P<port>\d+))?(?:[/?]|$)"
)
_HTTP_PASSWORD = re.compile(r"(https?://[^/@:\s]*):[^/\s]*@")
_DATABASE_PASSWORD = re.compile(r"(\b(?!https?:)[a-z][\w.+-]*://[^/@:\s]*):\S*@")
_QUERY_PASSWORD = re.compile(r"([?&](?:ssl)?passw(?:or)?d=)[^&#\s]*")


def database_kind(url: str) -> str:
    """`sqlite`, `postgresql`, `mysql`, … without the driver; "" for what is no URL."""
    scheme, separator, _ = url.partition(":")
    kind = scheme.partition("+")[0] if separator else ""
    return "postgresql" if kind == "postgres" else kind


def without_password(text: str) -> str:
    """A URL, or a text with URLs in it, for messages and tags: passwords are replaced by `***`."""
    for password in (_HTTP_PASSWORD, _DATABASE_PASSWORD):
        text = password.sub(r"\1:***@", text)
    return _QUERY_PASSWORD.sub(r"\1***", text)


def absolute_url(url: str, *, key: str) -> str:
    """The URL with a relative SQLite path made absolute, so that a later change of folder moves nothing.

    Args:
        url: of a database.
        key: of the config that names it, for messages.

    Raises:
        TrackingError: it names no SQLite file, e.g. a folder by a `/` at its end, and no database server.
    """
    kind = database_kind(url)
    if kind == "sqlite":
        path, _, query = url.partition(":///")[2].partition("?")
        if ":///" not in url and (name := url.partition(":")[2].removeprefix("//")):
            spelled = typed(key, f"sqlite:///{name}")
            raise TrackingError(f"{key}={url}: three slashes come before a file; type {spelled}")
        if not path or path == ":memory:":
            raise TrackingError(f"{key}={url}: a store in memory is gone when the command ends; use {LOCAL_STORE}")
        if path.endswith("/"):
            raise TrackingError(f"{key}={url}: names a folder, and a SQLite database is a file; e.g. {LOCAL_STORE}")
        file = Path(unquote(path))
        # A folder that is called ~ is nobody's wish.
        return sqlite_url(file.expanduser() if file.parts[:1] == ("~",) else file) + (f"?{query}" if query else "")
    if kind not in PORTS:
        raise TrackingError(
            f"{key}={without_password(url)}: unknown kind {kind}; use {LOCAL_STORE} or http://HOST:PORT"
        )
    if not server_address(url)[0]:
        raise TrackingError(f"{key}={without_password(url)}: the host is missing; write {kind}://HOST:PORT")
    return url.rstrip("/")


def server_address(url: str) -> tuple[str, int]:
    """Host and port of a database server; a host of "" where the URL names none that can be read."""
    address = _SERVER.match(url)
    if address is None:
        return "", 0
    return address["six"] or address["host"] or "", int(address["port"] or PORTS.get(database_kind(url), 0))


def sqlite_url(file: Path) -> str:
    """The URL of a SQLite file, whose path is made absolute, and quoted where SQLAlchemy would read an address.

    A quoted one names the driver: in a bare `sqlite:///` URL, MLflow (3.17) makes the folder as it is spelled.
    """
    path = str(file.absolute())
    quoted = "".join(quote(character) if character in "%?#" else character for character in path)
    return f"{'sqlite' if quoted == path else 'sqlite+pysqlite'}:///{quoted}"


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite URL, None for any other and for a database in memory."""
    if database_kind(url) != "sqlite":
        return None
    path = url.partition(":///")[2].partition("?")[0]
    return Path(unquote(path)) if path and path != ":memory:" else None


def with_driver(url: str) -> str:
    """The URL with a driver that is installed, where it names none and SQLAlchemy's first choice is missing.

    PostgreSQL gets psycopg 3, which the extra `postgresql` brings, and MySQL gets PyMySQL.
    """
    scheme, separator, rest = url.partition("://")
    if scheme in ("postgresql", "postgres"):
        return f"postgresql{'' if _installed('psycopg2') else '+psycopg'}{separator}{rest}"
    if scheme == "mysql" and _installed("pymysql") and not _installed("MySQLdb"):
        return f"mysql+pymysql{separator}{rest}"
    return url


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
