"""What a command says of the workers that it has sent: those that did their parts, that could not, and the lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from assay.data.manifest import Manifest
from assay.embeddings.claimed_work import Done, work_through
from assay.embeddings.extract import Embedder
from assay.embeddings.parts import cut
from assay.embeddings.store import EmbeddingStore
from assay.errors import ConfigError, DataError, StoreError
from assay.launchers.elsewhere import Elsewhere
from assay.launchers.running import WorkerLostError
from assay.launchers.share import Share
from assay.run.embed_elsewhere import EmbeddedElsewhere, embed_elsewhere
from assay.run.embed_worker import EmbedWorker


class Ended:
    """A worker that has ended, in this process."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def done(self) -> bool:
        return True

    def result(self) -> Any:
        if isinstance(self._answer, WorkerLostError):
            raise self._answer
        return self._answer

    def stop(self) -> None:
        raise AssertionError


Sent = Callable[..., EmbeddedElsewhere]


@pytest.fixture
def send(network, preprocessing, tmp_path: Path, exported: Path) -> Sent:
    """Embeds a manifest by workers of which each gives what a function gives that is called with an embedder."""
    store = EmbeddingStore(tmp_path / "store")

    def embedder() -> Embedder:
        return Embedder(network, preprocessing, store, cache_dir=exported, backend="eager")

    def send(manifest: Manifest, *workers: Callable[[Embedder], Any]) -> EmbeddedElsewhere:
        def start(jobs: Sequence[Any]) -> list[Ended]:
            assert len(jobs) == len(workers)
            return [Ended(worker(embedder())) for worker in workers]

        launcher = Elsewhere(lambda most: (len(workers), Share()), start)
        return embed_elsewhere(embedder(), manifest, OmegaConf.create(), launcher, None)

    return send


def all_of(manifest: Manifest) -> Callable[[Embedder], Done]:
    return lambda embedder: work_through(embedder, manifest, cut(manifest.pixel_ids, None, batch=32))


def some_of(manifest: Manifest) -> Callable[[Embedder], Done]:
    return lambda embedder: work_through(embedder, manifest, cut(manifest.pixel_ids, None, batch=32)[:1])


def lost(embedder: Embedder) -> WorkerLostError:
    return WorkerLostError("process 7 ended without an answer (SIGKILL)")


def test_where_all_is_stored_a_lost_worker_is_a_note_and_nobody_is_sent_again(make_manifest, send: Sent) -> None:
    manifest = make_manifest(70)
    assert send(manifest, lost, all_of(manifest)) == EmbeddedElsewhere(
        70,
        "1 of 2 workers did not end as they should, and others have done their parts: "
        "process 7 ended without an answer (SIGKILL)",
    )
    assert send(manifest) == EmbeddedElsewhere(0, "")


def test_where_all_workers_are_lost_it_is_said_how_much_is_missing_and_what_is_stored_stays(
    make_manifest, send: Sent
) -> None:
    manifest = make_manifest(70)
    with pytest.raises(
        StoreError, match=r"process 7 ended .*; 38 embeddings are missing still\. .* goes on from there"
    ):
        send(manifest, some_of(manifest), lost)
    assert send(manifest, all_of(manifest)).computed == 38


def test_the_first_picture_that_cannot_be_read_is_named_whoever_met_it(make_manifest, send: Sent) -> None:
    manifest = make_manifest(128)
    for gone in (40, 100):
        manifest.paths[gone].unlink()

    def later(embedder: Embedder) -> Done:
        return replace(all_of(manifest)(embedder), refused=(3, DataError("100.png")))

    with pytest.raises(DataError, match=r"40\.png"):
        send(manifest, later, all_of(manifest))


def test_what_ended_a_worker_is_said_where_images_are_missing(make_manifest, send: Sent) -> None:
    with pytest.raises(ConfigError, match="not there on node7"):
        send(make_manifest(5), lost, lambda embedder: ConfigError("folder: not there on node7"))


def test_workers_that_compute_by_other_means_are_told_of(make_manifest, send: Sent) -> None:
    manifest = make_manifest(5)
    other = send(manifest, lambda embedder: replace(all_of(manifest)(embedder), backend="onnxruntime"), some_like_eager)
    assert other.note == "computed by eager and onnxruntime, which agree to 1e-3, and not byte for byte"


def some_like_eager(embedder: Embedder) -> Done:
    return Done(0, "eager", "", None)


def test_a_machine_that_does_not_see_the_folder_says_so(tmp_path: Path) -> None:
    for folder, sign in ((tmp_path / "nowhere", tmp_path), (tmp_path, tmp_path / "nowhere")):
        answer = EmbedWorker(OmegaConf.create(), None, "", folder, sign, Share())()
        assert isinstance(answer, ConfigError)
        assert f"{tmp_path / 'nowhere'}: not there on " in str(answer)
