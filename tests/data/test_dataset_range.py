import io
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image

from assay.data.build import Records, build_manifest
from assay.data.dataset_range import with_sample_range
from assay.data.image import decode_image
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.data.sample_range import FULL, SampleRange

Kind = str


@pytest.fixture
def eight() -> np.ndarray:
    """A picture whose eight bits everything else is held against; white is in it."""
    coarse = np.random.default_rng(3).integers(0, 256, (6, 8), dtype=np.uint8)
    picture = np.array(Image.fromarray(coarse).resize((48, 40), Image.Resampling.BICUBIC))
    picture[0, 0] = 255
    return picture


def deep(eight: np.ndarray, bits: int) -> np.ndarray:
    """The same picture as a camera of so many bits would have it."""
    return np.rint(eight / 255 * (2**bits - 1)).astype(np.uint16)


def png(values: np.ndarray) -> bytes:
    return cv2.imencode(".png", values if values.ndim == 2 else values[..., [2, 1, 0, *range(3, values.shape[2])]])[
        1
    ].tobytes()


def tiff(values: np.ndarray, *tags: tuple[int, int], **options: object) -> bytes:
    written = io.BytesIO()
    extra = [(tag, "H", 1, value, True) for tag, value in tags]
    tifffile.imwrite(written, values, extratags=extra, **options)
    return written.getvalue()


def with_sbit(data: bytes, *bits: int) -> bytes:
    body = b"sBIT" + bytes(bits)
    chunk = struct.pack(">I", len(bits)) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk + data[33:]  # after IHDR


