"""Tables that name files which are not there: what is there instead is said."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.data.sources.table import TableSource
from assay.errors import DataError


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("img/0", "0.png is: write the name as it is on disk, with its ending"),
        ("img/0.PNG", "0.png is: write the name"),
        ("img/0.jpg", "0.png is: write the name"),
        ("img/ 0.png ", "0.png is: write the name"),
        ("img/a%20b.png", "a b.png is: write the name"),
        ("0.png", "img/0.png is: write paths as they lead there"),
        ("'img/0.png'", "img/0.png is: write paths as they lead there"),
        ("https://example.com/0.png", "example.com/0.png is an address, and pictures are read from disk"),
        ("s3://bucket/0.png", "bucket/0.png is an address"),
        ("/home/of/another/0.png", "write paths relative to the table"),
    ],
)
def test_what_is_there_instead_of_a_missing_file_is_said(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "img").mkdir()
    for index, file in enumerate(("0.png", "a b.png")):
        pixels = np.random.default_rng(index).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "img" / file)
    (tmp_path / "t.csv").write_text(f'file_name,label\n"{name}",cat\n')
    with pytest.raises(DataError, match="1 of 1 images cannot be used") as refused:
        TableSource(str(tmp_path / "t.csv")).build(tmp_path / "cache")
    assert said in str(refused.value)
    with pytest.raises(DataError, match="no usable image") as refused:
        TableSource(str(tmp_path / "t.csv"), on_error="skip").build(tmp_path / "cache")
    assert said in str(refused.value)
