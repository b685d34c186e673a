"""`assay bench` on a bundle whose run is in a real store."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.commands.bench import COMMAND as BENCH
from assay.deploy.benchmark.bench import bench
from assay.deploy.benchmark.benchmark import Benchmark
from assay.errors import DataError
from assay.tracking.store import TrackingStore


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, size=(50, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.png").write_bytes(buffer.getvalue())
    return tmp_path / "photos"


@pytest.mark.slow
def test_a_bundle_is_measured_and_recorded_in_its_run(tiny_bundle, photo, tmp_path, store_in, capsys):
    store_in(tmp_path)
    store = TrackingStore(f"sqlite:///{tmp_path}/mlflow.db", work=f"{tmp_path}/work")
    with store.start_run("tiny") as run:
        pass
    bundle = tiny_bundle(run.run_id)
    words = [
        f"bundle={bundle.folder}",
        f"images={photo}",
        "batch_sizes=[1,3]",
        "threads=1",
        "runs=80",
        "warmup=2",
        "formats=torch",
        f"tracking.uri=sqlite:///{tmp_path}/mlflow.db",
        f"tracking.work={tmp_path}/work",
    ]
    benched = bench(*BENCH.parse(words))
    assert benched.run == run.run_id
    assert Benchmark.load(benched.folder / "bench.json") == benched.benchmark
    record = store.find(run.run_id)
    assert record.status == "FINISHED"
    p95 = benched.benchmark.timings[0].latency["p95"].value
    assert record.metrics["bench/torch/latency_p95_ms"] == pytest.approx(p95)
    for name in ("bench.html", "bench.json", "bench.csv", "bench.png"):
        assert record.fetch(f"bench/{name}").stat().st_size > 0

    from assay.commands.show.bench import show

    show(benched.benchmark, benched.folder, "recorded")
    assert "torch" in capsys.readouterr().out


def test_a_picture_that_cannot_be_decoded_ends_it_before_anything_is_timed(tiny_bundle, photo, tmp_path):
    (photo / "two.png").write_bytes(b"no picture")
    words = [f"bundle={tiny_bundle().folder}", f"images={photo}", f"tracking.uri=sqlite:///{tmp_path}/mlflow.db"]
    with pytest.raises(DataError, match="picture 2"):
        bench(*BENCH.parse([*words, f"tracking.work={tmp_path}/work", "formats=torch"]))
