"""The metrics of the house: one entry for each, or for each family of names."""

from __future__ import annotations

from assay.evaluation.metric_entry import (
    CLASSIFICATION,
    COSTS,
    EXPLANATIONS,
    FIDELITY,
    GENERATED,
    MEMORISATION,
    OOD,
    PROBABILITIES,
    ROBUSTNESS,
    SELECTIVE,
    Better,
    MetricEntry,
)

SHARE = (0.0, 1.0)

_NLL = MetricEntry(
    "nll", "Negative log-likelihood", "surprise at the true class", "lower", PROBABILITIES, scale=(0.0, None),
    short="NLL",
    pages={"mlflow": 8, "calibration": 5, "terminal": 6, "claims": 6, "comparison": 5, "study": 5, "verdict": 5,
           "recheck": 4},
)  # fmt: skip
_ECE = MetricEntry(
    "ece", "Calibration error (ECE)", "gap of confidence to accuracy, 15 equal-width bins", "lower", PROBABILITIES,
    scale=SHARE, short="ECE",
    pages={"mlflow": 12, "report": 6, "calibration": 1, "robustness": 3, "terminal": 8, "claims": 8, "comparison": 6,
           "study": 6, "study findings": 4, "study mlflow": 3, "verdict": 4, "recheck": 6, "registry": 4},
)  # fmt: skip

_FIDELITY: tuple[tuple[str, str, str, Better], ...] = (
    ("kid", "KID", "distance; 0 is no difference", "lower"),
    ("fid", "FID", "distance of two normal distributions", "lower"),
    ("fid_full", "FID, full", "with all dimensions", "lower"),
    ("precision", "Precision", "of these, look real", "higher"),
    ("recall", "Recall", "of the real, shown", "higher"),
    ("density", "Density", "real images around each of these", "higher"),
    ("coverage", "Coverage", "of the real, met nearby", "higher"),
)

