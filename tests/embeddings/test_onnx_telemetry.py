"""ONNX Runtime gathers nothing about its use."""

from __future__ import annotations

import os
import subprocess
import sys


def test_onnx_runtime_gives_the_machine_no_id_and_keeps_no_events(tmp_path):
    code = "import assay, onnxruntime; onnxruntime.get_available_providers()"
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": "", "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []
