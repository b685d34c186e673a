"""Explanation: which parts of a picture spoke for the answer, as a map over it, and what is known about such maps."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from assay.data.image import Pixels
from assay.deploy.bundle.bundle import EVIDENCE
from assay.deploy.bundle.format import FLOAT
from assay.errors import AssayError
from assay.serving.engine import Engine

if TYPE_CHECKING:
    from assay.evaluation.explanation import ExplanationEvidence

MOST = 3
"""Models whose networks are kept for maps: champion, rival, and one that is being replaced."""
NOT_CHECKED = "Whether maps of this model mean anything was not checked."
OTHER_FORM, NO_SIGNAL = (
    "The map is of the float network; what answered is its {form} form.",
    "The map shows no signal: no part stands out for this class.",
)
ONE_VIEW = "The map is of the picture as it is; the answer is the mean over {views} views of it, mirrored or turned."
OWN_SCALE = "The colours are scaled to this map's own peak: they say where, not how strongly."


@dataclass(frozen=True)
class Explanation:
    """A map of one answer.

    Attributes:
        label: class that is explained: the answer's.
        method: that made the map; "" where there is none.
        png: the picture as the model sees it, in grey, under the heat; None where there is no map.
        why: there is none; "" where there is.
        notes: what has to be known before it is believed, a sentence each.
        view: PNG of the picture as the model sees it, of the map's size; None where there is no map.
    """

    label: str
    method: str
    png: bytes | None
    why: str
    notes: tuple[str, ...]
    view: bytes | None = None


Explain = Callable[[Pixels, str], Explanation]
"""From a decoded picture and the answer's label to its map; computes, so it belongs into the inference thread."""


class Explainers:
    """Gives what explains the answers of an engine; the network is loaded on the first call for it."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, Explain] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, engine: Engine) -> Explain:
        """What explains the answers of an engine.

        Maps are Grad-CAM's, on the float network that every bundle carries, whichever form of it answers; the notes say
        so where that is another one. Where the network has no feature map, or cannot be loaded, the explanation says
        why there is none.
        """
        with self._lock:
            if engine.digest not in self._made:
                self._made[engine.digest] = _explain_by(engine)
                while len(self._made) > MOST:
                    self._made.popitem(last=False)
            return self._made[engine.digest]


def _explain_by(engine: Engine) -> Explain:
    import torch

    from assay.explain.gradcam import GradCam
    from assay.explain.heat import FLOOR, HeatScale, enlarged
    from assay.explain.overlay import overlay, view_of
    from assay.models.views import with_one_view

    checked = _checked(engine)
    method = GradCam(layer=None if checked is None else checked.layer)
    try:
        predictor = engine.bundle.float_predictor
        network = with_one_view(predictor.network)
        layer = method.layer_of(network, predictor.preprocessing.size)
    except AssayError as error:
        why = str(error)
        return lambda image, label: Explanation(label, "", None, why, ())
    preprocessing, notes = predictor.preprocessing, _notes(engine, checked)

    def explain(image: Pixels, label: str) -> Explanation:
        view = preprocessing(image)
        inputs = torch.from_numpy(view.transpose(2, 0, 1)[None].copy())
        target = torch.tensor([engine.class_names.index(label)])
        smooth = enlarged(method(network, inputs, target, layer=layer)[0].numpy(), preprocessing.size)
        full = float(smooth.max()) if checked is None else checked.scale
        scale = HeatScale(full, FLOOR * full)
        seen = view_of(image, preprocessing)
        drawn = overlay(seen, scale.heat(smooth))
        signal = () if scale.has_signal(smooth) else (NO_SIGNAL,)
        return Explanation(label, method.title, _png(drawn), "", (*notes, *signal), _png(seen))

    return explain


def _checked(engine: Engine) -> ExplanationEvidence | None:
    """What the sanity checks of this model found about maps of this kind; None where there were none."""
    if EVIDENCE not in engine.bundle.about.files:
        return None
    checked = engine.bundle.evidence.explanation
    return checked if checked is not None and checked.method == "gradcam" else None


def _notes(engine: Engine, checked: ExplanationEvidence | None) -> tuple[str, ...]:
    serves = engine.bundle.about.serves
    form = () if serves == FLOAT else (OTHER_FORM.format(form=serves),)
    known = (NOT_CHECKED, OWN_SCALE) if checked is None else (*checked.verdict, *checked.notes)
    views = engine.bundle.about.views
    shown = (ONE_VIEW.format(views=len(views)),) if views else ()
    return (*form, *shown, *known)


def _png(drawn: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(drawn)).save(buffer, "PNG")
    return buffer.getvalue()