METRICS = (
    MetricEntry(
        "accuracy", "Accuracy", "share of images that are classified correctly", "higher", CLASSIFICATION, scale=SHARE,
        pages={"mlflow": 1, "report": 3, "coverage": 4, "terminal": 1, "claims": 1, "comparison": 2, "study": 2,
               "study findings": 3, "study mlflow": 2, "verdict": 2, "recheck": 1, "registry": 3},
    ),
    MetricEntry(
        "balanced_accuracy", "Balanced accuracy", "mean recall over classes", "higher", CLASSIFICATION, scale=SHARE,
        pages={"mlflow": 2, "report": 2, "terminal": 2, "claims": 2, "study": 3, "verdict": 3, "recheck": 2,
               "registry": 2},
    ),
    MetricEntry(
        "macro_f1", "Macro-F1", "mean F1 over classes, each class counts the same", "higher", CLASSIFICATION,
        scale=SHARE,
        pages={"mlflow": 3, "report": 1, "robustness": 1, "terminal": 3, "claims": 3, "comparison": 1, "study": 1,
               "study findings": 1, "study mlflow": 1, "verdict": 1, "recheck": 3, "registry": 1},
    ),
    MetricEntry(
        "mcc", "Matthews correlation", "agreement of truth and prediction, 0 is chance", "higher", CLASSIFICATION,
        scale=(-1.0, 1.0), short="MCC", pages={"mlflow": 4},
    ),
    MetricEntry(
        "quadratic_kappa", "Quadratic kappa", "agreement on ordered grades, far errors count more", "higher",
        CLASSIFICATION, scale=(-1.0, 1.0),
        pages={"mlflow": 5, "report": 4, "terminal": 4, "claims": 4, "comparison": 3, "study": 4},
    ),
    MetricEntry(
        "roc_auc", "ROC-AUC", "a random image of the class ranks above one of another", "higher", CLASSIFICATION,
        scale=SHARE, pages={"mlflow": 6, "report": 5, "terminal": 5, "claims": 5, "comparison": 4},
    ),
    MetricEntry(
        "pr_auc", "PR-AUC", "average precision over all recalls", "higher", CLASSIFICATION, scale=SHARE,
        pages={"mlflow": 7},
    ),
    MetricEntry(
        "f1", "F1", "precision and recall of a class, harmonic mean", "higher", CLASSIFICATION, scale=SHARE,
        per_class=True, pages={"claims": 10, "study": 7, "study findings": 2, "verdict": 6},
    ),
    MetricEntry(
        "recall", "Recall", "share of a class that is recognised", "higher", CLASSIFICATION, scale=SHARE,
        per_class=True,
    ),
    MetricEntry(
        "precision", "Precision", "share of what is called this class that is of it", "higher", CLASSIFICATION,
        scale=SHARE, per_class=True,
    ),
    _NLL,
    _NLL.uncalibrated(mlflow=9),
    MetricEntry(
        "brier", "Brier score", "squared distance of probabilities to the truth", "lower", PROBABILITIES,
        scale=(0.0, 2.0), pages={"mlflow": 10, "calibration": 6, "terminal": 7, "claims": 7, "recheck": 5},
    ),
    MetricEntry(
        "brier_reliability", "Brier, reliability", "the part that better calibration would take away", "lower",
        PROBABILITIES, scale=(0.0, 2.0), pages={"mlflow": 11, "calibration": 7},
    ),
    MetricEntry(
        "brier_resolution", "Brier, resolution", "what telling classes apart takes off the uncertainty", "higher",
        PROBABILITIES, scale=SHARE,
    ),
    MetricEntry(
        "brier_uncertainty", "Brier, uncertainty",
        "what the class shares alone leave open; Brier = reliability − resolution + this", "", PROBABILITIES,
        scale=SHARE,
    ),
    _ECE,
    _ECE.uncalibrated(mlflow=13, terminal=9),
    MetricEntry(
        "ece_equal_mass", "ECE, equal mass", "the same with bins of equally many images", "lower", PROBABILITIES,
        scale=SHARE, pages={"calibration": 2},
    ),
    MetricEntry(
        "ece_debiased", "ECE, debiased", "equal mass, less what chance alone adds", "lower", PROBABILITIES,
        scale=SHARE, pages={"mlflow": 14, "calibration": 3},
    ),
    MetricEntry(
        "ece_classwise", "ECE, class-wise", "gap of each class's probability to its share, mean over classes", "lower",
        PROBABILITIES, scale=SHARE, pages={"mlflow": 15, "calibration": 4},
    ),
    MetricEntry(
        "ece_of_class", "Calibration error", "gap of a class's probability to its share", "lower", PROBABILITIES,
        per_class=True,
    ),
    MetricEntry(
        "aurc", "AURC", "mean selective risk over all coverages", "lower", SELECTIVE, scale=SHARE,
        pages={"mlflow": 16, "terminal": 10, "claims": 9},
    ),
    MetricEntry(
        "augrc", "AUGRC", "mean share of accepted errors over all coverages", "lower", SELECTIVE, scale=(0.0, 0.5),
        pages={"mlflow": 17},
    ),
    *(
        MetricEntry(
            f"accuracy_at_{share}", f"Accuracy at {share}% coverage",
            f"of the {share}% most confident", "higher", SELECTIVE, scale=SHARE,
            pages={"coverage": place},
        )
        for place, share in enumerate((80, 90, 95), 1)
    ),
    MetricEntry(
        "reject/coverage", "Coverage", "share that is accepted; the rest is rejected and goes to a person", "higher",
        SELECTIVE, scale=SHARE, pages={"terminal": 11},
    ),
    MetricEntry(
        "reject/risk", "Selective risk", "error rate of the accepted", "lower", SELECTIVE, scale=SHARE,
        pages={"terminal": 12},
    ),
    MetricEntry(
        "reject/withheld_risk", "Error rate of the rejected", "share of what goes to a person that the model has wrong",
        "", SELECTIVE, scale=SHARE,
    ),
    MetricEntry(
        "reject_rate", "Rejected", "share that goes to a person", "lower", SELECTIVE, pages={"robustness": 2}
    ),
    MetricEntry(
        "gap/macro_f1", "Generalisation gap, macro-F1", "train minus val: what is learned by heart", "lower",
        MEMORISATION, scale=(-1.0, 1.0), pages={"study costs": 1},
    ),
    MetricEntry(
        "gap/recall", "Generalisation gap, recall", "train minus val of a class", "lower", MEMORISATION, per_class=True
    ),
    MetricEntry(
        "memorisation/largest_recall_gap", "Largest generalisation gap, recall", "of the class that has it", "lower",
        MEMORISATION,
    ),
    MetricEntry(
        "memorisation/most_draws_per_epoch", "Most draws per epoch", "of the image that was drawn most", "lower",
        MEMORISATION,
    ),
    MetricEntry(
        "ood/false_reject", "OOD false-positive rate", "test images, which are in-domain, called unsure or out",
        "lower", OOD, scale=SHARE, pages={"terminal": 13},
    ),
    MetricEntry(
        "ood/auroc/*", "OOD AUROC, {}", "a picture of this set gets a higher OOD score than a test image", "higher",
        OOD, scale=SHARE, pages={"terminal": 14, "study costs": 5},
    ),
    MetricEntry(
        "robust/relative", "Relative macro-F1 under corruption", "share that is left, mean over corruptions", "higher",
        ROBUSTNESS, scale=SHARE, pages={"terminal": 15, "study costs": 2},
    ),
    MetricEntry(
        "robust/*/macro_f1", "Macro-F1 under {}", "mean over its severities", "higher", ROBUSTNESS
    ),
    MetricEntry(
        "generators/*/auroc", "AUROC, {}", "a picture of this generator scores above a real one", "higher", GENERATED,
        short="AUROC", pages={"generators": 1, "generator lines": 1},
    ),
    MetricEntry(
        "generators/*/accuracy", "Balanced accuracy at the calib threshold, {}",
        "mean of both sides' shares that are classified correctly", "higher", GENERATED,
        short="Balanced accuracy, calib threshold", pages={"generators": 2},
    ),
    MetricEntry(
        "generators/*/accuracy_real", "Balanced accuracy at the real-only threshold, {}",
        "mean of both sides' shares that are classified correctly", "higher", GENERATED,
        short="Balanced accuracy, real-only threshold",
        pages={"generators": 3, "generator lines": 2},
    ),
    MetricEntry(
        "generators/*/tpr", "TPR at 1 % FPR, {}", "share of its pictures that is detected at 1 % false positives",
        "higher", GENERATED, short="TPR at 1 % FPR", pages={"generators": 4, "generator lines": 3},
    ),
    MetricEntry(
        "generators/files_auroc", "Metadata-only baseline, AUROC", "what the files tell without their pixels", "",
        GENERATED, short="Metadata-only baseline",
    ),
    MetricEntry(
        "generators/flip_rate", "Flip rate", "share of answers that change when the picture is delivered again",
        "lower", GENERATED, scale=SHARE,
    ),
    MetricEntry(
        "delivery/*/auroc", "AUROC after {}", "a generated picture scores above a real one, both delivered", "higher",
        GENERATED, scale=SHARE, short="AUROC", pages={"delivery": 1},
    ),
    MetricEntry(
        "delivery/*/accuracy", "Balanced accuracy after {}", "mean of both sides' shares that are answered correctly",
        "higher", GENERATED, scale=SHARE, short="Balanced accuracy", pages={"delivery": 2},
    ),
    MetricEntry(
        "delivery/*/false_accusations", "False accusations after {}", "share of real pictures called generated",
        "lower", GENERATED, scale=SHARE, short="False accusations", pages={"delivery": 3},
    ),
    MetricEntry(
        "delivery/worst_auroc", "Lowest AUROC of all deliveries", "of the chain that leaves least", "higher", GENERATED,
        scale=SHARE,
    ),
    MetricEntry(
        "delivery/worst_accuracy", "Lowest balanced accuracy of all deliveries", "of the chain that leaves least",
        "higher", GENERATED, scale=SHARE,
    ),
    MetricEntry(
        "delivery/worst_false_accusations", "Most false accusations of all deliveries", "of the chain with the most",
        "lower", GENERATED, scale=SHARE,
    ),
    MetricEntry(
        "delivery/smallest_side", "Smallest side", "of a picture that may be asked about", "lower", GENERATED, "px",
        counted=True,
    ),
    MetricEntry(
        "explain/deletion_gain", "Deletion, gain", "over the nearest of random and centred maps", "higher", EXPLANATIONS
    ),
    MetricEntry(
        "explain/insertion_gain", "Insertion, gain", "over the nearest of random and centred maps", "higher",
        EXPLANATIONS,
    ),
    MetricEntry(
        "explain/randomisation_similarity", "Similarity after randomisation",
        "of maps of the model and of one with random weights", "lower", EXPLANATIONS,
    ),
    *(
        MetricEntry(
            f"synthetic/{word}/*", f"{label}, {{}}", meaning, better, FIDELITY, short=label, pages={"fidelity": place}
        )
        for place, (word, label, meaning, better) in enumerate(_FIDELITY, 1)
    ),
    MetricEntry("synthetic/copies/*", "Copies, {}", "share that is nearly a real image", "lower", FIDELITY),
    MetricEntry("synthetic/added/*", "Images added, {}", "generated, to help training", "", FIDELITY, counted=True),
    MetricEntry("synthetic/excluded", "Images excluded", "too near to a real one", "", FIDELITY, counted=True),
    MetricEntry(
        "cost/latency_p50_ms", "Median latency", "one picture, as served", "lower", COSTS, "ms", pages={"terminal": 16}
    ),
    MetricEntry(
        "cost/latency_p95_ms", "Latency p95", "one picture, as served", "lower", COSTS, "ms", scale=(0.0, None),
        pages={"study costs": 3, "registry": 5},
    ),
    MetricEntry("cost/latency_p99_ms", "Latency p99", "one picture, as served", "lower", COSTS, "ms"),
    MetricEntry(
        "cost/size_mb", "Size", "of the model on disk", "lower", COSTS, "MB", scale=(0.0, None), counted=True,
        pages={"study costs": 4, "registry": 6},
    ),
    MetricEntry("cost/parameters", "Parameters", "of the network", "lower", COSTS, counted=True),
)  # fmt: skip
"""The metrics of the house, in the order in which they are read."""
