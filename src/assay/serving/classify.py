"""`assay classify`: answers of one engine about files, folders and addresses, as many as there are."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from omegaconf import DictConfig

from assay.data.cores import usable_cores
from assay.data.image import Pixels, read_image
from assay.data.sample_range import SampleRange
from assay.errors import DataError
from assay.internet.web_address import looks_like_url
from assay.progress import track
from assay.serving.classified import Classified
from assay.serving.classify_request import ClassifyRequest
from assay.serving.engine import SIZES, Engine
from assay.serving.model_card import ModelCard, model_card
from assay.serving.origin import find_bundle
from assay.serving.pictures import NamedPictures, named_pictures
from assay.serving.places import existing_store, store_url
from assay.serving.remote_pictures import AT_ONCE, RemotePictures
from assay.serving.results_file import ResultsFile, key_of
from assay.store.prediction_log import LogCounts, log_counts

AHEAD = 4 * SIZES[0]
"""Pictures that are decoded before they are asked about; of 25 megapixels each they hold 2.4 GB at most."""


@dataclass
class Classification:
    """What `assay classify` leaves.

    Attributes:
        engine: that answered.
        results: one for each picture; where they go to a file, those without an answer alone.
        answered: how many pictures have an answer now.
        failed: how many have none.
        before: how many were answered in the file already.
        ignored: files in folders that are no pictures by their names.
        seconds: from the first picture to the last.
        output: the file; None for none.
    """

    engine: Engine
    results: list[Classified] = field(default_factory=list)
    answered: int = 0
    failed: int = 0
    before: int = 0
    ignored: int = 0
    seconds: float = 0.0
    output: Path | None = None


def classify(request: ClassifyRequest, config: DictConfig) -> Classification | ModelCard | LogCounts:
    """Ask the model about the pictures; or describe the model, or count what a service has answered.

    A picture that cannot be read gets its reason, and the others their answers.

    Raises:
        AssayError: there is no such model, picture or folder, or the results cannot be written.
    """
    if request.stats:
        return counted(store_url(config, request.store))
    named = NamedPictures() if request.info else named_pictures(request.words)
    bundle, origin = find_bundle(config, request.model)
    engine = Engine.start(bundle, origin)
    if request.info:
        return model_card(engine)
    faults = [Classified(path, None, reason) for path, reason in named.faults]
    output = Path(request.output).expanduser() if request.output else None
    done = Classification(engine, ignored=named.ignored, output=output)
    begun = time.perf_counter()
    if done.output is None:
        for result in _with_faults(faults, _answered(engine, named.paths, request.fetch_networks)):
            _count(done, result)
            done.results.append(result)
    else:
        _into_file(done, done.output, named.paths, faults, request.fetch_networks)
    done.seconds = time.perf_counter() - begun
    return done


def counted(url: str) -> LogCounts:
    """What the prediction log of a service holds.

    Raises:
        ServiceError: there is none, or it cannot be read.
    """
    with existing_store(url) as store, store.reading() as connection:
        return log_counts(connection)


def _into_file(
    done: Classification, output: Path, paths: Sequence[str], faults: Sequence[Classified], networks: Sequence[str]
) -> None:
    with ResultsFile(output, done.engine) as file:
        waiting = [path for path in paths if key_of(_unread(path)) not in file.answered]
        done.before = len(paths) - len(waiting)
        file.add(faults)
        for fault in faults:
            _count(done, fault)
            done.results.append(fault)
        for batch in _batches(_answered(done.engine, waiting, networks)):
            file.add(batch)
            for result in batch:
                _count(done, result)
                if result.answer is None:
                    done.results.append(result)


def _with_faults(faults: Iterable[Classified], answered: Iterable[Classified]) -> Iterator[Classified]:
    yield from faults
    yield from answered


def _count(done: Classification, result: Classified) -> None:
    if result.answer is None:
        done.failed += 1
    else:
        done.answered += 1


def _unread(path: str) -> Classified:
    """A picture that nobody has looked into yet; one at an address is known by it alone."""
    if looks_like_url(path):
        return Classified(path, None)
    try:
        status = Path(path).stat()
    except OSError:
        return Classified(path, None)
    return Classified(path, None, bytes=status.st_size, modified_ns=status.st_mtime_ns)


@dataclass(frozen=True)
class _Read:
    """A picture that was read, as `Classified` without its answer."""

    result: Classified
    image: Pixels | None


def _read(path: str, samples: SampleRange, remote: RemotePictures | None) -> _Read:
    begun = time.perf_counter()
    result = _unread(path)
    try:
        image = remote.read(path, samples) if remote and looks_like_url(path) else read_image(path, samples)
    except DataError as error:
        return _Read(replace(result, error=str(error)), None)
    return _Read(replace(result, read_ms=1000 * (time.perf_counter() - begun)), image)


def _answered(engine: Engine, paths: Sequence[str], networks: Sequence[str]) -> Iterator[Classified]:
    """Results in the order of the paths; pictures are fetched and decoded while the network is at work."""
    fetches = any(map(looks_like_url, paths))
    with ExitStack() as stack:
        remote = stack.enter_context(RemotePictures(networks)) if fetches else None
        workers = max(usable_cores(), AT_ONCE) if fetches else usable_cores()
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=workers, thread_name_prefix="decode"))
        ahead: deque[Future[_Read]] = deque()
        waiting = iter(paths)
        for _ in track(range(0, len(paths), SIZES[0]), "classifying", step=SIZES[0], total=len(paths)):
            while len(ahead) < AHEAD and (path := next(waiting, None)) is not None:
                ahead.append(pool.submit(_read, path, engine.samples, remote))
            yield from _answer(engine, [ahead.popleft().result() for _ in range(min(SIZES[0], len(ahead)))])


def _answer(engine: Engine, batch: Sequence[_Read]) -> list[Classified]:
    images = [read.image for read in batch if read.image is not None]
    begun = time.perf_counter()
    answers = iter(engine.answers(images))
    each = 1000 * (time.perf_counter() - begun) / max(1, len(images))
    return [
        read.result if read.image is None else replace(read.result, answer=next(answers), answer_ms=each)
        for read in batch
    ]


def _batches(results: Iterable[Classified]) -> Iterator[list[Classified]]:
    batch: list[Classified] = []
    for result in results:
        batch.append(result)
        if len(batch) == SIZES[0]:
            yield batch
            batch = []
    if batch:
        yield batch
