"""The first import of a large package by a command, without the garbage collector looking through what it makes."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from assay.program import VARIABLE


@contextmanager
def first_import(package: str) -> Iterator[None]:
    """Inside, a package is imported: nothing is collected, and what is there at the end is never looked through again.

    PyTorch and MLflow make hundreds of thousands of objects that live as long as the process. Looking through them
    again and again took a seventh of their import. Only in a process that a command began: what a notebook holds has to
    be found by its collector.

    Args:
        package: that the block imports; where it was imported before, nothing is done.
    """
    if package in sys.modules or VARIABLE not in os.environ or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
