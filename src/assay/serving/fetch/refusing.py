"""What leads nowhere on the internet is refused in the words of the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from assay.internet.refused import Refused
from assay.serving.refusal import Refusal


@contextmanager
def refusing() -> Iterator[None]:
    """Turn `Refused` into the service's `Refusal` of an address.

    Raises:
        Refusal: in place of it.
    """
    try:
        yield
    except Refused as error:
        raise Refusal("address", error.detail) from None
