"""Clients: what keys are called where their ids must not stand, because nothing there is erased with their owner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assay.monitoring.window import Window


def client_names(window: Window) -> dict[str, str]:
    """Name of each key by its id: "client 1" is the one with most answers in the window, and so on.

    The same key is called otherwise in another window, so that reports say nothing of it together either.
    """
    order = np.argsort(-window.per_block, kind="stable").tolist()
    return {window.keys[place]: f"client {rank}" for rank, place in enumerate(order, 1) if place < len(window.keys)}


def with_client_names(window: Window) -> Window:
    """The window with these names instead of ids."""
    names = client_names(window)
    return replace(window, keys=tuple(names[key] for key in window.keys))
