"""The body of a request, read no further than it may reach and no longer than is bearable."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

GRACE, SLOWEST = 10.0, 20_000
"""Seconds after which a body has to have come but for what takes longer at so many bytes a second."""
CLOSE = {"Connection": "close"}


class BodyError(Exception):
    """A body that is not taken; its words say why.

    Attributes:
        name: "too-large" or "slow".
    """

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name


async def read_body(request: Request, limit: int) -> bytes:
    """The bytes of a body.

    Args:
        request: whose body was not read yet.
        limit: bytes at most.

    Raises:
        BodyError: there are more, or they come too slowly.
    """
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise BodyError("too-large", f"{length} bytes; at most {limit} are taken.")
    parts, begun = bytearray(), asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(begun + GRACE) as patience:
            async for part in request.stream():
                parts += part
                if len(parts) > limit:
                    raise BodyError("too-large", f"More than {limit} bytes; no more are taken.")
                patience.reschedule(begun + GRACE + len(parts) / SLOWEST)
    except TimeoutError:
        slow = f"{len(parts)} bytes in {asyncio.get_running_loop().time() - begun:.1f} s"
        raise BodyError("slow", f"{slow}; at least {SLOWEST} a second have to come.") from None
    return bytes(parts)
