"""Components come back from the log as they were made, in 16 bits each."""

from __future__ import annotations

import struct

import numpy as np

from assay.store.components import packed, unpacked


def test_each_takes_two_bytes_the_lower_one_first() -> None:
    content = packed(np.array([1.0, -2.5, 0.333]))
    assert content == struct.pack("<3e", 1.0, -2.5, 0.333)
    np.testing.assert_array_equal(unpacked(content), np.array(struct.unpack("<3e", content)))


def test_none_take_none() -> None:
    assert packed(None) == b""
    assert unpacked(b"").shape == (0,)


def test_a_row_of_the_log_gives_back_what_was_written(store, record) -> None:
    from assay.store.prediction_log import log_predictions, prediction_of
    from assay.store.subjects import add_subject

    subject = store.write(lambda connection: add_subject(connection, "ada")).id
    rows = [record(subject, components=packed(np.arange(32.0)), rejected=True), record(subject)]
    store.write(lambda connection: log_predictions(connection, rows))
    with store.reading() as connection:
        assert [prediction_of(connection, subject, row.id) for row in rows] == rows
