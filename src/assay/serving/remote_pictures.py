"""RemotePictures: what the command line reads from addresses; fetched as a service does, decoded in other processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from assay.data.cores import usable_cores
from assay.data.image import Pixels
from assay.data.sample_range import SampleRange
from assay.errors import DataError
from assay.internet.public import networks_of
from assay.serving.decoding import Decoders
from assay.serving.fetch.fetcher import Fetcher
from assay.serving.refusal import Refusal
from assay.serving.upload import refuse_other_formats

AT_ONCE = 4
"""Fetches at a time: servers of pictures ask for manners, Wikimedia for three at most."""
MOST_PIXELS = 25_000_000


class RemotePictures:
    """Reads pictures at addresses. Threads may ask at the same time; `close` ends the processes.

    Args:
        networks: from which pictures may be fetched beside the public internet, as CIDR.
        fetcher: that fetches; None makes one.
    """

    def __init__(self, networks: Sequence[str] = (), *, fetcher: Fetcher | None = None) -> None:
        self._fetcher = fetcher or Fetcher(networks=networks_of(networks))
        self._decoders = Decoders(usable_cores(), MOST_PIXELS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def read(self, url: str, samples: SampleRange) -> Pixels:
        """The picture at an address, uint8 RGB [H, W, 3].

        Raises:
            DataError: it cannot be fetched, or is none.
        """
        try:
            content = self._fetcher.fetch(url)
            refuse_other_formats("what is fetched", content)
            return self._decoders.submit(content, samples).result().image
        except Refusal as refusal:
            raise DataError(f"{url}: {refusal.detail.rstrip('.')}") from refusal

    def close(self) -> None:
        """End what decodes."""
        self._decoders.close()
