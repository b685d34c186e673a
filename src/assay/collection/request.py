"""What is asked of `assay collect`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.bounds import AtLeast, Between
from assay.config.request import Help

DEEDS = ("fetch", "plan", "resume", "stats", "takedown")
ONLINE = ("wikimedia", "openverse", "flickr", "public_domain", "unsplash", "pexels")


@dataclass(frozen=True)
class CollectRequest:
    """The words of `assay collect` itself.

    Attributes:
        deed: what is to be done, of `DEEDS`.
        source: where pictures come from.
        query: what an online source is asked.
        export: folder of one's own exports, for the sources that cannot be asked.
        license: of an export.
        evidence: of that licence.
        label: class of the pictures.
        count: that are wanted; None for `minimum`.
        to: folder of the collection.
        contact: whom servers can write to.
        kind: "real" or "generated"; "" for what the source holds.
        use: "training" or "display".
        commercial: whether pictures must permit commercial purposes.
        width: of pictures, in pixels, where a source has several.
        min_side: pixels that the shorter side has to have.
        minimum: pictures that each label should have.
        maximum: pictures that each label may have.
        only: outcomes that `resume` asks again; "" for those that may pass by themselves.
        dry_run: whether the source is asked and nothing is fetched.
        report: "attribution" for the credits.
        author: whose pictures are taken down, or who made an export.
        url: address or page that is taken down, or page of an export.
        endpoint: of an interface that speaks the source's language elsewhere.
        networks: that may be reached beside the public internet.
        seconds: that one request may take.
        wait: seconds that a host's limit is waited for.
        workers: pictures that are fetched at a time.
        against_tests: whether pictures are held against test sets of registered models.
    """

    deed: str = "fetch"
    source: Annotated[
        Literal[
            "",
            "wikimedia",
            "openverse",
            "flickr",
            "public_domain",
            "unsplash",
            "pexels",
            "stable_diffusion",
            "midjourney",
            "dalle",
            "artbreeder",
            "diffusiondb",
            "lexica",
            "folder",
        ],
        Help("where pictures come from; from stable_diffusion on, exports of yours, with from=FOLDER"),
    ] = ""
    query: Annotated[str, Help("what an online source is asked, such as query='jade ring'")] = ""
    export: Annotated[str, Help("folder of exports, for sources that cannot be asked", key="from", shown="FOLDER")] = ""
    license: Annotated[str, Help("with from=: of these pictures, such as CC0-1.0 or CC-BY-4.0")] = ""
    evidence: Annotated[str, Help("with from=: where that licence stands, or why it is yours to give")] = ""
    label: Annotated[str, Help("class of the pictures; the name of their folder")] = ""
    count: Annotated[int | None, AtLeast(1), Help("pictures that are wanted; minimum without it")] = None
    to: Annotated[str, Help("folder of the collection", shown="FOLDER")] = ""
    contact: Annotated[str, Help("mail address or page of yours, which servers hear of", shown="ADDRESS")] = ""
    kind: Annotated[
        Literal["", "real", "generated"], Help("what the pictures are, where the source does not say it", key="type")
    ] = ""
    use: Annotated[Literal["training", "display"], Help("display: to look at, and in no manifest")] = "training"
    commercial: Annotated[bool, Help("true: only what permits commercial purposes, in the whole collection")] = False
    width: Annotated[int, AtLeast(0), Help("pixels, where a source has several widths; 0 for the original")] = 960
    min_side: Annotated[int, AtLeast(1), Help("pixels that the shorter side has to have")] = 64
    minimum: Annotated[int, AtLeast(1), Help("pictures that each label should have")] = 1000
    maximum: Annotated[int, AtLeast(1), Help("pictures that each label may have")] = 5000
    only: Annotated[str, Help("for resume: outcomes that are asked again, such as 429,dns", shown="OUTCOMES")] = ""
    dry_run: Annotated[bool, Help("true: says what would be fetched, under which licence; nothing is")] = False
    report: Annotated[Literal["", "attribution"], Help("attribution: credits for every picture")] = ""
    author: Annotated[str, Help("for takedown: whose pictures go; with from=: who made them")] = ""
    url: Annotated[str, Help("for takedown: the picture of this address or page goes; with from=: their page")] = ""
    endpoint: Annotated[str, Help("interface that speaks the source's language elsewhere", shown="URL")] = ""
    networks: Annotated[tuple[str, ...], Help("that may be reached beside the public internet, as CIDR")] = ()
    seconds: Annotated[float, Between(0.1, 600), Help("that one request may take")] = 30.0
    wait: Annotated[float, Between(0, 86_400), Help("seconds that a host's limit is waited for; then resume")] = 900.0
    workers: Annotated[int, Between(1, 32), Help("pictures at a time, as far as their hosts allow it")] = 4
    against_tests: Annotated[bool, Help("false: not held against test sets of registered models")] = True
