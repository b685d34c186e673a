"""Shown: what a page shows of a picture, out of the bytes that were sent; nothing of it is written anywhere."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from assay.serving.explanation import Explanation

KINDS = ((b"\xff\xd8\xff", "jpeg"), (b"\x89PNG", "png"), (b"GIF8", "gif"), (b"RIFF", "webp"))


@dataclass(frozen=True)
class PagePicture:
    """A picture on a page.

    Attributes:
        address: of the whole picture, as `data:` or a path of ours; "" where the browser puts in its own file.
        own: number of the browser's file that is put in; None where `address` shows it.
        view: what the model sees of it, as `data:`; "" without a map.
        heat: the same in grey under the map; "" without one.
    """

    address: str = ""
    own: int | None = None
    view: str = ""
    heat: str = ""


def shown(content: bytes, *, own: int | None = None, explanation: Explanation | None = None) -> PagePicture:
    """What a page shows of a picture.

    Args:
        content: of the file.
        own: number of the file in the form, where the browser can show it by itself; None brings it along.
        explanation: of the answer.
    """
    drawn = explanation is not None and explanation.png is not None and explanation.view is not None
    view = heat = ""
    if drawn:
        assert explanation is not None
        assert explanation.png is not None
        assert explanation.view is not None
        view, heat = data_address(explanation.view), data_address(explanation.png)
    address = data_address(content) if own is None and not drawn else ""
    return PagePicture(address, own, view, heat)


def data_address(content: bytes) -> str:
    """Bytes of a picture as an address that holds them; "" for what is no picture of a known kind."""
    kind = next((kind for start, kind in KINDS if content.startswith(start)), "")
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}" if kind else ""
