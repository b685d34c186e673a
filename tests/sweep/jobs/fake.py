"""A job that trains nothing, through the real door: `python fake.py -m hydra/launcher=…`; `name` says what it does."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from omegaconf import DictConfig

from assay.config import door
from assay.errors import AssayError
from assay.models.pruning import Pruned, current_trial

NOTED = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "ASSAY_CORES", "CUDA_VISIBLE_DEVICES")


class UnpicklableError(Exception):
    """Cannot be sent anywhere."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def job(config: DictConfig) -> dict[str, float]:
    """Notes what it finds."""
    about = {name: os.environ.get(name) for name in NOTED} | {
        "pid": os.getpid(),
        "torch": "torch" in sys.modules,
        "folder": str(Path.cwd()),
    }
    Path(f"noted-{config.seed}.json").write_text(json.dumps(about))
    what = str(config.name)
    if what == "bad" and config.seed == 1:
        raise UnpicklableError("this", "that")
    if what == "dies" and config.seed == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hang":
        _hang(config)
    trial = current_trial()
    if trial is not None:
        trial.started(f"run of {trial.number}")
        for epoch in range(3):
            if reason := trial.report({"val/macro_f1": float(config.optimizer.lr)}, epoch):
                raise Pruned(reason)
    return {"val/macro_f1": float(config.optimizer.lr)}


def _hang(config: DictConfig) -> None:
    from assay.run.workspace import recording_store
    from assay.tracking.parent import inherited_parent

    with recording_store(config).start_run(f"hung {config.seed}", parent=inherited_parent()):
        Path(f"hung-{config.seed}").touch()
        for _ in range(6000):
            time.sleep(0.1)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    import fake  # by name, as a launcher has to find it

    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    try:
        door.run(fake.job, sys.argv[1:], "fake.py")
    except AssayError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
