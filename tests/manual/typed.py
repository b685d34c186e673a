"""What the pages of the manual tell a reader to type."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"\s+#\s.*$")


@dataclass(frozen=True)
class Typed:
    """A line that is typed.

    Attributes:
        page: below `docs`.
        line: as it stands there, without its comment.
    """

    page: str
    line: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.line)


def pages(*folders: str) -> list[Path]:
    """Pages of some folders of the manual."""
    return sorted(page for folder in folders for page in (DOCS / folder).glob("*.md"))


def typed_on(page: Path) -> list[Typed]:
    """The lines of all blocks that a reader types, in their order; continued ones are one."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    lines = (line for block in BLOCK.findall(text) for line in block.splitlines())
    lines = (COMMENT.sub("", line).strip() for line in lines if not line.startswith("#"))
    return [Typed(str(page.relative_to(DOCS)), line) for line in lines if line]
