"""Worlds: services in front of which browsers are driven into every state of their pages, and pictures to ask about.

What is answered follows from a picture's colour, so that one service has answers of every kind.
"""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from assay.predictor import Answer
from assay.review.item import CLOSED, ReviewItem
from assay.review.passwords import Attempts, make_link, set_password
from assay.review.reviewers import Reviewer, create_reviewer
from assay.review.rows import add_items, close_items, items
from assay.serving.pages.room import Room
from real_browser import listening
from serving_world import World

WORDS = "correct horse battery"
LONG = "a very long name of a class that was written down as a whole sentence with " + "o" * 190
HOSTILE = ("<img src=x onerror=alert(1)>\"'&", "=HYPERLINK(1)", "\u202egnp.exe \U0001f600", LONG)
ANSWER, UNSURE, OTHER, UNLIKE, FLIPS = (200, 60, 60), (60, 200, 60), (60, 60, 200), (200, 200, 60), (60, 200, 200)
"""Colours of pictures of each kind of answer."""
SIDE = 64
KEPT = "c" * 64


def picture(colour: Sequence[int], seed: int = 0) -> bytes:
    """PNG of a disc of this colour on a paler ground."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    inside = (rows - SIDE / 2) ** 2 + (columns - SIDE / 2) ** 2 < (SIDE / 3) ** 2
    pixels = np.where(inside[..., None], np.array(colour), 110 + np.array(colour) // 2).astype(float)
    pixels += np.random.default_rng(seed).normal(0, 4, pixels.shape)
    buffer = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def upload(colour: Sequence[int], name: str = "photo.png", seed: int = 0) -> dict[str, Any]:
    return {"name": name, "mimeType": "image/png", "buffer": picture(colour, seed)}


def of_a_generator() -> bytes:
    """The same with what generators write into their files: their words, and XMP by which they say what they are."""
    buffer, about = io.BytesIO(), PngInfo()
    about.add_text("parameters", "a disc\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64, Model: m")
    kind = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'Iptc4xmpExt:DigitalSourceType="{kind}"/></rdf:RDF></x:xmpmeta>'
    )
    about.add_itxt("XML:com.adobe.xmp", xmp)
    Image.open(io.BytesIO(picture(ANSWER))).save(buffer, "PNG", pnginfo=about)
    return buffer.getvalue()


TORN = {"name": "torn.png", "mimeType": "image/png", "buffer": picture(ANSWER)[:200]}


def answers(names: tuple[str, ...], image: Any) -> Answer:
    """What is answered about a picture of a colour."""
    probabilities = np.full(len(names), 0.02, np.float32)
    probabilities[1] = 0.25
    probabilities[0] = 1 - probabilities[1:].sum()
    seen = image.reshape(-1, 3).mean(0)
    kind = min((ANSWER, UNSURE, OTHER, UNLIKE, FLIPS), key=lambda each: np.abs(seen - 110 - np.array(each) / 2).sum())
    about = {"possible": names[:2]}
    if kind == UNSURE:
        return Answer(names[0], 0.52, probabilities, rejected=True, **about)
    if kind == OTHER:
        return Answer(names[0], 0.9, probabilities, domain="out", reason="brightness 3 is below 20", **about)
    if kind == UNLIKE:
        return Answer(names[0], 0.7, probabilities, domain="unsure", reason="score 3.1 is above 2.4", **about)
    if kind == FLIPS and image.shape[0] != SIDE:
        return Answer(names[1], 0.61, probabilities[::-1].copy(), **about)
    return Answer(names[0], float(probabilities[0]), probabilities, possible=names[:1])


@dataclass
class Worlds:
    """Services, each with its address, and what a desk needs.

    Attributes:
        of: services by name.
        addresses: of each.
        files: of pictures that items show.
        count: reviewers that were made.
    """

    of: dict[str, World]
    addresses: dict[str, str]
    files: Path
    count: int = 0

    def reviewer(self, *roles: str, world: str = "open", password: bool = False) -> Reviewer:
        """A new one; what waited for others is closed."""
        self.count += 1
        store, name = self.of[world].store, f"kim{self.count}"
        made = store.write(lambda c: create_reviewer(c, name, roles or ["reviewer"], actor="test"))
        if password:
            store.write(lambda c: set_password(c, made, WORDS, actor="test"))
        with store.reading() as connection:
            waiting = [each.id for each in items(connection) if each.state != CLOSED]
        store.write(lambda c: close_items(c, waiting, "it was of another state"))
        return made

    def link(self, reviewer: Reviewer) -> str:
        store = self.of["open"].store
        return store.write(lambda c: make_link(c, reviewer, days=1, actor="test"))

    def queue(self, form: str = "label", count: int = 2, world: str = "open", **about: Any) -> list[ReviewItem]:
        """New items of a form."""
        self.count += 1
        common: dict[str, Any] = {"classes": ("jade", "onyx"), "hidden": {"label": "jade", "confidence": 0.61}}
        shown = {"heat_map": ("picture", "heat"), "audit": ("picture", "other", "other2", "other3")}.get(
            form, ("picture",)
        )
        common["shows"] = dict.fromkeys(shown, str(self.files / "photo.png"))
        wanted = [ReviewItem(form, "random", batch=f"{self.count} {n}", **{**common, **about}) for n in range(count)]
        return self.of[world].store.write(lambda c: add_items(c, wanted))


@contextmanager
def worlds(root: Path, engine: Any, evidence: Path) -> Iterator[Worlds]:
    """All of them, listening.

    Args:
        root: empty folder.
        engine: of a tiny bundle.
        evidence: file of what was measured of a run.
    """
    measured = _measured(engine, root / "bundle", evidence, 10)  # a tiny run tests too few for its bins to be shown
    hostile = _named(_measured(engine, root / "hostile bundle", evidence, 1), HOSTILE)
    dozen = _named(engine, tuple(f"class {letter}" for letter in "abcdefghijkl"))
    kinds: dict[str, tuple[Any, dict[str, Any]]] = {
        "open": (measured, {}),
        "keyed": (measured, {"pages": "key"}),
        "generated": (measured, {}),
        "hostile": (hostile, {}),
        "dozen": (dozen, {}),
        "tight": (engine, {"visitors_per_minute": 1}),
        "few": (engine, {"pictures": 2}),
        "guided": (engine, {"review_guide": str(_guide(root / "guide"))}),
    }
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patched:
        made = Worlds({}, {}, root)
        patched.setattr(Attempts.__init__, "__defaults__", (5, 10_000, 15))  # of one name as ever, of all together more
        for name, (each, settings) in kinds.items():
            (root / name).mkdir(parents=True)
            made.of[name] = World(root / name, each, **settings)
            stack.callback(made.of[name].close)
            made.addresses[name] = stack.enter_context(listening(made.of[name].app))
        patched.setattr(type(engine), "answers", lambda self, images: [answers(self.class_names, i) for i in images])
        patched.setattr("assay.serving.pages.history.PAGE", 3)
        generated = made.of["generated"].service
        patched.setattr(Room, "is_about_generated", property(lambda room: room.service is generated))
        (root / "photo.png").write_bytes(picture(ANSWER))
        made.of["open"].service.keeping.pictures.keep(KEPT, np.asarray(Image.open(root / "photo.png")))
        yield made


def _named(engine: Any, names: tuple[str, ...]) -> Any:
    """The engine with other names of classes."""
    about = replace(engine.bundle.about, class_names=names)
    return replace(engine, bundle=replace(engine.bundle, about=about))


def _measured(engine: Any, folder: Path, evidence: Path, times: int) -> Any:
    """The engine, whose bundle holds what was measured of a run, as if on so many times the pictures."""
    shutil.copytree(engine.bundle.folder, folder)
    text = evidence.read_text("utf-8")
    for one, other in (("amber", "a"), ("jade", "b"), ("onyx", "c d")):
        text = re.sub(f'"{one}"', f'"{other}"', text)
    document = json.loads(text)
    for each in document["calibration"]["after"]["bins_equal_mass"]:
        each["n"] *= times
    (folder / "evidence.json").write_text(json.dumps(document), "utf-8")
    about = replace(engine.bundle.about, files={**engine.bundle.about.files, "evidence.json": "0" * 64})
    return replace(engine, bundle=replace(engine.bundle, folder=folder, about=about))


def _guide(folder: Path) -> Path:
    for name in ("jade", "onyx"):
        (folder / name).mkdir(parents=True)
        for number in range(3):
            (folder / name / f"{number}.png").write_bytes(picture(UNSURE if name == "jade" else OTHER, number))
    (folder / "guideline.md").write_text(
        "# What counts\n\nJade is green, onyx is dark.\n\n# Doubt\n\nSay that you cannot tell.\n"
    )
    return folder
