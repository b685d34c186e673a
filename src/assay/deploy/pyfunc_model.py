"""BundleModel: a bundle behind MLflow's model interface, a table of pictures in and a table of answers out."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow.pyfunc import PythonModel

from assay.data.image import Pixels
from assay.deploy.bundle.answering import BATCH
from assay.deploy.bundle.bundle import ABOUT, Bundle
from assay.errors import BundleError, DataError
from assay.predictor import Answer, decoded

IMAGE, BUNDLE, DIGEST = "image", "bundle", "bundle_digest"
PROBABILITY = "probability_"
ANSWERED = ("label", "confidence")
JUDGED = ("rejected", "domain", "reason", "error")
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


class BundleModel(PythonModel):
    """What `mlflow models serve` and `mlflow.pyfunc.load_model` answer with: `Bundle.predict`, and nothing beside it.

    In: a table with the column `image`, the bytes of a picture file per row (in JSON as base64).

    Out: a table with one row per picture, in their order:

    - `label`, `confidence`, `probability_<class>` for each class; null where the picture cannot be decoded.
    - `rejected`: the answer has to go to a person. Also true where there is none, so that whoever looks at nothing
      else never takes a missing answer for one.
    - `domain`: "in-domain", "unsure" or "out"; "unreadable" where the picture cannot be decoded. `reason`: why.
    - `error`: why the picture cannot be decoded, else empty text. It concerns its row alone: a client with a hundred
      pictures of which one is damaged gets ninety-nine answers. What is wrong with the request as a whole (no column
      `image`, text that is not base64) is refused by MLflow before it comes here, as an HTTP error 400.
    """

    def load_context(self, context: Any) -> None:
        """Open the bundle that was logged with the model; every file is held against its sha256, and their list too.

        Raises:
            BundleError: a file was changed since, or is missing, or the history says that another bundle was promoted.
        """
        self.bundle = Bundle.open(Path(context.artifacts[BUNDLE]), cache_dir=cache_folder())
        # A model that an earlier version logged does not say which bundle it holds.
        if (context.model_config or {}).get(DIGEST, self.bundle.digest) != self.bundle.digest:
            raise BundleError(f"{self.bundle.folder}: {ABOUT} is not what was logged; do not use it")
        _ensure_promoted(self.bundle)
        # What is made on first use (weights, runtime) is made before the server says that it is ready.
        self.bundle.predict([np.zeros((32, 32, 3), dtype=np.uint8)])

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Answers about pictures; see the class.

        Args:
            context: MLflow's; not looked at.
            model_input: with the column `image`.
            params: none are known.
        """
        names = self.bundle.about.class_names
        pictures = list(model_input[IMAGE])
        rows = [
            row
            for start in range(0, len(pictures), BATCH)
            for row in _rows(self.bundle, pictures[start : start + BATCH], start)
        ]
        table = pd.DataFrame(rows, columns=columns(names))
        # A JSON number cannot be NaN: what is missing has to be None.
        return table if all(row["error"] == "" for row in rows) else table.astype(object).where(table.notna(), None)


def _ensure_promoted(bundle: Bundle) -> None:
    """Hold a bundle that was asked for by the name of a registered model against the history, where it can be reached.

    MLflow leaves name and version beside what it fetches; a bundle that was carried elsewhere is served without.

    Raises:
        BundleError: another one was promoted.
    """
    import mlflow
    import yaml
    from mlflow.exceptions import MlflowException

    from assay.database.url import sqlite_file
    from assay.deploy.mlflow.promoted import ensure_promoted

    beside = bundle.folder.parents[1] / "registered_model_meta"
    if not beside.is_file():
        return
    registry = mlflow.get_registry_uri()
    file = sqlite_file(registry)
    if file is not None and not file.is_file():  # MLflow would make one, in the folder that it is asked in
        return
    named = yaml.safe_load(beside.read_text("utf-8"))
    try:
        version = mlflow.MlflowClient().get_model_version(named["model_name"], str(named["model_version"]))
    except MlflowException:
        return
    ensure_promoted(version, "", bundle.digest, database=registry)


def columns(class_names: Sequence[str]) -> list[str]:
    """Names of the columns of the answers, in their order."""
    return [*ANSWERED, *(f"{PROBABILITY}{name}" for name in class_names), *JUDGED]


def cache_folder() -> Path:
    """Where networks are kept that were made for this machine, as the config has it."""
    chosen = os.environ.get("ASSAY_CACHE")
    return Path(chosen) if chosen else Path(os.environ.get("HOME", ".")) / ".cache" / "assay"


def _rows(bundle: Bundle, pictures: Sequence[Any], start: int) -> Iterator[dict[str, Any]]:
    images: list[Pixels] = []
    errors: list[str] = []
    for index, picture in enumerate(pictures, start + 1):
        try:
            images.append(decoded(_bytes(picture), f"picture {index}", bundle.predictor.samples))
            errors.append("")
        except DataError as error:
            errors.append(str(error))
    answers = iter(bundle.predict(images)) if images else iter(())
    for message in errors:
        yield _unreadable(message) if message else _answered(next(answers), bundle.about.class_names)


def _bytes(picture: Any) -> bytes:
    """The bytes of a picture; none at all (null) count as an empty file.

    MLflow undoes the base64 of `dataframe_split` and `dataframe_records`, but hands on that of `inputs` and
    `instances`. No picture file consists of such letters alone.
    """
    data = bytes(picture) if isinstance(picture, bytes | bytearray | memoryview) else b""
    return base64.b64decode(data) if _BASE64.fullmatch(data) else data


def _answered(answer: Answer, class_names: Sequence[str]) -> dict[str, Any]:
    probabilities = {
        f"{PROBABILITY}{name}": float(value) for name, value in zip(class_names, answer.probabilities, strict=True)
    }
    return {
        "label": answer.label,
        "confidence": answer.confidence,
        **probabilities,
        "rejected": answer.rejected,
        "domain": answer.domain,
        "reason": answer.reason,
        "error": "",
    }


def _unreadable(error: str) -> dict[str, Any]:
    return {"rejected": True, "domain": "unreadable", "reason": "", "error": error}
