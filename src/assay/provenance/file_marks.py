"""Marks of a file about its origin: XMP's DigitalSourceType, and the text that generators write into PNG files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assay.provenance.embedded_text import PNG, chunks

XMP = re.compile(rb"<x:xmpmeta\b.{0,200000}?</x:xmpmeta>", re.DOTALL)
SOURCE_TYPE = re.compile(rb"DigitalSourceType.{0,200}?digitalsourcetype/(?P<code>[A-Za-z]{3,60})", re.DOTALL)
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
GENERATORS = {
    "parameters": "Stable Diffusion web UI",
    "workflow": "ComfyUI",
    "prompt": "ComfyUI",
    "invokeai_metadata": "InvokeAI",
    "invokeai_graph": "InvokeAI",
    "sd-metadata": "InvokeAI",
    "dream": "InvokeAI",
    "fooocus_scheme": "Fooocus",
}
"""Keyword of a PNG's text, in small letters -> which program writes it."""


def source_types(content: bytes) -> tuple[str, ...]:
    """Codes of IPTC's digital source types in the XMP of a file, such as "trainedAlgorithmicMedia".

    Source: IPTC NewsCodes, digitalsourcetype; property Iptc4xmpExt:DigitalSourceType.

    Args:
        content: of the file.
    """
    codes = [match["code"].decode() for packet in XMP.findall(content) for match in SOURCE_TYPE.finditer(packet)]
    return tuple(dict.fromkeys(codes))


def generators(content: bytes) -> tuple[str, ...]:
    """Programs whose text a PNG file carries; () for other files. What the text says is not read.

    Args:
        content: of the file.
    """
    keywords = [keyword.lower() for keyword in _keywords(content)]
    return tuple(dict.fromkeys(GENERATORS[keyword] for keyword in keywords if keyword in GENERATORS))


def _keywords(content: bytes) -> Iterator[str]:
    """Keywords of the text chunks of a PNG file, as far as its chunks can be followed."""
    if not content.startswith(PNG):
        return
    for kind, start, length in chunks(content):
        if kind in TEXTS:
            keyword, ended, _ = content[start : start + min(length, 80)].partition(b"\0")
            if ended:
                yield keyword.decode("latin-1")
