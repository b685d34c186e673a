"""A place at an address: what lies below it, and the bytes of each file; fsspec speaks with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assay.config.extras import require
from assay.errors import ConfigError, DataError
from assay.failures import words_of

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

OBJECT_STORES = ("s3", "gs", "az")
MARKS = ("e_tag", "etag", "ETag", "md5Hash", "checksum", "last_modified", "LastModified", "updated", "mtime", "created")
"""What tells one state of a file from another, as file systems call it, the most telling first."""
RETRIES, PATIENCE = 8, timedelta(seconds=60)
ANSWER_WITHIN = "30s"


@dataclass(frozen=True)
class RemoteFile:
    """One file below an address.

    Attributes:
        name: relative, with slashes.
        size: bytes.
        mark: another one whenever its bytes are others.
    """

    name: str
    size: int
    mark: str


class RemoteFolder:
    """What lies below an address, whatever keeps it: an object store, or any file system that fsspec knows.

    Args:
        address: `s3://bucket/photos`, `gs://…`, `az://…`, or another of fsspec's.
        key: that it was typed for, which messages name.

    Raises:
        ConfigError: a package is missing, the address holds a password, or its scheme is none that is known.
    """

    def __init__(self, address: str, key: str = "data.root") -> None:
        scheme, parts = address.partition("://")[0].lower(), urlsplit(address)
        if parts.username or parts.password:
            raise ConfigError(
                f"{key}={scheme}://…@{parts.hostname}{parts.path}: holds a password, which would be recorded; "
                "leave it out, and set what its service reads, as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        self.address, self.key = address.rstrip("/"), key
        with _told(self._said()):
            self._files = _object_store(scheme, self._said()) if scheme in OBJECT_STORES else _other(scheme)
            self._root = str(self._files._strip_protocol(self.address)).rstrip("/")  # it has no public name

    def listed(self) -> list[RemoteFile]:
        """Every file below it, by name.

        Raises:
            DataError: there is none, it cannot be reached, or a name is none that a file on this machine can have.
        """
        with _told(self._said()):
            entries: dict[str, dict[str, Any]] = self._files.find(self._root, detail=True)
        files = []
        for path, entry in sorted(entries.items()):
            name = path.removeprefix(self._root).lstrip("/")
            if not name or path.endswith("/"):  # what consoles of object stores make for a folder
                continue
            parts = name.split("/")
            if "\0" in name or {"", ".", ".."} & set(parts) or any(len(part.encode()) > 255 for part in parts):
                raise DataError(f"{self.address}: no file of this machine can have the name {name!r}; rename it there")
            files.append(_file_of(name, entry))
        if not files:
            raise DataError(f"{self._said()}: nothing lies there")
        return files

    def file(self, name: str) -> RemoteFile:
        """One file below it, which need not be listed for that.

        Raises:
            DataError: it is not there, is a folder, or cannot be reached.
        """
        with _told(self._said(name)):
            entry: dict[str, Any] = self._files.info(f"{self._root}/{name}")
        if entry.get("type") == "directory":
            raise DataError(f"{self._said(name)}: is a folder; name a file in it")
        return _file_of(name, entry)

    def read(self, file: RemoteFile) -> bytes:
        """The bytes of a file.

        Raises:
            DataError: it cannot be reached, or is another one than was listed.
        """
        with _told(self._said(file.name)):
            data = bytes(self._files.cat_file(f"{self._root}/{file.name}"))
        if len(data) != file.size:
            raise DataError(
                f"{self.address}/{file.name}: {len(data)} bytes came and {file.size} were listed; it changed "
                "meanwhile, so type the same command again"
            )
        return data

    def _said(self, name: str = "") -> str:
        """The place, as it was typed."""
        return f"{self.key}={self.address}{f'/{name}' if name else ''}"


def _file_of(name: str, entry: dict[str, Any]) -> RemoteFile:
    mark = next((str(entry[key]) for key in MARKS if entry.get(key)), "")
    return RemoteFile(name, int(entry.get("size") or 0), mark)


def _object_store(scheme: str, said: str) -> AbstractFileSystem:
    for package in ("obstore", "boto3") if scheme == "s3" else ("obstore",):
        require(said, package, "s3")
    import fsspec
    from obstore.fsspec import register

    register(scheme)
    options: dict[str, Any] = {"retry_config": {"max_retries": RETRIES, "retry_timeout": PATIENCE}}
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    endpoint = endpoint or os.environ.get("MLFLOW_S3_ENDPOINT_URL")
    if scheme == "s3" and endpoint:
        options["config"] = {"endpoint": endpoint}
    plain = scheme == "s3" and bool(endpoint) and str(endpoint).startswith("http://")
    options["client_options"] = {"timeout": ANSWER_WITHIN, "allow_http": plain}
    if scheme == "s3" and (provider := _credentials()) is not None:
        options["credential_provider"] = provider
    return fsspec.filesystem(scheme, skip_instance_cache=True, **options)


def _credentials() -> Any:
    """Whatever boto3 finds: variables, files, roles; None where it finds nothing, as for a bucket that is public."""
    import boto3
    from obstore.auth.boto3 import Boto3CredentialProvider

    session = boto3.Session()
    return None if session.get_credentials() is None else Boto3CredentialProvider(session)


def _other(scheme: str) -> AbstractFileSystem:
    import fsspec

    return fsspec.filesystem(scheme)


@contextmanager
def _told(place: str) -> Iterator[None]:
    """What a file system raises, whose kinds are many, as an error that names the place."""
    try:
        yield
    except (ConfigError, DataError):
        raise
    except FileNotFoundError as error:
        raise DataError(f"{place}: nothing lies there") from error
    except (ImportError, ValueError) as error:
        raise ConfigError(f"{place}: {words_of(error)}") from error
    except Exception as error:
        if not isinstance(error, OSError) and not type(error).__module__.startswith(("obstore", "botocore", "fsspec")):
            raise
        raise DataError(
            f"{place}: cannot be read: {words_of(error)}. See whether it is there, and whether who asks may "
            "read it (for s3: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL)"
        ) from error
