"""Browsers in front of a service."""

from __future__ import annotations

import pytest

from page_browser import Browser


@pytest.fixture
def browser(world) -> Browser:
    return Browser(world)
