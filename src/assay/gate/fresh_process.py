"""Fresh process: a bundle answers in a process of its own, without network and without unpickling anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assay.errors import GateError
from assay.predictions import FloatArray

NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request")
PICKLE = ("pickle.find_class",)
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "OMP_WAIT_POLICY": "passive"}


def answers_in_fresh_process(folder: Path, pictures: Sequence[Path], *, seconds: float) -> FloatArray:
    """Calibrated probabilities [N, C] that a fresh process gives, which has a cache of its own.

    Args:
        folder: of the bundle.
        pictures: files.
        seconds: that it may take.

    Raises:
        GateError: it fails, takes longer, reaches for the network or unpickles; the message says what it said last.
    """
    with tempfile.TemporaryDirectory(prefix="assay-alone-") as temporary:
        work = Path(temporary)
        answers_file = work / "answers.json"
        asked = {"folder": str(folder.absolute()), "cache": str(work / "cache"), "answers": str(answers_file)}
        (work / "asked.json").write_text(
            json.dumps({**asked, "pictures": [str(picture.absolute()) for picture in pictures]})
        )
        package = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH", ""))))
        environment = {**os.environ, **OFFLINE, "PYTHONPATH": path, "ASSAY_CACHE": str(work / "cache")}
        command = [sys.executable, "-m", __name__, str(work / "asked.json")]
        try:
            ran = subprocess.run(
                command, capture_output=True, text=True, timeout=seconds, env=environment, cwd=work, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise GateError(f"a fresh process has not answered within {seconds:g} s") from error
        if ran.returncode or not answers_file.is_file():
            last = (ran.stderr.strip().splitlines() or ["nothing"])[-1]
            raise GateError(f"a fresh process failed with the bundle; it said: {last[:300]}")
        return np.asarray(json.loads(answers_file.read_text()), dtype=np.float64)


def _refuse(event: str, _: tuple[Any, ...]) -> None:
    if event in NETWORK:
        raise RuntimeError(f"the bundle reached for the network ({event})")
    if event in PICKLE:
        raise RuntimeError(f"the bundle unpickled something ({event})")


def _main(asked: Path) -> None:
    """The fresh process."""
    content = json.loads(asked.read_text())
    # What packages do while they are imported is their own affair; from here on it is the bundle's.
    import torch  # noqa: F401

    from assay.deploy.bundle.bundle import Bundle

    sys.addaudithook(_refuse)
    bundle = Bundle.open(Path(content["folder"]), cache_dir=Path(content["cache"]))
    answers = bundle.predict([Path(path) for path in content["pictures"]])
    Path(content["answers"]).write_text(json.dumps([[float(p) for p in answer.probabilities] for answer in answers]))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