@pytest.fixture
def listed(tmp_path: Path) -> Callable[..., Manifest]:
    def build(files: Sequence[bytes], kind: Kind = "auto", splits: Sequence[str] = ()) -> Manifest:
        for place, data in enumerate(files):
            (tmp_path / f"{place}.picture").write_bytes(data)
        paths = [str(tmp_path / f"{place}.picture") for place in range(len(files))]
        table = pd.DataFrame({"path": paths, "label": ["a", "b"] * (len(files) // 2) + ["a"] * (len(files) % 2)})
        if splits:
            table["split"] = splits
        manifest = build_manifest(Records(table), tmp_path / "scans", where="here")
        return with_sample_range(manifest, tmp_path / "scans", kind)

    return build


@pytest.mark.parametrize("bits", [8, 9, 10, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("written", [png, tiff])
def test_fewer_bits_in_files_of_sixteen_are_read_by_those_bits(bits: int, written, eight, listed) -> None:
    data = written(deep(eight, bits))
    manifest = listed([data, written(deep(255 - eight, bits))])
    assert manifest.samples == SampleRange(bits)
    assert np.abs(decode_image(data, "x", manifest.samples)[..., 1].astype(int) - eight).max() <= 1
    assert decode_image(data, "x").max() <= 255 // 2 ** (15 - bits)  # as ever, where nobody asks the dataset


def test_colours_and_transparency_are_read_by_those_bits_too(eight, listed) -> None:
    colour = np.dstack([eight, eight[::-1], eight[:, ::-1]])
    alpha = np.where(np.arange(48) < 24, 4095, 0)[None].repeat(40, axis=0).astype(np.uint16)
    files = [png(deep(colour, 12)), tiff(deep(colour, 12), photometric="rgb")]
    manifest = listed(files)
    assert manifest.samples == SampleRange(12)
    for data in files:
        assert np.abs(decode_image(data, "x", manifest.samples).astype(int) - colour).max() <= 1
    cut = decode_image(png(np.dstack([deep(colour, 12), alpha])), "x", manifest.samples)
    assert np.abs(cut[:, :24].astype(int) - colour[:, :24]).max() <= 1
    assert (cut[:, 24:] == 255).all()


def test_no_picture_is_read_by_its_own_brightest_sample(eight, listed) -> None:
    dark = deep(eight, 12) // 8
    manifest = listed([png(dark), png(deep(eight, 12))])
    assert manifest.samples == SampleRange(12)
    assert abs(int(decode_image(png(dark), "x", manifest.samples).max()) - 255 // 8) <= 1
    assert listed([png(dark), png(deep(eight, 16))]).samples == FULL


def test_eight_bits_and_files_that_use_all_of_sixteen_are_read_as_ever(eight, listed) -> None:
    for files in ([png(eight), png(255 - eight)], [png(deep(eight, 16)), tiff(deep(eight, 16))]):
        manifest = listed(files)
        assert manifest.samples == FULL
        assert Preprocessing(32, samples=manifest.samples).digest == Preprocessing(32).digest
        assert Preprocessing(32, samples=manifest.samples).state() == {"size": 32, "resize": "squash"}
    assert listed([png(deep(eight, 12)), png(eight)], "full").samples == FULL


def test_eight_bit_files_beside_deep_ones_are_left_alone(eight, listed) -> None:
    manifest = listed([png(deep(eight, 12)), png(eight)])
    assert manifest.samples == SampleRange(12)
    np.testing.assert_array_equal(decode_image(png(eight), "x", manifest.samples)[..., 0], eight)


def test_what_a_tiff_states_counts_before_the_dataset(eight, listed) -> None:
    stating, silent = tiff(deep(eight, 10), (341, 1023), (340, 0)), tiff(deep(eight, 14))
    manifest = listed([stating, silent])
    assert manifest.samples == SampleRange(14, stated=True)
    for data in (stating, silent):
        assert np.abs(decode_image(data, "x", manifest.samples)[..., 1].astype(int) - eight).max() <= 1
    assert listed([stating, silent], "dataset").samples == SampleRange(14)


@pytest.mark.parametrize("value", [987, 4000, 1022])
def test_a_statistic_of_one_picture_is_no_statement_of_white(value: int, eight, listed) -> None:
    # TIFF 6.0 calls MaxSampleValue a statistic; some programs write the brightest sample of each picture.
    assert listed([tiff(deep(eight, 12), (281, value)), tiff(deep(eight, 12))]).samples == SampleRange(12)


def test_a_statement_that_the_samples_contradict_is_none(eight, listed) -> None:
    assert listed([tiff(deep(eight, 14), (341, 4095)), tiff(deep(eight, 14))]).samples == SampleRange(14)


def test_sbit_of_samples_that_were_scaled_changes_nothing_and_of_others_says_white(eight, listed) -> None:
    twelve = deep(eight, 12)
    scaled = with_sbit(png((twelve << 4) | (twelve >> 8)), 12)  # as the PNG specification has it
    unscaled = with_sbit(png(twelve), 12)
    for data in (scaled, unscaled):
        read = decode_image(data, "x", SampleRange(None, stated=True))
        assert np.abs(read[..., 1].astype(int) - eight).max() <= 1
    dark = with_sbit(png(((twelve << 4) | (twelve >> 8)) // 16 & 0xFFF0), 12)
    assert decode_image(dark, "x", SampleRange(None, stated=True)).max() == 16


def test_pgm_is_read_by_its_own_white_unless_that_is_all_of_sixteen_bits(eight, listed) -> None:
    twelve = deep(eight, 12).astype(">u2").tobytes()
    for white in (4095, 65535):
        data = b"P5\n# a camera\n48 40\n%d\n" % white + twelve
        manifest = listed([data, data + b" "])
        assert manifest.samples == (FULL if white == 4095 else SampleRange(12))
        assert np.abs(decode_image(data, "x", manifest.samples)[..., 1].astype(int) - eight).max() <= 1


def test_twelve_bits_that_a_tiff_packs_are_its_whole_range() -> None:
    values = np.array([[0, 2048, 4095, 1024]], dtype=np.uint16)
    packed = bytes([0x00, 0x08, 0x00, 0xFF, 0xF4, 0x00])
    tags = [(256, 4), (257, 1), (258, 12), (259, 1), (262, 1), (273, 0), (277, 1), (278, 1), (279, len(packed))]
    start = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, start if tag == 273 else value) for tag, value in tags)
    data = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(tags)) + entries + bytes(4) + packed
    np.testing.assert_array_equal(decode_image(data, "x")[..., 0], np.rint(values / 4095 * 255))


def test_white_is_zero_and_orientation_go_with_fewer_bits(eight) -> None:
    twelve = SampleRange(12)
    inverted = tiff(4095 - deep(eight, 12), photometric="miniswhite")
    assert np.abs(decode_image(inverted, "x", twelve)[..., 0].astype(int) - eight).max() <= 1
    colour = np.dstack([eight, eight[::-1], eight[:, ::-1]])
    turned = tiff(deep(colour, 12), (274, 6), photometric="rgb")
    assert np.abs(decode_image(turned, "x", twelve).astype(int) - np.rot90(colour, -1)).max() <= 1


def test_statistics_and_flags_are_of_the_pictures_as_they_are_seen(eight, listed) -> None:
    full, auto = (listed([png(deep(eight, 12)), png(deep(255 - eight, 12))], kind) for kind in ("full", "auto"))
    plain = listed([png(eight), png(255 - eight)])
    assert (
        full.table["flags"].tolist() == ["blank,dark", "blank,dark"] or full.table["flags"].str.contains("dark").all()
    )
    assert auto.table["flags"].tolist() == plain.table["flags"].tolist()
    np.testing.assert_allclose(auto.statistics, plain.statistics, rtol=0.02, atol=0.6)


def test_pictures_outside_the_classes_decide_nothing(eight, listed) -> None:
    files = [png(deep(eight, 12)), png(deep(255 - eight, 12)), png(deep(eight, 16))]
    assert listed(files, splits=["", "", "ood"]).samples == SampleRange(12)


def test_the_range_is_saved_with_the_manifest_and_a_former_one_has_the_whole(eight, listed, tmp_path: Path) -> None:
    manifest = listed([png(deep(eight, 12)), png(deep(255 - eight, 12))])
    manifest.save(tmp_path / "manifest.parquet")
    assert Manifest.load(tmp_path / "manifest.parquet").samples == SampleRange(12)
    plain = listed([png(eight), png(255 - eight)])
    plain.save(tmp_path / "plain.parquet")
    assert b"samples" not in (tmp_path / "plain.parquet").read_bytes()


def test_the_range_is_part_of_what_preprocessing_is() -> None:
    twelve = Preprocessing(32, samples=SampleRange(12))
    assert (
        len({Preprocessing(32, samples=samples).digest for samples in (FULL, SampleRange(12), SampleRange(12, True))})
        == 3
    )
    assert Preprocessing.from_state(twelve.state()) == twelve
    assert Preprocessing.from_state({"size": 32, "resize": "squash"}).samples == FULL
