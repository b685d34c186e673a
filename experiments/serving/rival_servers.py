"""Other servers of the same graph, each in an environment of its own that is made once under the cache folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services import Server, free_port, started

from assay.embeddings.onnx_runtime import physical_cores

HERE = Path(__file__).parent / "rivals"
BESIDE = ("onnxruntime", "numpy", "opencv-python-headless")
BOUNDARY = "the-picture-and-nothing-else"
FORM = (
    (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="picture"; filename="picture.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    ).encode(),
    f"\r\n--{BOUNDARY}--\r\n".encode(),
)
TABLE = b'{"dataframe_split": {"columns": ["picture"], "data": [["', b'"]]}}'


@dataclass(frozen=True)
class Rival:
    """Another server.

    Attributes:
        name: of it, and of its environment.
        packages: of the environment, beside ONNX Runtime and OpenCV.
        words: that start it; the first is a program of the environment, {port} and {model} are filled in.
        path: that pictures are posted to.
        ready: address that answers 200.
        kind: Content-Type of a request.
        wrap: bytes before and behind the picture.
        base64: whether the picture goes as base64.
    """

    name: str
    packages: tuple[str, ...]
    words: tuple[str, ...]
    path: str
    ready: str
    kind: str
    wrap: tuple[bytes, bytes]
    base64: bool = False


FORM_KIND = f"multipart/form-data; boundary={BOUNDARY}"
SERVE = ("bentoml", "serve", "bento:Classifier", "--host", "127.0.0.1", "--port", "{port}")
INVOKE = ("mlflow", "models", "serve", "-m", "{model}", "--port", "{port}", "--env-manager", "local")
RIVALS = (
    Rival("litserve", ("litserve",), ("python", "lit.py", "{port}"), "/predict", "/health", FORM_KIND, FORM),
    Rival("bentoml", ("bentoml",), SERVE, "/classify", "/readyz", FORM_KIND, FORM),
    Rival("mlflow", ("mlflow",), INVOKE, "/invocations", "/ping", "application/json", TABLE, base64=True),
)


def environment(name: str, packages: tuple[str, ...], cache: Path) -> Path:
    """Folder of an environment's programs, made where it is not there.

    Raises:
        RuntimeError: a package cannot be installed; the last line of what pip said.
    """
    folder = cache / "environments" / name
    made = folder / "packages.txt"
    if not made.exists() or made.read_text().split() != list(packages):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        words = [str(folder / "bin" / "pip"), "install", "--quiet", *packages]
        ended = subprocess.run(words, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise RuntimeError(ended.stderr.strip().splitlines()[-1])
        made.write_text("\n".join(packages))
    return folder / "bin"


@contextlib.contextmanager
def rival_served(rival: Rival, graph: Path, cache: Path, folder: Path) -> Iterator[Server]:
    """Another server for a block.

    Args:
        rival: which.
        graph: ONNX file.
        cache: that takes environments.
        folder: that takes logs.

    Raises:
        RuntimeError: it cannot be installed.
        SystemExit: it does not get ready.
    """
    programs, port, model = environment(rival.name, (*rival.packages, *BESIDE), cache), free_port(), folder / "model"
    # Programs of the environment find each other, and nothing of this one.
    own = {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(HERE), "VIRTUAL_ENV": str(programs.parent)}
    own |= {"GRAPH": str(graph), "THREADS": str(physical_cores())}
    own |= {"BENTOML_DO_NOT_TRACK": "True", "MLFLOW_DISABLE_TELEMETRY": "true", "HOME": str(folder)}
    if "{model}" in rival.words:
        shutil.rmtree(model, ignore_errors=True)
        words = [str(programs / "python"), str(HERE / "mlflow_model.py"), str(model)]
        subprocess.run(words, env={**os.environ, **own}, cwd=folder, capture_output=True, check=True)
    program, *rest = (word.format(port=port, model=model) for word in rival.words)
    words = [str(programs / program), *(str(HERE / word) if word.endswith(".py") else word for word in rest)]
    with started(
        rival.name,
        words,
        folder,
        port=port,
        path=rival.path,
        ready=rival.ready,
        headers={"Content-Type": rival.kind},
        environment=own,
    ) as server:
        yield server
