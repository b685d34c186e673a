"""Errors of libraries end no command in a traceback: reason, place and remedy, or a fault of the code with its file."""

from __future__ import annotations

import errno
import importlib
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from assay.cli import main
from assay.commands.catalogue import NAMES, find_command
from assay.errors import TrackingError
from assay.failures import fault_of
from assay.tracking.client import tracking_errors
from finished import TINY

WORDS = {
    "train": [*TINY, "data.root={photos}"],
    "embed": ["data=folder", "data.root={photos}"],
    "audit": ["data=folder", "data.root={photos}"],
    "collect": ["source=wikimedia", "query=jade", "label=jade", "to={photos}", "contact=me@example.org"],
    "preview": ["data=folder", "data.root={photos}"],
    "fidelity": ["data=folder", "data.root={photos}", "synthetic={photos}"],
    "explain": ["run=3f2a"],
    "study": ["study=model_comparison"],
    "compare": ["3f2a", "91bc"],
    "exposr": ["data=folder", "data.root={photos}", "data.synthetic={photos}"],
    "decide": ["study=model_comparison", "policy=best_quality"],
    "export": ["run=3f2a"],
    "bench": ["bundle={photos}"],
    "classify": ["info"],
    "promote": ["run=3f2a", "gate=amulet"],
    "rollback": ["to=1", "reason=worse", "by=ada"],
    "backup": ["to=copy.db"],
    "migrate": ["to=postgresql://assay@localhost/lab"],
    "retrain": ["plan"],
    "watch": ["profile"],
    "completion": ["bash"],
}
"""Command -> words with which it comes to its work."""


def _zip(folder: Path) -> None:
    path = folder / "bundle.zip"
    path.write_bytes(b"no archive")
    zipfile.ZipFile(path)


def _safetensors(folder: Path) -> None:
    from safetensors.torch import load_file

    path = folder / "w.safetensors"
    path.write_bytes(b"<html>404</html>")
    load_file(path)


def _torch(folder: Path) -> None:
    import torch

    path = folder / "last.ckpt"
    torch.save({"a": torch.zeros(999)}, path)
    path.write_bytes(path.read_bytes()[:500])
    torch.load(path, weights_only=True)


def _parquet(folder: Path) -> None:
    import pyarrow.parquet as pq

    path = folder / "manifest.parquet"
    path.write_bytes(b"x" * 99)
    pq.read_table(path)


def _picture(folder: Path) -> None:
    from PIL import Image

    path = folder / "a.png"
    path.write_bytes(b"no picture")
    with path.open("rb") as opened:
        Image.open(opened)


def _json(folder: Path) -> None:
    path = folder / "evidence.json"
    path.write_text('{"a": ')
    json.loads(path.read_text())


def _yaml(folder: Path) -> None:
    path = folder / "MLmodel"
    path.write_text("a: [")
    yaml.safe_load(path.read_text())


def _onnx(folder: Path) -> None:
    import onnxruntime

    path = folder / "model.onnx"
    path.write_bytes(b"no graph")
    onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def _locked(folder: Path) -> None:
    import sqlalchemy

    path = folder / "mlflow.db"
    with sqlite3.connect(path) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        engine = sqlalchemy.create_engine(f"sqlite:///{path}", connect_args={"timeout": 0})
        try:
            with engine.connect() as connection:
                connection.execute(sqlalchemy.text("CREATE TABLE t (a)"))
        finally:
            holder.rollback()


def _of_another_schema(folder: Path) -> None:
    import optuna

    path = folder / "optuna.db"
    with sqlite3.connect(path) as holder:
        holder.execute("CREATE TABLE studies (a)")
    optuna.load_study(study_name="s", storage=f"sqlite:///{path}")


def _no_server(folder: Path) -> None:
    import requests

    requests.get("http://127.0.0.1:9", timeout=1)


def _mlflow(folder: Path) -> None:
    from mlflow.exceptions import MlflowException

    raise MlflowException("API request to http://h:1/api failed with exception HTTPConnectionPool(host='h')")


def _full(folder: Path) -> None:
    # As safetensors, in Rust, and a stream of the system say it.
    from safetensors import SafetensorError

    raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")


def _full_without_a_name(folder: Path) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _forbidden(folder: Path) -> None:
    raise PermissionError(errno.EACCES, "Permission denied", str(folder / "kept"))


def _memory(folder: Path) -> None:
    import numpy as np

    np.empty((1 << 60,), np.uint8)


def _worker(folder: Path) -> None:
    raise RuntimeError("DataLoader worker (pid 17) is killed by signal: Killed.")  # torch.utils.data.dataloader


def _mandatory(folder: Path) -> None:
    from omegaconf import OmegaConf

    print(OmegaConf.create({"data": {"root": "???"}}).data.root)


