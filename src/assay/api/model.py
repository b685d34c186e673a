"""Model: what answers about pictures, whatever it was loaded from."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast, overload

from assay.errors import AssayError

if TYPE_CHECKING:
    import PIL.Image

    from assay.api.recorded import Run
    from assay.deploy.bundle.bundle import Bundle
    from assay.evaluation.evidence import Evidence
    from assay.predictor import Answer, Picture

    OnePicture: TypeAlias = Picture | PIL.Image.Image


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

    @overload
    def predict(self, pictures: OnePicture) -> Answer: ...

    @overload
    def predict(self, pictures: list[OnePicture] | tuple[OnePicture, ...]) -> list[Answer]: ...

    def predict(self, pictures: OnePicture | list[OnePicture] | tuple[OnePicture, ...]) -> Answer | list[Answer]:
        """Calibrated answers about pictures.

            model = assay.load("models:/photos@champion")
            model.predict("photo.jpg").label
            [answer.confidence for answer in model.predict(["photo.jpg", "other.png"])]

        Args:
            pictures: one picture, or several in a list: paths of files, bytes of files, images of Pillow, or decoded
                uint8 RGB [H, W, 3].

        Returns:
            An answer for one picture, a list of them for a list.

        Raises:
            DataError: a picture cannot be decoded.
        """
        if isinstance(pictures, (list, tuple)):
            return self._bundle.predict([_plain(picture) for picture in pictures])
        return self._bundle.predict([_plain(pictures)])[0]


def _plain(picture: Any) -> Picture:
    """A picture as bundles take it; one of Pillow goes through the bytes of a file, as if it had been sent."""
    if not hasattr(picture, "save") or not hasattr(picture, "mode"):
        return cast("Picture", picture)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", exif=picture.getexif())
    return buffer.getvalue()


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
    from assay.run.workspace import open_store
    from assay.serving.origin import find_bundle
    from assay.tracking.registered import MODEL

    config = compose(overrides)
    words = str(source)
    if Path(source).expanduser().exists() or MODEL.fullmatch(words):
        return Model(words, find_bundle(config, words)[0])
    try:
        return Run(open_store(config).find(words), config.cache)
    except AssayError as error:
        raise type(error)(f"{error}. load takes the folder of a bundle, NAME@ALIAS, or the id of a run") from error
