"""Whom a connection over TLS trusts: the certificates of the system, read when something is first asked over https."""

from __future__ import annotations

import functools
import ssl

import httpcore2


@functools.cache
def trusted() -> ssl.SSLContext:
    """The context of all connections of this process; its 150 certificates take 50 ms to read."""
    return httpcore2.default_ssl_context()
