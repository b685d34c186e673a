"""Another model under load: whoever asks gets an answer, one model's from its version to its probabilities.

    python experiments/serving/swaps.py [--swaps 20] [--quick] [--folder DIR]

Eight connections send single pictures in ever new bytes, four send forms of the same three, which the answer cache may
know. Meanwhile the champion is moved to and fro by `assay rollback`, then the alias is moved past the gate. In a second
round an alias without a history is moved to bundles that must not answer: cut short, exchanged, and one whose sealed
answers are others than this machine gives. Held: nothing but 200, no connection broken, version, sha256, label and
probabilities of each answer those of one bundle, asked apart from the service; and that the old model answers on, with
the reason in /v1/models and in the audit trail.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from bundles import CLASSES, assay
from doctored import MUST_NOT_ANSWER, Registry
from load import BROKEN, Reply, Target, closed
from PIL import Image
from registered import MODEL, Registered, make_registered
from services import Server, assay_served
from sqlalchemy import create_engine, text

from assay.deploy.bundle.bundle import Bundle

SINGLES, FORMS, PICTURES = 8, 4, 3
BOUNDARY = "three-pictures"
NEAR = 1e-3
"""Of a probability, between a batch and a picture alone; the two models differ by more than a hundred times as much."""
WORDS = ("poll_seconds=0.2", "deadline_ms=120000")
"""Of the service: whether it is fast enough beside a load is measured elsewhere."""
PATIENCE = 120.0
"""Seconds until a moved alias has to show."""


@dataclass(frozen=True)
class Expected:
    """What a bundle answers, asked apart from the service.

    Attributes:
        digest: hex sha256.
        labels: of the pictures.
        probabilities: of the pictures, by class.
    """

    digest: str
    labels: tuple[str, ...]
    probabilities: tuple[dict[str, float], ...]

    @classmethod
    def of(cls, folder: Path, pictures: Sequence[bytes]) -> Expected:
        bundle = Bundle.open(folder, cache_dir=folder.parent / "cache")
        answers = bundle.predict(list(pictures))
        names = bundle.about.class_names
        numbers = tuple(dict(zip(names, map(float, each.probabilities), strict=True)) for each in answers)
        return cls(bundle.digest, tuple(each.label for each in answers), numbers)

    def is_answer(self, result: dict[str, Any], picture: int) -> bool:
        expected = self.probabilities[picture]
        near = [abs(result["probabilities"].get(name, np.inf) - value) < NEAR for name, value in expected.items()]
        return result["label"] == self.labels[picture] and all(near)


@dataclass
class Load:
    """What was answered while something else happened.

    Attributes:
        replies: to single pictures.
        forms: to forms of all pictures.
    """

    replies: list[Reply] = field(default_factory=list)
    forms: list[Reply] = field(default_factory=list)

    def faults(self, expected: dict[str, Expected]) -> list[str]:
        """Whatever is not an answer of one of these models from beginning to end.

        Args:
            expected: by version.
        """
        everything = [*self.replies, *self.forms]
        broken = Counter(reply.body.decode()[:80] for reply in everything if reply.status == BROKEN)
        faults = [f"{count} connections broke: {why}" for why, count in broken.items()]
        others = Counter(
            (reply.status, json.loads(reply.body)["type"]) for reply in everything if reply.status not in (200, BROKEN)
        )
        faults += [f"{count} answers with {status}, {kind}" for (status, kind), count in others.items()]
        for reply in everything:
            if reply.status == 200:
                faults += self._mixed(reply, expected)
        return faults

    def _mixed(self, reply: Reply, expected: dict[str, Expected]) -> list[str]:
        document = json.loads(reply.body)
        model, results = document["model"], document["results"]
        due = expected.get(model["version"])
        if due is None or due.digest != model["bundle"]:
            return [f"version {model['version']} with bundle {model['bundle'][:12]}"]
        pictures = range(PICTURES) if len(results) > 1 else [reply.picture]
        wrong = [n for n, each in zip(pictures, results, strict=True) if not due.is_answer(each, n)]
        return [f"version {model['version']} answers about picture {n} as another model would" for n in wrong]

    def counts(self) -> Counter[str]:
        """Answers by version."""
        good = [reply for reply in (*self.replies, *self.forms) if reply.status == 200]
        return Counter(json.loads(reply.body)["model"]["version"] for reply in good)


def pictures_of(registered: Registered) -> list[bytes]:
    """A picture of each class as JPEG, which every version is sure about."""
    buffers = []
    for name in CLASSES:
        buffers.append(io.BytesIO())
        Image.open(registered.project / "first" / name / "0000.png").save(buffers[-1], "JPEG", quality=95)
    return [buffer.getvalue() for buffer in buffers]


def form_of(pictures: Sequence[bytes]) -> bytes:
    """The body of a form with these pictures."""
    heads = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'.encode()
    return b"".join(heads + each + b"\r\n" for each in pictures) + f"--{BOUNDARY}--\r\n".encode()


@contextmanager
def under_load(server: Server, pictures: Sequence[bytes], folder: Path) -> Iterator[Load]:
    """Load for a block, once it has begun; what was answered is there behind it."""
    load, stop = Load(), folder / "stop"
    single = Target.of(server, *pictures, keep=True)
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    form = replace(single, pictures=(form_of(pictures),), headers={**single.headers, **kind}, distinct=False)
    threads = [
        threading.Thread(target=lambda: load.replies.extend(closed(single, SINGLES, until=stop))),
        threading.Thread(target=lambda: load.forms.extend(closed(form, FORMS, until=stop))),
    ]
    for thread in threads:
        thread.start()
    try:
        while asked_of(server, "/v1/stats")["predictions"] < SINGLES + PICTURES * FORMS:
            time.sleep(0.1)
        yield load
    finally:
        stop.touch()
        for thread in threads:
            thread.join()
        stop.unlink()


def asked_of(server: Server, path: str) -> dict[str, Any]:
    """What an address says."""
    request = urllib.request.Request(f"{server.address}{path}", headers=server.headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return dict(json.load(response))


def wait_for(server: Server, version: str = "", bundle: str = "") -> str:
    """Why a bundle does not answer, once the service says so; "" once a version does.

    Raises:
        SystemExit: neither within the patience.
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        said = asked_of(server, "/v1/models")
        if version and said["model"]["version"] == version:
            return ""
        if failed := [each for each in said["loads"] if bundle and each["bundle"] == bundle and each["error"]]:
            return str(failed[-1]["error"])
        time.sleep(0.05)
    raise SystemExit(f"the service says nothing of {version or bundle}")


