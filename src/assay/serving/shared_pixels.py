"""SharedPixels: memory that a decoding process writes and the service reads; pixels are not sent through a pipe."""

from __future__ import annotations

import fcntl
import mmap
import os
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle

import numpy as np

from assay.data.image import Pixels

LARGE = 2**23
"""Bytes; what a larger picture took is given back to the system when the next one comes."""


class SharedPixels:
    """Room for the pixels of one picture, shared by two processes; the system takes memory only for what is written.

    The file behind it has no name and cannot change its size: a process that was taken over cannot pull the memory away
    from under the one that reads.

    Args:
        descriptor: of the file; is closed.
        writable: whether this process writes.
    """

    def __init__(self, descriptor: int, *, writable: bool) -> None:
        access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
        try:
            self._memory = mmap.mmap(descriptor, os.fstat(descriptor).st_size, access=access)
        finally:
            os.close(descriptor)
        self._written = 0

    @classmethod
    def shared(cls, connection: Connection, pid: int, bytes_: int) -> SharedPixels:
        """Make room for so many bytes, and let another process write there.

        Args:
            connection: to the process, a socket.
            pid: of it.
            bytes_: of the largest picture.
        """
        descriptor = os.memfd_create("pixels", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(descriptor, bytes_)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        send_handle(connection, descriptor, pid)
        return cls(descriptor, writable=False)

    @classmethod
    def received(cls, connection: Connection) -> SharedPixels:
        """The other end of `shared`."""
        return cls(recv_handle(connection), writable=True)

    def write(self, pixels: Pixels) -> None:
        """Put a picture there, uint8 [H, W, 3]."""
        if self._written > LARGE:
            self._memory.madvise(mmap.MADV_REMOVE)
        self._written = pixels.nbytes
        np.frombuffer(self._memory, np.uint8, pixels.size).reshape(pixels.shape)[:] = pixels

    def read(self, height: int, width: int) -> Pixels:
        """A copy of a picture that is there, uint8 [H, W, 3].

        Raises:
            ValueError: there is no room for so much.
        """
        return np.frombuffer(self._memory, np.uint8, 3 * height * width).reshape(height, width, 3).copy()

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()
