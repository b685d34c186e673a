"""ConsentText: the words that somebody agrees to, with their version and digest."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from assay.errors import ServiceError

OWN = Path(__file__).with_name("consent_text.md")
VERSION = re.compile(r"version:[ \t]*(?P<version>[\w.-]{1,40})[ \t]*")
LARGEST = 100_000


@dataclass(frozen=True)
class ConsentText:
    """A text.

    Attributes:
        version: as its first line says.
        text: the whole file.
    """

    version: str
    text: str

    @property
    def sha256(self) -> str:
        """Hex, of the text in UTF-8."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_consent_text(file: str = "") -> ConsentText:
    """The text of a file.

    Args:
        file: path; "" takes the text that comes along.

    Raises:
        ServiceError: it cannot be read, is no text, or its first line names no version.
    """
    path = Path(file).expanduser() if file else OWN
    try:
        with path.open("rb") as opened:
            text = opened.read(LARGEST + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceError(f"consent={path}: cannot be read as text ({error}); give a file of text in UTF-8") from error
    first, _, rest = text.partition("\n")
    version = VERSION.fullmatch(first.strip())
    if version is None or not rest.strip() or len(text) > LARGEST:
        raise ServiceError(
            f"consent={path}: its first line has to name its version, such as version: 2 (letters, digits, . and -), "
            f"and the words follow, at most {LARGEST} characters"
        )
    return ConsentText(version["version"], text)
