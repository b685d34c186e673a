"""The sources that there are, by the name that is typed."""

from __future__ import annotations

from assay.collection.sources.display_only import Pexels, Unsplash
from assay.collection.sources.flickr import Flickr
from assay.collection.sources.openverse import Openverse, PublicDomain
from assay.collection.sources.source import Source
from assay.collection.sources.wikimedia import Wikimedia

SOURCES: dict[str, Source] = {
    source.name: source for source in (Wikimedia(), Openverse(), Flickr(), PublicDomain(), Unsplash(), Pexels())
}
