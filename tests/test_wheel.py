"""The wheel carries the config groups, and the command works from it, away from the source tree."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_wheel_holds_conf_and_the_command_runs_from_it(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("assay-*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        opened.extractall(tmp_path / "installed")
    options = {path.relative_to(ROOT).as_posix() for path in (ROOT / "conf").rglob("*.yaml")}
    assert {f"assay/{option}" for option in options} <= names
    assert any(name.endswith("page.html.j2") for name in names)
    script = next(name for name in names if name.endswith("entry_points.txt"))
    assert "assay = assay.cli:main" in (tmp_path / "installed" / script).read_text()
    program = "import assay, sys; from assay.cli import main; print(assay.__file__); main(['train', '--cfg', 'job'])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith(str(tmp_path))
    assert "_target_: assay.data.sources.elpv.ElpvSource" in done.stdout
