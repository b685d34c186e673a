"""Door: the address of the service, taken before its model is loaded, so that an occupied one is said at once."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from assay.errors import ServiceError
from assay.serving.settings import ServeRequest
from assay.serving.tls import Tls

WHY = {
    errno.EADDRINUSE: "something else listens there; end it, or name another port=PORT",
    errno.EACCES: "this user may not listen there; name a port above 1023 by port=PORT",
    errno.EADDRNOTAVAIL: "this machine has no such address; name one of its own by host=ADDRESS",
}


@dataclass(frozen=True)
class Door:
    """Sockets that are bound and do not listen yet: clients are turned away by the system until somebody answers.

    Attributes:
        sockets: one of each address that the host has.
        tls: None where clients come without.
    """

    sockets: list[socket.socket]
    tls: Tls | None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for each in self.sockets:
            each.close()


def take_door(request: ServeRequest) -> Door:
    """The address that is asked for.

    Raises:
        ServiceError: it is occupied or not this machine's, or the certificate does not do.
    """
    tls = Tls(request.tls_cert, request.tls_key) if request.tls_cert else None
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    try:
        for address in _addresses(request):
            try:
                sockets.append(_bound(*address))
            except OSError as error:  # a name may have an address of a family that this machine has switched off
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise
                missing = error
        if not sockets and missing is not None:
            raise missing
    except OSError as error:
        for each in sockets:
            each.close()
        raise cannot_listen(request, error) from error
    return Door(sockets, tls)


def _bound(family: int, kind: int, protocol: int, name: str, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def cannot_listen(request: ServeRequest, error: OSError) -> ServiceError:
    """What is said of an address that cannot be had."""
    why = WHY.get(error.errno or 0, f"{error.strerror}; name another by host=ADDRESS and port=PORT")
    return ServiceError(f"{request.host}:{request.port}: cannot be listened on, because {why}")


def _addresses(request: ServeRequest) -> list[tuple[int, int, int, str, tuple[object, ...]]]:
    flags = socket.AI_PASSIVE
    known = socket.getaddrinfo(request.host, request.port, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(known))
