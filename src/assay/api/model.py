"""Model: what answers about pictures, whatever it was loaded from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import AssayError, ConfigError

if TYPE_CHECKING:
    from assay.api.recorded import Run
    from assay.deploy.bundle.bundle import Bundle
    from assay.evaluation.evidence import Evidence
    from assay.predictor import Answer, Picture


class Model:
    """A bundle, as it is served.

    Attributes:
        source: what it was loaded from.
        run_id: of the training.
        class_names: in the order of `Answer.probabilities`.
        digest: hex sha256 that no other bundle has.
    """

    def __init__(self, source: str, bundle: Bundle) -> None:
        self._bundle = bundle
        self.source = source
        self.run_id = bundle.about.run_id
        self.class_names = bundle.about.class_names
        self.digest = bundle.digest

    def __repr__(self) -> str:
        return f"Model({self.source!r}, {len(self.class_names)} classes, serves {self._bundle.about.serves})"

    @property
    def evidence(self) -> Evidence:
        """What was measured on just what answers here."""
        return self._bundle.evidence

    def predict(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Calibrated answers about pictures.

        Args:
            pictures: paths of files, bytes of files, or decoded uint8 RGB [H, W, 3].

        Raises:
            DataError: a picture cannot be decoded.
        """
        return self._bundle.predict(pictures)


def load(source: str | Path, overrides: Sequence[str] = ()) -> Model | Run:
    """What answers about pictures, with what is known of it.

    Args:
        source: folder of a bundle; `models:/NAME@ALIAS`, `models:/NAME/VERSION` or `NAME@ALIAS`; or the id of a run, or
            its beginning.
        overrides: where runs are recorded and what is cached where, as on the command line.

    Returns:
        A Run for the id of a run, else a Model; both have `predict` and `evidence`.

    Raises:
        AssayError: there is no such thing, or it is damaged.
    """
    from assay.api.composing import compose
    from assay.api.recorded import Run
    from assay.deploy.bundle.bundle import ABOUT, Bundle
    from assay.deploy.mlflow.model import fetch_bundle
    from assay.run.workspace import cache_folder, open_store
    from assay.tracking.registered import MODEL

    config = compose(overrides)
    folder = Path(source).expanduser()
    if (folder / ABOUT).is_file():
        return Model(str(source), Bundle.open(folder, cache_dir=cache_folder(config)))
    words = str(source)
    if MODEL.fullmatch(words):
        return Model(
            words,
            fetch_bundle(open_store(config), words, cache_dir=cache_folder(config), history=config.registry.history),
        )
    if folder.exists():
        raise ConfigError(
            f"{source}: is no bundle, because it holds no {ABOUT}; assay export run=ID output=FOLDER makes one"
        )
    try:
        return Run(open_store(config).find(words), config.cache)
    except AssayError as error:
        raise type(error)(f"{error}. load takes the folder of a bundle, NAME@ALIAS, or the id of a run") from error
