"""Text of tables that spreadsheets have written, in the encodings that they write."""

from __future__ import annotations

import codecs
import logging
import shlex
from pathlib import Path

from assay.data.code_pages import western

logger = logging.getLogger(__name__)


def table_text(path: Path) -> str:
    """The text of a file in UTF-8, in UTF-16 with its mark, or in Windows-1252 where `western` is certain of it.

    Raises:
        OSError: it cannot be read.
        ValueError: it is in another encoding; how to convert it.
    """
    data = path.read_bytes()
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-16" and (text := western(data)) is not None:
            logger.warning("%s is not in UTF-8; it is read as Windows-1252", path)
            return text
        line = data[: error.start].count(b"\n") + 1
        converted = path.with_stem(f"{path.stem}-utf8")
        raise ValueError(
            f"line {line} is not UTF-8 (byte {data[error.start]:#04x}); save the table as UTF-8; spreadsheets call "
            "that CSV UTF-8. If it comes from Windows in Western Europe, this converts it: "
            f"iconv -f CP1252 -t UTF-8 {shlex.quote(str(path))} > {shlex.quote(str(converted))}"
        ) from error
