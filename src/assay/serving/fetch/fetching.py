"""Fetching: what a service fetches at a time, for all keys together and for each."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from assay.serving.fetch.fetcher import Fetcher
from assay.serving.refusal import Refusal
from assay.serving.upload import Upload, refuse_other_formats

ROOM, OF_A_KEY = 64, 32
"""Pictures that are being fetched at a time: in all, and by one key. A server that never ends holds its place for the
seconds of a fetch, so that nobody takes all of them."""


@dataclass(frozen=True)
class Fetched:
    """What became of an address.

    Attributes:
        url: as it was named.
        upload: the picture; None where there is none.
        refusal: why not.
        milliseconds: that it took.
    """

    url: str
    upload: Upload | None
    refusal: Refusal | None
    milliseconds: float


class Fetching:
    """Fetches pictures in threads of its own. Used from one event loop.

    Args:
        fetcher: that does it.
        request_bytes: of all pictures of a request together.
    """

    def __init__(self, fetcher: Fetcher, request_bytes: int) -> None:
        self._fetcher, self._request_bytes = fetcher, request_bytes
        self._by_key: Counter[str] = Counter()
        self._pool = ThreadPoolExecutor(ROOM, thread_name_prefix="fetch")

    async def pictures(self, key: str, urls: Sequence[str], seconds: float) -> list[Fetched]:
        """Fetch pictures at the same time; what fails says why, and the others come.

        Args:
            key: id of the key that asks.
            urls: where they are.
            seconds: that it may take.

        Raises:
            Refusal: too much is being fetched already.
        """
        if self._by_key[key] + len(urls) > OF_A_KEY or self._by_key.total() + len(urls) > ROOM:
            full = f"{self._by_key.total()} pictures are being fetched, {self._by_key[key]} of them for this key"
            raise Refusal("busy", f"{full}; at most {ROOM}, and {OF_A_KEY} for a key, are at a time.", retry_after=1)
        self._by_key[key] += len(urls)
        budget = _Budget(self._request_bytes)
        try:
            loop = asyncio.get_running_loop()
            asked = (loop.run_in_executor(self._pool, self._one, url, seconds, budget) for url in urls)
            return list(await asyncio.gather(*asked))
        finally:
            self._by_key[key] -= len(urls)
            if not self._by_key[key]:
                del self._by_key[key]

    def _one(self, url: str, seconds: float, budget: _Budget) -> Fetched:
        begun = time.perf_counter()
        try:
            content = self._fetcher.fetch(url, seconds=seconds, spend=budget.spend)
            refuse_other_formats("What is fetched", content)
            upload, refusal = Upload(url, content), None
        except Refusal as error:
            upload, refusal = None, error
        return Fetched(url, upload, refusal, 1000 * (time.perf_counter() - begun))

    def close(self) -> None:
        """End; what is being fetched is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Budget:
    """Bytes that a request has left; two threads that spend at the same moment may overdraw it by one piece."""

    def __init__(self, size: int) -> None:
        self._size = self._left = size

    def spend(self, size: int) -> None:
        """Take bytes.

        Raises:
            Refusal: there are none left.
        """
        self._left -= size
        if self._left < 0:
            raise Refusal("too-large", f"The pictures of the request have more than {self._size} bytes together.")