ERRORS: dict[Callable[[Path], None], str] = {
    _zip: r"BadZipFile: .*bundle\.zip: damaged, or no file of its kind .*put a whole copy",
    _safetensors: r"SafetensorError: .*w\.safetensors: damaged",
    _torch: r"RuntimeError: .*last\.ckpt: damaged",
    _parquet: r"ArrowInvalid: .*manifest\.parquet: damaged",
    _picture: r"UnidentifiedImageError: .*a\.png: damaged",
    _json: r"JSONDecodeError: .*evidence\.json: damaged.*line 1",
    _yaml: r"ParserError: .*MLmodel: damaged",
    _onnx: r"InvalidProtobuf: .*model\.onnx: damaged",
    _locked: r"OperationalError: .*mlflow\.db: the database is locked by another process; wait until",
    _of_another_schema: r"optuna\.db: the tables of the database are those of another version \(.*; take the version",
    _no_server: r"ConnectionError: .*no answer .*see whether it runs",
    _mlflow: r"MlflowException: .*no answer .*http://h:1/api",
    _full: r"SafetensorError: .*no space is left on the device; make room",
    _full_without_a_name: r"OSError: .*no space is left on the device; make room",
    _forbidden: r"PermissionError: .*kept: this user has no right to read or write there; let its owner",
    _memory: r"MemoryError: .*there is not enough memory .*trainer\.batch_size",
    _worker: r"RuntimeError: .*ended by the system.*trainer\.workers=0",
    _mandatory: r"ConfigError: data\.root: a value is needed; give data\.root=…",
}
"""What a library does -> what is said of it."""


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, photos: Path) -> Callable[..., None]:
    """Types a command whose main work fails in a library that was called from a module of Assay."""
    monkeypatch.chdir(tmp_path)

    def fail(name: str, doing: Callable[[Path], None], *more: str) -> None:
        module, _, function = find_command(name).pipeline.rpartition(".")
        work = importlib.import_module(module)
        # Tracebacks tell code by its module, so the function that fails is one of that module.
        source = f"def {function}(*arguments):\n    doing(folder)\n"
        scope = {"__name__": module, "doing": doing, "folder": tmp_path}
        exec(source, scope)
        doing.__globals__["__name__"] = module
        try:
            monkeypatch.setattr(work, function, scope[function])
            main([name, *(word.replace("{photos}", str(photos)) for word in WORDS.get(name, [])), *more])
        finally:
            doing.__globals__["__name__"] = __name__

    return fail


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_library_ends_a_command_in_a_traceback(
    name: str, failing: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    # All errors go through one place, all commands too: one meets every error, the others every sixth.
    first = NAMES.index(name)
    for doing, wanted in list(ERRORS.items())[first % 6 :: 6] if first else ERRORS.items():
        with pytest.raises(SystemExit) as left:
            failing(name, doing)
        shown = capsys.readouterr().err
        assert "Traceback" not in shown, doing
        assert re.search(wanted, shown.strip().splitlines()[-1]), shown
        assert left.value.code == (2 if doing is _mandatory else 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_fault_of_the_code_is_called_one_and_its_traceback_is_kept(
    name: str, failing: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    def mistaken(folder: Path) -> None:
        {}["key"]

    with pytest.raises(SystemExit) as left:
        failing(name, mistaken)
    assert left.value.code == 70
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("KeyError: 'key' in assay.")
    kept = Path(re.search(r"assay is at fault, not what was typed; report it with its traceback, (.*)$", last)[1])
    text = kept.read_text()
    kept.unlink()
    assert text.startswith(f"assay {name}")
    assert "Traceback (most recent call last)" in text
    assert '{}["key"]' in text


def test_no_password_is_in_the_file_of_a_fault(
    failing: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    def mistaken(folder: Path) -> None:
        raise KeyError("postgresql://me:geheim@host/db")

    with pytest.raises(SystemExit):
        failing("history", mistaken, "tracking.uri=postgresql://me:geheim@host/db")
    kept = Path(re.search(r"report it with its traceback, (.*)$", capsys.readouterr().err.strip())[1])
    text = kept.read_text()
    kept.unlink()
    assert "geheim" not in text
    assert text.count("postgresql://me:***@host/db") >= 2


def test_debug_shows_the_traceback_itself(failing: Callable[..., None]) -> None:
    with pytest.raises(zipfile.BadZipFile):
        failing("history", _zip, "--debug")


def test_the_code_of_a_plug_in_answers_for_itself(tmp_path: Path) -> None:
    scope = {"__name__": "orchard.loss"}
    exec("def loss():\n    {}['key']\n", scope)
    with pytest.raises(KeyError) as caught:
        scope["loss"]()  # type: ignore[operator]
    message = fault_of(caught.value, ["train"], ["orchard"])
    assert message.startswith("KeyError: 'key' in orchard.loss; orchard is at fault, not what was typed")
    Path(message.rpartition(", ")[2]).unlink()


def test_a_database_that_is_locked_is_not_to_be_made_writable(tmp_path: Path) -> None:
    with pytest.raises(TrackingError) as caught, tracking_errors("writing", "sqlite:///a.db", "Make it writable"):
        _locked(tmp_path)
    assert str(caught.value).startswith(
        "sqlite:///a.db: writing failed: the database is locked by another process. Wait until that has finished"
    )
