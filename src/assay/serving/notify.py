"""Says to systemd how the service is, where it was started by a unit of Type=notify; see sd_notify(3)."""

from __future__ import annotations

import contextlib
import os
import socket

VARIABLE = "NOTIFY_SOCKET"


def notify(state: str) -> None:
    """Tell the system a state; nobody is told where nobody listens.

    Args:
        state: READY=1, STOPPING=1 or WATCHDOG=1.
    """
    place = os.environ.get(VARIABLE, "")
    if not place.startswith(("/", "@")):
        return
    address = f"\0{place[1:]}" if place.startswith("@") else place
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.sendto(state.encode(), address)
