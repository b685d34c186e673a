"""What each metric is called for people, what it means and on which scale it is drawn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MetricWords:
    """How a metric is presented.

    Attributes:
        label: its name in prose.
        meaning: what it says, in a few words.
        low, high: the ends of the scale it is drawn on; `high` is None where the metric has no upper end.
        better: "higher" or "lower", "" where neither.
    """

    label: str
    meaning: str = ""
    low: float = 0.0
    high: float | None = 1.0
    better: str = "higher"


METRICS = {
    "accuracy": MetricWords("Accuracy", "share of images that are right"),
    "balanced_accuracy": MetricWords("Balanced accuracy", "mean recall over classes"),
    "macro_f1": MetricWords("Macro-F1", "mean F1 over classes, each class counts the same"),
    "mcc": MetricWords("Matthews correlation", "agreement of truth and prediction, 0 is chance", low=-1.0),
    "quadratic_kappa": MetricWords("Quadratic kappa", "agreement on ordered grades, far errors count more", low=-1.0),
    "roc_auc": MetricWords("ROC-AUC", "a random image of the class ranks above one of another"),
    "pr_auc": MetricWords("PR-AUC", "average precision over all recalls"),
    "nll": MetricWords("Negative log-likelihood", "surprise at the true class", high=None, better="lower"),
    "brier": MetricWords("Brier score", "squared distance of probabilities to the truth", high=2.0, better="lower"),
    "brier_reliability": MetricWords(
        "Brier, reliability", "the part that better calibration would take away", high=2.0, better="lower"
    ),
    "brier_resolution": MetricWords(
        "Brier, resolution", "what telling classes apart takes off the uncertainty", high=1.0
    ),
    "brier_uncertainty": MetricWords(
        "Brier, uncertainty",
        "what the class shares alone leave open; Brier = reliability − resolution + this",
        better="",
    ),
    "ece": MetricWords("Calibration error (ECE)", "gap of confidence to accuracy, 15 equal-width bins", better="lower"),
    "ece_equal_mass": MetricWords("ECE, equal mass", "the same with bins of equally many images", better="lower"),
    "ece_debiased": MetricWords("ECE, debiased", "equal mass, less what chance alone adds", better="lower"),
    "ece_classwise": MetricWords(
        "ECE, class-wise", "gap of each class's probability to its share, mean over classes", better="lower"
    ),
    "aurc": MetricWords("AURC", "mean error rate over all shares answered", better="lower"),
    "augrc": MetricWords("AUGRC", "mean share of answered errors over all shares", high=0.5, better="lower"),
    "accuracy_at_80": MetricWords("Accuracy at 80% coverage", "share that is right among the 80% most confident"),
    "accuracy_at_90": MetricWords("Accuracy at 90% coverage", "share that is right among the 90% most confident"),
    "accuracy_at_95": MetricWords("Accuracy at 95% coverage", "share that is right among the 95% most confident"),
    "f1": MetricWords("F1", "precision and recall of a class, harmonic mean"),
    "gap/macro_f1": MetricWords("Macro-F1, train minus val", "what was learned by heart", low=-1.0, better="lower"),
    "cost/latency_p95_ms": MetricWords(
        "Latency, 95th percentile (ms)", "one picture, as served", high=None, better="lower"
    ),
    "cost/size_mb": MetricWords("Size (MB)", "of the model on disk", high=None, better="lower"),
    "robust/relative": MetricWords("Macro-F1 left under corruption", "share, mean over corruptions"),
    "ood/false_reject": MetricWords("Test images called unsure or out", "of the images it is made for", better="lower"),
    "reject/coverage": MetricWords("Answered", "the rest goes to a person"),
    "reject/risk": MetricWords("Wrong among the answered", "share", better="lower"),
}
_OOD = "ood/auroc/"
_UNCALIBRATED = "_uncalibrated"


def words_for(name: str) -> MetricWords:
    """The entry of a metric; one it does not know is called by its name and drawn on no scale."""
    if name.endswith(_UNCALIBRATED):
        known = words_for(name.removesuffix(_UNCALIBRATED))
        return MetricWords(
            f"{known.label}, uncalibrated",
            f"{known.meaning}, before calibration".lstrip(", "),
            known.low,
            known.high,
            known.better,
        )
    if name.startswith(_OOD):
        meaning = "a picture of this set scores as more foreign than a test image"
        return MetricWords(f"OOD AUROC, {name.removeprefix(_OOD)}", meaning)
    return METRICS.get(name) or MetricWords(name.replace("_", " "), high=None, better="")