def in_trail(store: Path, bundle: str, sentence: str) -> bool:
    """Whether the audit trail says by this sentence why a bundle does not answer."""
    with closing(create_engine(f"sqlite:///{store}").connect()) as connection:
        rows = connection.execute(text("SELECT content FROM audit_trail WHERE kind = 'model not loaded'")).scalars()
        lines = [json.loads(row) for row in rows]
    return any(line["bundle"] == bundle and sentence in line["error"] for line in lines)


def unless(is_so: object, fault: str) -> list[str]:
    """The fault, unless something is so."""
    return [] if is_so else [fault]


def swaps(registered: Registered, registry: Registry, pictures: Sequence[bytes], folder: Path, times: int) -> list[str]:
    """Move the champion under load; what was not as it has to be."""
    expected = {str(n): Expected.of(path, pictures) for n, path in enumerate(registered.bundles, start=1)}
    if any(one == two for one, two in zip(expected["1"].labels, expected["2"].labels, strict=True)):
        raise SystemExit(f"the versions answer alike: {expected}")
    source, inside = f"models:/{MODEL}@champion", registered.project
    with assay_served(source, folder, *WORDS, name="swaps", inside=inside) as server:
        begun = asked_of(server, "/v1/models")["model"]["version"]
        with under_load(server, pictures, folder) as load:
            now = begun
            for number in range(times):
                now = "1" if now == "2" else "2"
                assay(["rollback", f"name={MODEL}", f"reason=swap {number + 1} under load"], registered.project)
                wait_for(server, version=now)
            past = registry.version_of(registered.bundles[int(begun) - 1], "past the gate")
            registry.move("champion", past.number)
            why = wait_for(server, bundle=past.digest)
            registry.move("champion", now)
    counts = load.counts()
    print(f"{times} swaps: {sum(counts.values())} answers, by version {dict(counts)}", flush=True)
    print(f"moved past the gate: {why}", flush=True)
    return [
        *load.faults(expected),
        *unless("moved from outside" in why, f"moved past the gate: {why}"),
        *unless(in_trail(folder / "swaps.db", past.digest, "moved from outside"), "the trail does not say so"),
        *unless(counts["1"] and counts["2"], "one version has never answered"),
    ]


def refused(registered: Registered, registry: Registry, pictures: Sequence[bytes], folder: Path) -> list[str]:
    """Name bundles that must not answer, under load; what was not as it has to be."""
    good = registry.version_of(registered.bundles[0], "good")
    registry.move("live", good.number)
    expected = {good.number: replace(Expected.of(registered.bundles[0], pictures), digest=good.digest)}
    faults: list[str] = []
    source = f"models:/{MODEL}@live"
    with (
        assay_served(source, folder, *WORDS, name="refused", inside=registered.project) as server,
        under_load(server, pictures, folder) as load,
    ):
        for name, (doctor, sentence) in MUST_NOT_ANSWER.items():
            bad = doctor(registry, registered)
            registry.move("live", bad.number)
            why = wait_for(server, bundle=bad.digest)
            print(f"{name}: {why}", flush=True)
            now = asked_of(server, "/v1/models")["model"]["bundle"]
            faults += unless(sentence in why, f"{name}: refused because of something else: {why}")
            faults += unless(now == good.digest, f"{name}: something else answers")
            faults += unless(in_trail(folder / "refused.db", bad.digest, sentence), f"{name}: not in the trail")
        registry.move("live", good.number)
    print(f"beside them {sum(load.counts().values())} answers of the old one", flush=True)
    return faults + load.faults(expected)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--swaps", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="two swaps")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "assay-serving")
    asked = parser.parse_args(arguments)
    registered = make_registered(asked.folder)
    pictures = pictures_of(registered)
    registry = Registry(registered)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        faults = swaps(registered, registry, pictures, Path(folder), 2 if asked.quick else asked.swaps)
        faults += refused(registered, registry, pictures, Path(folder))
    for fault, count in Counter(faults).items():
        print(f"{count} × {fault}")
    print("nothing else than it should be" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
