"""Certificates for tests, signed by themselves, and a service that is started as it is typed."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def write_certificate(
    folder: Path, *, days: tuple[float, float] = (-1, 90), password: bytes = b""
) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 with its key.

    Args:
        folder: that gets them.
        days: from now, between which it holds.
        password: of the key; empty for none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=True)
        .sign(key, hashes.SHA256())
    )
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    formats = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(*formats, hidden))
    return folder / "cert.pem", folder / "key.pem"


class Started:
    """`assay serve` in a process of its own; use it as a context manager.

    Attributes:
        port: that it listens on.
        key: an admin's.
    """

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._out = folder / "service.out"
        program = [sys.executable, "-c", "from assay.cli import main; main()", "serve", *words, f"port={self.port}"]
        with self._out.open("w") as out:
            self.process = subprocess.Popen(
                program, cwd=folder, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **environment}
            )
        self.key = ""

    def __enter__(self) -> Started:
        while "until Ctrl-C" not in self.said or not self._listens():
            assert self.process.poll() is None, self.said
            time.sleep(0.05)
        if made := re.search(r"assay\.[0-9a-f-]{36}\.[\w-]{43}", self.said):
            self.key = made[0]
        return self

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self.process.wait()

    @property
    def said(self) -> str:
        """What it has printed."""
        return self._out.read_text()

    def _listens(self) -> bool:
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0
