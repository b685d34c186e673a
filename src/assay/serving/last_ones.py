"""The address closes behind whoever has connected: nobody is cut off between his connection and his answer."""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
from collections.abc import Callable, Collection
from typing import Any

SETTLING, PATIENCE = 0.25, 1.0
"""Seconds for handshakes that have begun, and at most for the first request of whoever has connected."""
ATTACH_FILTER = 26
"""SO_ATTACH_FILTER of Linux, which Python's socket has no name for."""
FLAGS, SYN_AND_ACK, SYN = 13, 0x12, 0x02
LOAD, AND, EQUAL, RETURN = 0x30, 0x54, 0x15, 0x06
FILTER = (
    (LOAD, 0, 0, FLAGS),
    (AND, 0, 0, SYN_AND_ACK),
    (EQUAL, 0, 1, SYN),
    (RETURN, 0, 0, 0),
    (RETURN, 0, 0, 0xFFFFFFFF),
)
"""Classic BPF (code, jump if true, jump if false, value): a packet that asks for a connection is dropped, others pass.

Source: linux/filter.h and Documentation/networking/filter.rst; what a filter sees of TCP begins with its header.
"""


def turn_away(listening: socket.socket) -> bool:
    """Have the system drop whoever asks for a connection from now on, while those who have asked still come in.

    Where a listening socket is closed at once, the system resets every connection that it has taken and this process
    has not, requests in them or not. Whoever is dropped asks again a second later, and hears then that nobody listens.

    Args:
        listening: a TCP socket.

    Returns:
        Whether the system can do it.
    """
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in FILTER))
    try:
        listening.setsockopt(
            socket.SOL_SOCKET, ATTACH_FILTER, struct.pack("HP", len(FILTER), ctypes.addressof(program))
        )
    except OSError:
        return False
    return True


async def first_requests(connections: Collection[Any], impatient: Callable[[], bool]) -> None:
    """Wait until whoever has connected has asked something, as long as that takes on a network and no longer.

    Args:
        connections: uvicorn's protocols; `cycle` of one is None until the head of a request was read.
        impatient: whether to wait no more.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.sleep(SETTLING)
    while not impatient() and loop.time() < begun + PATIENCE and any(each.cycle is None for each in connections):
        await asyncio.sleep(0.02)
