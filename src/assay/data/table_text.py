"""Text of tables that spreadsheets have written, in the encodings that they write."""

from __future__ import annotations

import codecs
import logging
import shlex
from pathlib import Path

from assay.data.code_pages import western

logger = logging.getLogger(__name__)


def table_text(path: Path) -> str:
    """The text of a file in UTF-8, in UTF-16 or UTF-32, or in Windows-1252 where `western` is certain of it.

    Raises:
        OSError: it cannot be read.
        ValueError: it is in another encoding; how to convert it.
    """
    data = path.read_bytes()
    if data.startswith(b"PK\x03\x04"):
        raise ValueError("it is a workbook or an archive under the name of a text; save the sheet as CSV UTF-8")
    if data.startswith(b"version https://git-lfs"):
        raise ValueError("it is the pointer of a file that Git LFS keeps elsewhere; fetch it: git lfs pull")
    encoding = _encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8-sig" and (text := western(data)) is not None:
            logger.warning("%s is not in UTF-8; it is read as Windows-1252", path)
            return text
        line = data[: error.start].count(b"\n") + 1
        converted = path.with_stem(f"{path.stem}-utf8")
        raise ValueError(
            f"line {line} is not UTF-8 (byte {data[error.start]:#04x}); save the table as UTF-8; spreadsheets call "
            "that CSV UTF-8. If it comes from Windows in Western Europe, this converts it: "
            f"iconv -f CP1252 -t UTF-8 {shlex.quote(str(path))} > {shlex.quote(str(converted))}"
        ) from error


def _encoding(data: bytes) -> str:
    """UTF-32 and UTF-16 by their marks, and UTF-16 without one by the zero beside its first letter; else UTF-8."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    beside = {(False, True): "utf-16-le", (True, False): "utf-16-be"}
    return beside.get((data[:1] == b"\0", data[1:2] == b"\0"), "utf-8-sig")
