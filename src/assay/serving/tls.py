"""TLS of the service: its certificate with the key, held against each other and the calendar before anything starts."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import ServiceError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SOON = timedelta(days=14)


class Tls:
    """A certificate that is read again once it was renewed, without a restart.

    Attributes:
        context: of the server; connections that begin later get what it has then.

    Args:
        certificate: see `tls_context`.
        key: see `tls_context`.

    Raises:
        ServiceError: see `tls_context`.
    """

    def __init__(self, certificate: str, key: str = "") -> None:
        self._certificate, self._key = _file(certificate), _file(key or certificate)
        self._read = self._written()
        self.context = tls_context(certificate, key)

    def renew(self) -> str:
        """Read the files again where they have changed. What does not do is not taken.

        Returns:
            What has become of it; "" where nothing has changed.
        """
        try:
            written = self._written()
            if written == self._read:
                return ""
            self._read = written
            tls_context(self._certificate, self._key)
            self.context.load_cert_chain(self._certificate, self._key)
        except (OSError, ServiceError) as error:
            self._read = ()
            return f"the certificate was not renewed: {error}"
        return f"the certificate was renewed, and holds for {days_left(self._certificate):.0f} days"

    def warning(self) -> str:
        """What to say of a certificate that expires soon; "" where there is time."""
        days = days_left(self._certificate)
        return "" if days > SOON.days else f"{self._certificate}: expires in {days:.0f} days; renew it"

    def _written(self) -> tuple[int, ...]:
        return tuple(Path(file).stat().st_mtime_ns for file in (self._certificate, self._key))


def tls_context(certificate: str, key: str = "", *, at: datetime | None = None) -> ssl.SSLContext:
    """What a server needs for TLS 1.2 and newer.

    Args:
        certificate: file with the certificate in PEM, followed by those that it stands on.
        key: file with its private key in PEM, without a password; "" for the same file.
        at: moment at which the certificate has to hold; None for now.

    Raises:
        ServiceError: a file cannot be read, the key is another's or has a password, or the certificate does not hold.
    """
    certificate, key = _file(certificate), _file(key or certificate)
    _refuse_other_days(certificate, at or datetime.now(UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    asked: list[bool] = []

    def no_password() -> str:
        asked.append(True)
        return ""

    try:
        context.load_cert_chain(certificate, key, password=no_password)
    except ssl.SSLError as error:
        raise ServiceError(f"{key}: {_why(error, certificate, with_password=bool(asked))}") from error
    return context


def days_left(certificate: str, *, at: datetime | None = None) -> float:
    """Days until the first certificate of a file expires.

    Raises:
        ServiceError: the file cannot be read or holds none.
    """
    return (_leaf(_file(certificate)).not_valid_after_utc - (at or datetime.now(UTC))) / timedelta(days=1)


def _file(path: str) -> str:
    """A file that can be read."""
    file = Path(path).expanduser()
    try:
        file.open("rb").close()
    except OSError as error:
        raise ServiceError(
            f"{file}: cannot be read ({error.strerror}); name the certificate by tls_cert=FILE and its key by "
            "tls_key=FILE, and let the user of the service read both"
        ) from error
    return str(file)


def _refuse_other_days(certificate: str, at: datetime) -> None:
    leaf = _leaf(certificate)
    if at > leaf.not_valid_after_utc:
        raise ServiceError(
            f"{certificate}: has expired at {leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC; put the renewed one there"
        )
    if at < leaf.not_valid_before_utc:
        raise ServiceError(
            f"{certificate}: holds only from {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC on; see to the clock, or "
            "take one that holds today"
        )


def _leaf(certificate: str) -> Certificate:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(Path(certificate).read_bytes())[0]
    except ValueError as error:
        raise ServiceError(
            f"{certificate}: holds no certificate in PEM (-----BEGIN CERTIFICATE-----); name one by tls_cert=FILE"
        ) from error


def _why(error: ssl.SSLError, certificate: str, *, with_password: bool) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"is not the key of {certificate}; name the one that it was made with by tls_key=FILE"
    if with_password:
        return "the key has a password, which nobody is there to type; write one without: openssl pkey -in KEY -out NEW"
    return "holds no private key in PEM (-----BEGIN PRIVATE KEY-----); name one by tls_key=FILE"
