"""A fresh process that answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assay.deploy.benchmark.cold import cold_start, first_line, peak_mb
from assay.deploy.graph.torch_formats import FILES, TORCHSCRIPT, write_torchscript
from assay.errors import BundleError


def test_the_peak_of_memory_is_in_megabytes():
    import resource

    assert peak_mb() == pytest.approx(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, rel=0.2)


@pytest.mark.slow
def test_a_fresh_process_answers_and_says_what_it_took(tiny_bundle, pictures, tmp_path):
    bundle = tiny_bundle()
    write_torchscript(bundle.float_predictor, tmp_path / FILES[TORCHSCRIPT])
    about = {"cache_dir": bundle.cache_dir, "threads": 1, "pictures": pictures, "batch": 8}
    found = cold_start(bundle.folder, TORCHSCRIPT, **about, file=tmp_path / FILES[TORCHSCRIPT])
    assert found.seconds >= found.import_seconds + found.open_seconds > 0
    assert 50 < found.peak_mb <= found.peak_batch_mb < 20_000


@pytest.mark.slow
def test_a_process_that_cannot_answer_is_an_error_with_its_reason(tmp_path: Path, pictures):
    with pytest.raises(BundleError, match=r"fresh process with torch does not answer: .*bundle\.json"):
        cold_start(tmp_path, "torch", cache_dir=tmp_path, threads=1, pictures=pictures, batch=1)


def test_two_lines_that_came_together_are_read_one_by_one() -> None:
    words = [sys.executable, "-c", "print('first'); print('second')"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    process.wait()
    assert first_line(process) == b"first\n"
    assert process.communicate()[0] == b"second\n"
