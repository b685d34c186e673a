"""The contract with clients, `docs/openapi.json`, made from the addresses; what would break a client is not written."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from assay.serving.api.app import addresses
from assay.serving.api.contract import difference

PAGE = Path("docs/openapi.json")
COMMAND = "python -m assay.serving.api.reference"


def document() -> dict[str, Any]:
    """The OpenAPI document of every address."""
    return addresses().openapi()


def as_text(content: dict[str, Any]) -> str:
    """A document as it is kept: sorted, so that two who add different addresses change different lines."""
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def broken_by(content: dict[str, Any], kept: str) -> str:
    """What clients of the kept document would lose by another one, a line each; "" where nothing.

    Args:
        content: of the other one.
        kept: text of `docs/openapi.json`; "" where there is none yet.
    """
    if not kept:
        return ""
    try:
        former = json.loads(kept)
    except ValueError:
        return f"{PAGE}: is no JSON; of a merge, take one side (git checkout --ours {PAGE}), then {COMMAND} again"
    return "\n".join(difference(former, content).broken)


def write(page: Path = PAGE) -> str:
    """Keep the document, unless it would break a client.

    Returns:
        What would break one, as lines; "" where it was written.
    """
    content = document()
    broken = broken_by(content, page.read_text("utf-8") if page.exists() else "")
    if not broken:
        page.write_text(as_text(content), encoding="utf-8")
    return broken


if __name__ == "__main__":
    if lost := write():
        sys.exit(
            f"Clients of before would fail, so nothing was written. What is new needs an address of its own:\n{lost}"
        )
