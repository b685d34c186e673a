"""Pictures of strangers are decoded in processes that may die; the service goes on."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import struct
import zlib
from collections.abc import Iterator
from multiprocessing.reduction import recv_handle

import numpy as np
import pytest
from PIL import Image

from assay.data.image import decode_image
from assay.serving.decoding import Decoders
from assay.serving.refusal import Refusal
from assay.serving.shared_pixels import SharedPixels


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    made = Decoders(2, 10_000)
    yield made
    made.close()


def picture(width: int = 40, height: int = 30, kind: str = "JPEG") -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, size=(height, width, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be this large."""
    whole = io.BytesIO()
    Image.new("RGB", (1, 1)).save(whole, "PNG")
    content = bytearray(whole.getvalue())
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_pixels_are_those_that_a_training_reads(decoders, kind):
    content = picture(kind=kind)
    np.testing.assert_array_equal(decoders.submit(content).result(60).image, decode_image(content, "x"))


def test_more_pixels_than_are_taken_are_refused_before_they_are_decoded(decoders):
    with pytest.raises(Refusal) as caught:
        decoders.submit(picture(200, 100)).result(60)
    assert "200×100 pixels" in caught.value.detail
    header = picture(90, 90, "PNG")[:16] + (60_000).to_bytes(4, "big") * 2 + picture(90, 90, "PNG")[24:]
    with pytest.raises(Refusal):
        decoders.submit(header).result(60)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xd8\xff", "its header is damaged or cut off"),
        (b"GIF89a", "its header is damaged or cut off"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "its header is damaged or cut off"),
        (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(40), "its header is damaged or cut off"),
        (png_header(60_000, 60_000), "it claims far more pixels than a photograph has; at most 0.01 megapixels"),
        (picture()[:-300], "damaged"),
    ],
)
def test_what_is_wrong_with_a_picture_is_said_and_not_which_error_a_library_raised(decoders, content, reason):
    with pytest.raises(Refusal) as caught:
        decoders.submit(content).result(60)
    assert reason in caught.value.detail
    assert "Error" not in caught.value.detail


def test_a_picture_of_a_camera_that_takes_two_is_its_first(decoders):
    one, two = (Image.open(io.BytesIO(picture())).rotate(angle) for angle in (0, 180))
    buffer = io.BytesIO()
    one.save(buffer, "MPO", save_all=True, append_images=[two])
    assert b"MPF" in buffer.getvalue()
    np.testing.assert_allclose(decoders.submit(buffer.getvalue()).result(60).image, np.asarray(one), atol=60)


def test_a_process_that_dies_costs_its_own_picture_alone(decoders):
    for _ in range(3):
        assert decoders.submit(picture()).result(60).image.shape == (30, 40, 3)
    for decoder in list(decoders._all):
        os.kill(decoder._process.pid, signal.SIGKILL)
    results = [decoders.submit(picture()) for _ in range(8)]
    outcomes = [future.exception(60) for future in results]
    assert all(outcome is None or isinstance(outcome, Refusal) for outcome in outcomes)
    assert sum(outcome is not None for outcome in outcomes) <= 2
    assert all(decoders.submit(picture()).result(60).image.shape == (30, 40, 3) for _ in range(4))


def test_a_picture_that_takes_too_long_is_refused_and_its_process_ended():
    decoders = Decoders(1, 10**8, seconds=0.0)
    try:
        with pytest.raises(Refusal):
            decoders.submit(picture(3000, 3000)).result(60)
        assert not decoders._all[0].alive
    finally:
        decoders.close()


def test_whatever_bytes_come_the_answer_is_a_refusal_or_pixels(decoders):
    rng = np.random.default_rng(1)
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        whole = bytearray(picture(kind=kind))
        for _ in range(40):
            torn = bytearray(whole)
            for place in rng.integers(4, len(torn), 5):
                torn[place] = rng.integers(0, 256)
            outcome = decoders.submit(bytes(torn[: rng.integers(20, len(torn))])).exception(60)
            assert outcome is None or (isinstance(outcome, Refusal) and outcome.name == "unreadable"), outcome


def test_samples_of_twelve_bits_are_scaled_as_the_model_was_measured(decoders):
    import cv2

    from assay.data.sample_range import SampleRange

    ramp = np.tile(np.linspace(0, 4095, 40).astype(np.uint16), (30, 1))
    content = cv2.imencode(".png", ramp)[1].tobytes()
    for samples, white in ((SampleRange(bits=12), 255), (SampleRange(), 15)):
        image = decoders.submit(content, samples).result(60).image
        np.testing.assert_array_equal(image, decode_image(content, "x", samples))
        assert abs(int(image.max()) - white) <= 1


@pytest.mark.parametrize(
    "said", [b"\x80\x04K\x01.", b"[]", b'{"shape": [9, 9, 4]}', b'{"shape": [99999, 99999, 3]}', b"{"]
)
def test_a_process_that_was_taken_over_is_not_believed(said, monkeypatch):
    decoders = Decoders(1, 10_000)
    try:
        decoder, (ours, theirs) = decoders._all[0], multiprocessing.Pipe()
        monkeypatch.setattr(decoder, "_connection", ours)
        theirs.send_bytes(said)
        with pytest.raises(Refusal):
            decoders.submit(picture()).result(60)
        assert not decoder.alive
        assert decoders.submit(picture()).result(60).image.shape == (30, 40, 3)
    finally:
        decoders.close()


def test_a_process_that_was_taken_over_cannot_pull_the_memory_away():
    ours, theirs = multiprocessing.Pipe()
    shared = SharedPixels.shared(ours, os.getpid(), 300)
    descriptor = recv_handle(theirs)
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 0)
    writer = SharedPixels(descriptor, writable=True)
    pixels = np.arange(300, dtype=np.uint16).astype(np.uint8).reshape(10, 10, 3)
    writer.write(pixels)
    read = shared.read(10, 10)
    writer.write(255 - pixels)
    np.testing.assert_array_equal(read, pixels, "what was read does not change any more")
    with pytest.raises(ValueError, match="buffer"):
        shared.read(10, 11)


def test_the_memory_of_a_large_picture_is_given_back_when_the_next_one_comes(monkeypatch):
    monkeypatch.setattr("assay.serving.shared_pixels.LARGE", 2**20)
    ours, theirs = multiprocessing.Pipe()
    SharedPixels.shared(ours, os.getpid(), 2**24)
    descriptor = recv_handle(theirs)
    kept = os.dup(descriptor)
    writer = SharedPixels(descriptor, writable=True)
    writer.write(np.ones((2048, 2048, 3), np.uint8))
    assert os.fstat(kept).st_blocks * 512 >= 3 * 2**22
    writer.write(np.ones((10, 10, 3), np.uint8))
    assert os.fstat(kept).st_blocks * 512 < 2**20
    os.close(kept)
