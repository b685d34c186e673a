"""What a scan keeps of each image file: its columns, and the shards in which they lie beside each other."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import PIL

from assay.data.quality import MEASURED
from assay.disk import note_use
from assay.files import write_cache

logger = logging.getLogger(__name__)

VERSION = 8  # of what is computed and of the flags; a new one scans everything again
KEY = {"path": "str", "bytes": "int64", "mtime_ns": "int64", "ctime_ns": "int64", "inode": "int64", "sample": "int64"}
"""By what a file is known again. Size and time of change alone would not do: archives, rsync and version control give
other pictures the same."""
COLUMNS = {
    **KEY,
    "id": "str",
    "width": "int32",
    "height": "int32",
    "format": "str",
    "phash": "uint64",
    "flags": "str",
    **dict.fromkeys(MEASURED, "float32"),
    "error": "str",
    "pixels": "str",  # digest of the decoded pixels and their sides
    "face": "object",  # the 32×32 grey thumbnail without a frame, 1,024 bytes
    "top": "int32",  # the largest sample of more than 8 bits; -1 where none has, or the format says what white is
    "stated": "int32",  # bits that the file itself says its samples use; 0 for none
    "warning": "str",  # what Pillow said while it decoded the file all the same; "" for nothing
    "samples": "str",  # `scaling` by which it was decoded; "" where no other could make a difference
}
LOOKS = ("pixels", "face")
DEPTH = ("top", "stated", "samples")
WARNED = ("warning",)


def shards_in(cache_dir: Path) -> Path:
    """The folder of the shards."""
    return cache_dir / "scan" / f"v{VERSION}-pillow-{PIL.__version__}"


def store_shard(table: pd.DataFrame, shards: Path) -> None:
    """Write rows as a shard of their own; where nothing may be written, that is said."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    written = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), written, compression="zstd")
    shard = written.getvalue()
    write_cache(
        shards / f"{_name(shard)}.parquet", lambda path: path.write_bytes(shard), "its images are read again next time"
    )


def load_shards(shards: Path, columns: Sequence[str]) -> pd.DataFrame:
    """These columns of all rows that are kept; a damaged shard is deleted, and said."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = []
    for shard in sorted(shards.glob("*.parquet")):
        try:
            data = shard.read_bytes()
        except FileNotFoundError:  # another process found it damaged
            continue
        if _name(data) != shard.stem:
            logger.warning("%s is damaged; its images are scanned again", shard)
            shard.unlink(missing_ok=True)
            continue
        note_use(shard)
        tables.append(pq.read_table(io.BytesIO(data), columns=list(columns)))
    kinds = {column: COLUMNS[column] for column in columns}
    if not tables:
        return pd.DataFrame({column: [] for column in columns}).astype(kinds)
    # One conversion of all shards: there may be hundreds, and each would cost as much as all of them.
    return pa.concat_tables(tables, promote_options="permissive").to_pandas().astype(kinds)


def _name(shard: bytes) -> str:
    """Shards are named by what is in them: a name that fits is a whole file, and no two writers disagree about one."""
    return hashlib.sha256(shard).hexdigest()
