"""Format: one form that a bundle's model has, and how far it says what the float model says."""

from __future__ import annotations

from dataclasses import dataclass

from assay.measurement import Measurement

FLOAT, ONNX, INT8 = "float", "onnx", "int8"
FOLDERS = {ONNX: "onnx", INT8: "int8"}
GRAPH = "model.onnx"


PREPARED = (
    "the graph takes squares of {size} pixels that the preprocessing of predictor.json has made, and no other "
    "pictures: {why}; `Answerer.prepared` does it before the graph"
)
"""What is said of a form whose graph lacks a part of the preprocessing."""


@dataclass(frozen=True)
class Parity:
    """How a form's answers differ from those of the float model as it was measured, over the whole test split.

    Attributes:
        n: images.
        agreement: share of them with the same label.
        largest_difference: of any calibrated probability.
        macro_f1: of this form, with its own calibration.
        float_macro_f1: of the float model.
        macro_f1_difference: this form minus the float model, with its paired interval over images.
        graph_difference: largest difference between a probability that comes out of the graph and the same
            calibration applied outside; None where the graph does not calibrate.
    """

    n: int
    agreement: float
    largest_difference: float
    macro_f1: float
    float_macro_f1: float
    macro_f1_difference: Measurement
    graph_difference: float | None = None

    @property
    def loss(self) -> float:
        """Share of the float model's macro-F1 that is lost; negative where this form is better."""
        return 1 - self.macro_f1 / self.float_macro_f1 if self.float_macro_f1 else 0.0


@dataclass(frozen=True)
class Format:
    """One form of a bundle's model.

    Attributes:
        file: within the bundle; "" for one that was refused.
        rules: folder within the bundle of the calibrator, reject rule and OOD rule that go with it.
        bytes: size of the file.
        parity: with the float model.
        verdict: "ok", or "refused".
        why: it was refused; "" otherwise.
        calibration_inside: whether the graph's probabilities are calibrated.
        kept_in_float: nodes that are not INT8: the first ones, then those that would have hurt, the most harmful first.
        images: training images that ranges of activations come from; 0 for float.
        cpu_flags: instruction sets of the CPU that it was checked on, which INT8 results depend on.
        notes: sentences for whoever uses it.
    """

    file: str
    rules: str
    bytes: int
    parity: Parity
    verdict: str = "ok"
    why: str = ""
    calibration_inside: bool = True
    kept_in_float: tuple[str, ...] = ()
    images: int = 0
    cpu_flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
