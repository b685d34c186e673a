"""Every state of every page, driven in a real browser: no barrier, nothing cut off, nothing in another language.

`experiments/review/every_state.py` drives all of them in every view, and leaves a screenshot of each.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assay.review.forms import form_of
from assay.web.languages import Phrases, phrases
from faces.desk import DESK
from faces.hand import Hand
from faces.people import PEOPLE
from faces.state import State
from faces.watch import WATCH
from faces.worlds import Worlds, worlds
from real_browser import OVERFLOW

LARGEST = 100_000
"""Bytes of a page with its style and scripts, without its pictures."""
ROOMS = ("assay.serving.pages", "assay.review.desk", "assay.serving.watch_pages")
STATES = [*PEOPLE, *DESK, *WATCH]
SHOTS, EVERY = os.environ.get("ASSAY_SHOTS", ""), bool(os.environ.get("ASSAY_EVERY_VIEW"))
"""Folder of screenshots, and whether every state is driven in every view; `experiments/review` sets both."""


@dataclass(frozen=True)
class View:
    """How somebody looks at a page."""

    width: int
    dark: bool
    language: str
    script: bool
    keys: bool

    def __str__(self) -> str:
        kind = "script" if self.script else "plain"
        return (
            f"{self.width}-{'dark' if self.dark else 'light'}-{self.language}-{kind}-{'keys' if self.keys else 'mouse'}"
        )


ALL = [
    View(*each) for each in itertools.product((1280, 320), (False, True), ("en", "th"), (True, False), (False, True))
]
FEW = [
    View(320, True, "th", False, True),
    View(1280, False, "th", True, True),
    View(320, False, "th", True, False),
    View(1280, True, "en", False, False),
]
"""Views of which each state gets one in turn: all values of each side are among them."""


def cases() -> Iterator[Any]:
    for place, each in enumerate(STATES):
        views = ALL if EVERY else [FEW[(place + turn) % len(FEW)] for turn in range(len(FEW))]
        fitting = [view for view in views if view.script in each.scripts]
        for view in fitting if EVERY else fitting[:1]:
            yield pytest.param(each, view, id=f"{each.name}-{view}")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, engine: Any, finished_run: Any) -> Iterator[Worlds]:
    evidence = next(finished_run.folder.rglob("evidence.json"))
    with worlds(tmp_path_factory.mktemp("faces"), engine, evidence) as made:
        yield made


@pytest.fixture(scope="module")
def shown() -> Iterator[set[str]]:
    """Keys of phrases that pages have asked for since the first state."""
    keys: set[str] = set()
    plain = Phrases.__call__

    def noted(self: Phrases, key: str, **values: object) -> str:
        keys.add(key)
        return plain(self, key, **values)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Phrases, "__call__", noted)
        yield keys


class Windows:
    """Pages of a browser, one for each view; whoever looks next finds nothing of who was there before.

    Args:
        chromium: the browser.
    """

    def __init__(self, chromium: Any) -> None:
        self._chromium, self._pages, self.complaints = chromium, dict[View, Any](), list[str]()

    def page(self, view: View) -> Any:
        if view not in self._pages:
            self._pages[view] = self._open(view)
        page = self._pages[view]
        page.context.clear_cookies()
        self.complaints.clear()
        return page

    def left(self, view: View) -> None:
        """Nobody looks any more."""
        page = self._pages[view]
        page.context.set_offline(False)
        try:
            page.evaluate("localStorage.clear()")
            page.goto("about:blank")
        except Exception:  # what hangs is opened anew
            self._pages.pop(view).context.close()

    def _open(self, view: View) -> Any:
        context = self._chromium.new_context(
            viewport={"width": view.width, "height": 900},
            color_scheme="dark" if view.dark else "light",
            locale={"en": "en-US", "th": "th-TH"}[view.language],
            has_touch=view.width == 320,
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if not view.script:  # axe-core needs a browser that runs scripts; the page's own come empty
            page.route("**/static/**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
        return page


@pytest.fixture(scope="module")
def windows(chromium: Any) -> Windows:
    return Windows(chromium)


@pytest.mark.parametrize(("each", "view"), list(cases()))
def test_a_state_has_no_barrier_is_whole_and_in_one_language(windows, axe, services, shown, each: State, view: View):
    page = windows.page(view)
    try:
        each.way(Hand(page, view.keys, services.addresses[each.world]), services)
        if SHOTS:
            Path(SHOTS, str(view)).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{SHOTS}/{view}/{each.name}.png", full_page=True)
        text = page.inner_text("body")
        assert any(part_of(key, view.language) in flat(text) for key in each.shows), text
        assert axe(page) == []
        assert page.evaluate(OVERFLOW) <= 0, "wider than the screen"
        assert page.evaluate(CUT_OFF) == []
        assert weight(page, services.of[each.world]) < LARGEST
        assert view.language == "en" or others_words(page) == []
        assert each.complaints or windows.complaints == []
    finally:
        windows.left(view)


def test_every_phrase_is_on_a_page_of_some_state(request, shown):
    driven = sum(
        item.function is test_a_state_has_no_barrier_is_whole_and_in_one_language for item in request.session.items
    )
    if driven < len(STATES):
        pytest.skip("not every state was driven")
    every = {key for room in ROOMS for key in phrases("en", room).catalogue}
    left = sorted(every - shown - set(NOT_DRIVEN))
    assert not left, "no state shows them; drive one that does, or say why none can:\n" + "\n".join(left)
    assert sorted(set(NOT_DRIVEN) & shown) == [], "they are driven by now"


NOT_DRIVEN = {
    **dict.fromkeys(("error.fault.title", "error.fault.remedy"), "a fault of the service is none of its states"),
    **dict.fromkeys(("error.store.title", "error.store.remedy"), "test_ask: what cannot be logged"),
    **dict.fromkeys(("error.slow.title", "error.slow.remedy"), "a browser does not send slowly; test_hostile_clients"),
    **dict.fromkeys(("error.other-site.title", "error.other-site.remedy"), "test_own_data: no other site sends a form"),
    **dict.fromkeys(("error.no-fetch.title", "error.no-fetch.remedy"), "the page has no field for an address then"),
    "error.wait.one": "takes a wait of one second",
    **dict.fromkeys(("answer.unreadable.fetch", "answer.unreadable.too-large"), "takes the internet, or 20 MB"),
    **dict.fromkeys(
        ("limit.classes", "limit.generated", "limit.hardest", "limit.no_check", "limit.small"), "of other models"
    ),
    **dict.fromkeys(
        ("limit.no_robustness", "map.passed", "map.failed", "map.none", "map.other_form"), "of other models"
    ),
    "map.busy": "test_ask: there is no time for maps",
    **{f"origin.c2pa.{each}": "test_provenance" for each in ("invalid", "missing", "remote", "trusted", "unreadable")},
    "origin.c2pa.valid": "test_provenance",
    **{f"origin.claims.{each}": "test_provenance" for each in ("captured", "composite", "generated", "other")},
    **{f"origin.xmp.{each}": "test_provenance" for each in ("captured", "composite", "other")},
    "people.not_oneself": "the page offers no such button",
    **{f"refused.{each}": "two tabs at once: test_desk" for each in ("blind", "button", "chosen", "late", "stays")},
}
"""Phrases that no state above shows -> why not."""
CUT_OFF = """() => [...document.querySelectorAll('main *')].filter((each) => {
  const style = getComputedStyle(each), box = each.getBoundingClientRect();
  if (!box.width || each.closest('.sr, .chosen') || ['auto', 'scroll'].includes(style.overflowX)) return false;
  const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const wide = document.documentElement.clientWidth + 1;
  return own && !each.closest('.scroll, .frame, pre') && (box.right > wide || box.left < -1);
}).map((each) => each.outerHTML.slice(0, 120))"""
"""Elements with words that reach over the edge of the screen."""
TEXTS = """() => {
  const texts = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const apart = '[lang=en], bdi, kbd, code, time, script, .brand, .own-words, [data-number]';
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!node.parentElement.closest(apart)) texts.push(node.data);
  }
  for (const each of document.querySelectorAll('[aria-label], [alt], [title]')) {
    const said = ['aria-label', 'alt', 'title'].map((name) => each.getAttribute(name) || '');
    if (!each.closest(apart)) texts.push(...said);
  }
  return texts.filter((each) => each.trim());
}"""
OWN = re.compile(
    r"\b(JPEG|PNG|WebP|GIF|MB|UTC|CSV|JSON|API|C2PA|XMP|SynthID|AI|iPhone|Assay|assay|Grad-CAM|review_guide|FOLDER|"
    r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{12,64}|[\w ]+\.png|jade|onyx|class [a-l]|kim\d+|classify|tiny|c d|"
    r"trainedAlgorithmicMedia|Stable Diffusion web UI)\b"
)
"""Names that are the same in every language, and names of files, classes, reviewers, models and requests."""


def others_words(page: Any) -> list[str]:
    """What is neither Thai nor a name."""
    from faces.worlds import HOSTILE

    left = []
    for text in page.evaluate(TEXTS):
        rest = text
        for name in HOSTILE:
            rest = rest.replace(name, "").replace(name.replace("\u202e", "\\u202e"), "")
        if re.search(r"[A-Za-z]{2,}", OWN.sub("", rest)):
            left.append(text.strip())
    return left


def weight(page: Any, world: Any) -> int:
    """Bytes of a page with the files that it loads, without its pictures."""
    html = re.sub(r"data:image/[^\"']+", "", page.content())
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', html)
    return len(html.encode()) + sum(len(world.client.get(each).content) for each in set(files))


def part_of(key: str, language: str) -> str:
    """The longest piece of a phrase that nothing is filled into."""
    catalogues = [phrases(language, room) for room in ROOMS]
    of_form = form_of(key.split(".")[1]).question if key.startswith("form.") else ""
    phrase = next((each(key) for each in catalogues if each.has(key)), of_form)
    return max((flat(piece) for piece in re.split(r"\{\w+\}", phrase)), key=len)


def flat(text: str) -> str:
    return " ".join(text.split())
