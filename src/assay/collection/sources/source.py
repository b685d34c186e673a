"""Source: what can be asked for pictures by a query, and how an answer of its is read."""

from __future__ import annotations

import html
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from assay.collection.client import Client
from assay.collection.licences import YES
from assay.collection.limits import HostLimits
from assay.collection.source_record import FoundPicture, Skipped, SourceRecord

_TAG = re.compile(r"<[^>]*>")
LONGEST = 300
Found = FoundPicture | Skipped


@dataclass(frozen=True)
class Query:
    """What a source is asked.

    Attributes:
        text: words.
        seen: UTC date of today.
        width: of the pictures that are wanted, in pixels; 0 for the original.
        key: of the source's interface; "" for none.
        endpoint: address of the interface; "" for the source's own.
    """

    text: str
    seen: str
    width: int = 960
    key: str = ""
    endpoint: str = ""


class Source(ABC):
    """A source of pictures.

    Class attributes:
        name: as it is typed.
        endpoint: of its interface.
        training_permitted: whether its own terms let pictures be trained on, whatever their licence.
        terms: where and what these terms say, and when that was read.
        key_variable: environment variable with the key that it needs or takes; "" for none.
        needs_key: whether it answers without one.
    """

    name: ClassVar[str]
    endpoint: ClassVar[str]
    training_permitted: ClassVar[str] = YES
    terms: ClassVar[str]
    key_variable: ClassVar[str] = ""
    needs_key: ClassVar[bool] = False

    @abstractmethod
    def limits(self, *, key: bool) -> HostLimits:
        """What may be asked of its interface, with a key and without."""

    @abstractmethod
    def candidates(self, client: Client, query: Query) -> Iterator[Found]:
        """What fits the query, page by page as it is taken.

        Raises:
            FetchFailed: the interface does not answer.
            DataError: it refuses the query or the key.
        """

    def record(self, **values: str) -> SourceRecord:
        """Rights of a picture of this source."""
        # One line each, whatever somebody has called himself: credits are lines of a file.
        lines = {name: " ".join(value.split()) for name, value in values.items()}
        texts = {name: value[: LONGEST if name in ("author", "title") else 4000] for name, value in lines.items()}
        return SourceRecord(source=self.name, training_permitted=self.training_permitted, terms=self.terms, **texts)


def with_parameters(endpoint: str, **parameters: Any) -> str:
    """An address with a query; what is None is left out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(given)}"


def text_at(value: Any, *path: str | int) -> str:
    """The text at a place of a document; "" where there is none. Numbers are text too, truth values are not."""
    place = at(value, *path)
    if isinstance(place, str):
        return place.strip()
    return str(place) if isinstance(place, int | float) and not isinstance(place, bool) else ""


def number_at(value: Any, *path: str | int) -> int:
    """The whole number at a place of a document; 0 where there is none."""
    text = text_at(value, *path)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def list_at(value: Any, *path: str | int) -> list[Any]:
    """The list at a place of a document; of an object its values, as MediaWiki once had it; [] for anything else."""
    place = at(value, *path)
    return list(place.values()) if isinstance(place, Mapping) else place if isinstance(place, list) else []


def at(value: Any, *path: str | int) -> Any:
    """What lies at a place of a document; None for nothing."""
    for step in path:
        if isinstance(step, str) and isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def without_markup(text: str) -> str:
    """The text of a piece of HTML."""
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())
