"""A bundle written as an MLflow model (models-from-code): no pickle, and no path of this machine."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.deploy.bundle.bundle import Bundle
from assay.deploy.mlflow.requirements import constraints, requirement

if TYPE_CHECKING:
    from mlflow.models import Model, ModelSignature

CODE = Path(__file__).parents[1] / "pyfunc_code.py"
INSIDE = "artifacts/bundle"
"""Where the bundle lies within the model."""


def save_mlflow_model(folder: Path, bundle: Bundle, *, model_id: str, artifact_uri: str) -> None:
    """Write a bundle as an MLflow model: its files as they are, code that names this package, and what to install.

    Args:
        folder: is made; what is needed on the way lies beside it for the moment.
        bundle: what answers.
        model_id: MLflow's id of the logged model.
        artifact_uri: where the store will keep it.
    """
    from mlflow.models import Model
    from mlflow.pyfunc import save_model

    from assay.deploy.pyfunc_model import DIGEST

    beside = folder.parent
    shutil.copytree(bundle.folder, beside / "bundle")
    pinned = beside / "constraints.txt"
    pinned.write_text("\n".join(constraints()) + "\n", encoding="utf-8")
    model = Model(artifact_path=artifact_uri, run_id=bundle.about.run_id, model_id=model_id)
    save_model(
        path=str(folder),
        mlflow_model=model,
        python_model=str(CODE),
        artifacts={"bundle": str(beside / "bundle")},
        model_config={DIGEST: bundle.digest},
        signature=signature(bundle.about.class_names),
        input_example=example(),
        pip_requirements=[requirement(), f"-c {pinned}"],
    )
    _forget_places(folder, model)


def _forget_places(folder: Path, model: Model) -> None:
    """Take the paths of this machine out of MLflow's description; it reads only what they end in."""
    flavor = model.flavors["python_function"]
    flavor["model_code_path"] = CODE.name
    flavor["artifacts"]["bundle"] = {"path": INSIDE, "uri": INSIDE}
    model.save(str(folder / "MLmodel"))


def signature(class_names: tuple[str, ...]) -> ModelSignature:
    """What goes in and comes out; see `assay.deploy.pyfunc_model.BundleModel`."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema, TensorSpec

    from assay.deploy.pyfunc_model import ANSWERED, IMAGE, PROBABILITY

    label, confidence = ANSWERED
    answers: list[ColSpec | TensorSpec] = [
        ColSpec(DataType.string, label, required=False),
        ColSpec(DataType.double, confidence, required=False),
        *(ColSpec(DataType.double, f"{PROBABILITY}{name}", required=False) for name in class_names),
        ColSpec(DataType.boolean, "rejected"),
        *(ColSpec(DataType.string, name) for name in ("domain", "reason", "error")),
    ]
    return ModelSignature(inputs=Schema([ColSpec(DataType.binary, IMAGE)]), outputs=Schema(answers))


def example() -> Any:
    """A request of one row: a small drawn picture, since pictures of the dataset may not be free to copy."""
    import numpy as np
    import pandas as pd
    from PIL import Image

    from assay.deploy.pyfunc_model import IMAGE

    ramp = np.linspace(0, 255, 32, dtype=np.uint8)
    pixels = np.stack([np.tile(ramp, (32, 1)), np.tile(ramp[:, None], (1, 32)), np.full((32, 32), 90, np.uint8)], 2)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return pd.DataFrame({IMAGE: [buffer.getvalue()]})
