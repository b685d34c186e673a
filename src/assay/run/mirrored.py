"""Pictures and tables at an address: read from the mirror in the cache, while messages name the address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.config.addresses import is_address, parent_of
from assay.config.targets import build
from assay.data.sources.table import is_manifest
from assay.errors import AssayError
from assay.run.workspace import cache_folder

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from assay.data.manifest import Manifest


@dataclass(frozen=True)
class PlacesHere:
    """Where on this machine lies what a config names by an address; other places stay as they are.

    Attributes:
        config: composed and checked.
        addresses: of what was asked for so far, by where it lies here.
    """

    config: DictConfig
    addresses: dict[str, str] = field(default_factory=dict)

    def folder(self, place: str, key: str) -> str:
        """A folder of pictures; `key` is the option that names the place.

        Raises:
            AssayError: what the address says.
        """
        from assay.mirror.mirrors import mirrored

        if not is_address(place):
            return place
        here = str(mirrored(place, cache_folder(self.config), str(self.config.get("mirror_limit", "50GB")), key))
        self.addresses[here] = place.rstrip("/")
        return here

    def file(self, place: str, key: str) -> str:
        """A file; arguments and errors as of `folder`."""
        from assay.mirror.mirrors import mirrored_file

        if not is_address(place):
            return place
        here = str(mirrored_file(place, cache_folder(self.config), key))
        self.addresses[here] = place
        return here

    @contextmanager
    def named(self) -> Iterator[None]:
        """Let errors of the block name addresses: what has to be mended lies there, and not in the cache."""
        try:
            yield
        except AssayError as error:
            words = str(error)
            for here, address in self.addresses.items():
                words = words.replace(here, address)
            raise type(error)(words) from error


def build_source(source: Mapping[Any, Any], config: DictConfig) -> Manifest:
    """The images that a source lists.

    Args:
        source: its node, `config.data` without what is asked of every dataset.
        config: composed and checked.

    Raises:
        AssayError: what the source or its address says.
    """
    places, here = PlacesHere(config), dict(source)
    with places.named():
        if source.get("path"):
            here["path"] = places.file(source["path"], "data.path")
        if root := root_of(source, here.get("path")):
            here["root"] = places.folder(root, "data.root")
        manifest: Manifest = build(here).build(cache_folder(config) / "scans")
    return manifest


def root_of(source: Mapping[Any, Any], table: str | None) -> str | None:
    """The folder of a source's pictures: of a table at an address, which lies here at `table`, the one that it lies in.

    A saved manifest says itself where its pictures are.
    """
    root, path = source.get("root"), source.get("path")
    if root is None and is_address(path) and not (table and is_manifest(Path(table))):
        return parent_of(path)
    return root


def fetched_again(manifest: Manifest, config: Callable[[], DictConfig]) -> Manifest:
    """A recorded manifest whose pictures are there, as far as they came from object stores.

    Args:
        manifest: as it was recorded; one of pictures that never lay in a mirror comes back as it is.
        config: reads that of its run.
    """
    from assay.mirror.mirrors import FOLDER, mark_of
    from assay.mirror.remote import OBJECT_STORES

    pattern = re.compile(rf".*/{FOLDER}/([0-9a-f]{{16}})/[^/]+/")
    paths = manifest.table["path"]
    marks = paths.map(lambda path: place[1] if (place := pattern.match(path)) else "")
    away = marks[marks.ne("") & ~paths.map(lambda path: Path(path).is_file())].unique()
    if not len(away):
        return manifest
    recorded = config()
    data, places = recorded.data, PlacesHere(recorded)
    for key, address in [("data.root", root_of(data, None)), *_sets(data)]:
        # Who wrote a run must not choose where this machine connects to: an object store's place says the environment.
        if str(address).partition("://")[0].lower() in OBJECT_STORES and (mark := mark_of(str(address))) in away:
            folder = Path(places.folder(str(address), key))
            paths = paths.where(marks != mark, paths.map(lambda path, to=folder: str(to / pattern.sub("", path))))
    return replace(manifest, table=manifest.table.assign(path=paths)) if places.addresses else manifest


def _sets(data: Mapping[Any, Any]) -> list[tuple[str, str]]:
    return [(f"data.{key}", entry) for key in ("ood", "ood_val") for entry in data.get(key) or ()]
