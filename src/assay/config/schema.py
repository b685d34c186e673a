"""The top level of a config, typed: what `python train.py` accepts beside the options of its groups."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class AugConfig:
    """What happens to training images; each part holds nodes by name, so that options add up instead of mixing.

    Attributes:
        image: the policy that makes a view of a picture; at most one, none shows what evaluation shows.
        steps: what is done to the view, in the order in which the options are named.
        mix: what is done to a batch; at most one.
    """

    image: Any = None
    steps: Any = None
    mix: Any = None


@dataclass
class RegistryConfig:
    """Where what is promoted is registered, and where the history of that is kept.

    Attributes:
        name: of the registered model; null takes `tracking.experiment`, and the dataset's name where that is null.
        history: URL of a database, or path of a SQLite file; null takes the tracking database, which a tracking server
            does not open to its clients.
    """

    name: str | None = None
    history: str | None = None


@dataclass
class FidelityConfig:
    """How generated images are held against real ones; see `assay.synthetic`.

    Attributes:
        extractor: of the features: inception_v3, or any architecture of timm.
        weights: "pretrained", or as `model.weights`; a path for inception_v3.
        size: side to which real and generated pictures are brought, in pixels; null takes data.image_size.
        resamples: bootstrap resamples and permutations of KID.
        splits: divisions of the real images for the rows of real against real.
        minimum: images on each side below which a class gets no FID.
        components: of the real images' PCA that FID is measured in where all features are too many.
        near: share of held-out real images that may be as near to a training image as a near-copy.
    """

    extractor: str = "tf_efficientnet_lite0"
    weights: str = "pretrained"
    size: int | None = None
    resamples: int = 1000
    splits: int = 12
    minimum: int = 64
    components: int = 32
    near: float = 0.01


@dataclass
class Config:
    """One training.

    Attributes:
        seed: seeds weights, data order, augmentation and resampling.
        name: name of the run in MLflow; null takes the model's and the options' names.
        resume: id of an interrupted run to go on with, in that same run.
        cache: folder for scans, exported backbones and embeddings, shared by all runs.
        mirror_limit: bytes of pictures of addresses (data.root=s3://…) that the cache keeps, e.g. 50GB.
    """

    seed: int = 0
    name: str | None = None
    resume: str | None = None
    cache: str = "${oc.env:ASSAY_CACHE,${oc.env:HOME,.}/.cache/assay}"
    mirror_limit: str = "50GB"
    data: Any = None
    model: Any = None
    finetune: Any = None
    head: Any = None
    sampler: Any = None
    aug: AugConfig = field(default_factory=AugConfig)
    loss: Any = None
    optimizer: Any = None
    scheduler: Any = None
    calibration: Any = None
    reject: Any = None
    ood: Any = None
    evaluation: Any = None
    explain: Any = None
    trainer: Any = None
    tracking: Any = None
    registry: RegistryConfig = field(default_factory=RegistryConfig)
    fidelity: FidelityConfig = field(default_factory=FidelityConfig)


@dataclass
class SplitConfig:
    """Shares of the images; they add up to one."""

    train: float = 0.6
    val: float = 0.1
    calib: float = 0.1
    test: float = 0.2


@dataclass
class SyntheticLimits:
    """What generated images of a class have to keep to; null asks nothing.

    Attributes:
        kid: established above it, images are too far from the real ones of their class. "between_classes" is the KID
            between the real images of the class and those of the others, whatever the scale of the features; a number
            is on the scale of the features of `fidelity.extractor`.
        copies: share of copies and near-copies of training images that is allowed.
        fid: by extractor, as in `{inception_v3: 200}`; of other extractors nothing is asked.
        images: real and generated ones that a class needs, or its numbers say nothing.
        f1_loss: of the class, that an A/B study must be able to rule out; null asks only that no loss is established.
    """

    kid: Any = "between_classes"
    copies: float | None = 0.05
    fid: dict[str, float] = field(default_factory=lambda: {"inception_v3": 200.0})
    images: int = 20
    f1_loss: float | None = None


@dataclass
class DatasetConfig:
    """What is asked of every dataset, whatever its source.

    Attributes:
        split: shares of train, val, calib and test.
        split_seed: of the division. Apart from the run's seed: trainings with other seeds have the same test images.
        fold: which of the `folds` is the test split, from 0; null for a single split.
        folds: number of folds for stratified cross-validation.
        copies: what counts as one picture, which goes to one split: the same "bytes", the same "pixels", or
            "perceptual", also saved with loss, scaled, turned, mirrored, cut by little or lightened. A frame around a
            picture mostly hides it.
        range: what is white in files whose samples have more than 8 bits: "full", all that the file's type holds;
            "dataset", the fewest bits in which all files of the dataset fit; "auto", what a file states of itself, and
            that of the dataset for files that state nothing.
        image_size: side of the square that the model sees, in pixels.
        resize: "squash", "crop", "letterbox" or "native".
        ood: sets that the model was not made for: folders, tables, or names of sets that come with Assay.
        ood_val: sets that `ood/detector=auto` chooses on; nothing is reported on them.
        holdout_class: a class, or a list of them, that is taken out of every split and becomes an OOD set.
        synthetic: generated images for the split train: a folder, a table, or what a study kept (kept.parquet).
        synthetic_ratio: generated images of a class for each real training image of it; null takes all there are.
        synthetic_classes: classes that get more training images, generated or repeated: "all", "minority" (fewer than
            half of an even share), or their names.
        synthetic_generators: which of them; null takes all.
        synthetic_screen: whether what does not keep to `synthetic_limits` is left out; images that come too near to a
            real one outside train always are.
        synthetic_limits: see `SyntheticLimits`.
        repeat_ratio: real training images that are shown once more, for each real one of the same classes: what
            generated images have to beat.
        pseudo_generators: pictures that are made of the real training images and trained on as generated: "pca",
            "reconstruction", "blend", "spectra", "upsampling"; [] makes none.
        pseudo_ratio: pictures of each of them for every real training image.
        holdout_generator: a generator whose pictures are tested on and never learned from.
        division: a recorded division that is kept, by the id of a run or the file of a saved manifest: images that it
            knows stay in their split, new ones go to train.
        reviewed: labels that people have decided on, for the split train alone: a folder that `assay review labels`
            wrote.
        reviewed_test: such a folder with a new test set, which takes the place of the dataset's.
        normalise_files: compress every picture anew in one way, in training as in every answer, so that files do not
            tell the classes apart.
    """

    split: SplitConfig = field(default_factory=SplitConfig)
    split_seed: int = 0
    fold: int | None = None
    folds: int | None = None
    copies: str = "perceptual"
    range: str = "auto"
    image_size: int = 224
    resize: str = "squash"
    ood: list[str] = field(default_factory=list)
    ood_val: list[str] = field(default_factory=list)
    holdout_class: Any = field(default=None, metadata={"text": True})  # OmegaConf lacks text-or-list
    synthetic: str | None = None
    synthetic_ratio: float | None = 1.0
    synthetic_classes: Any = "all"
    synthetic_generators: list[str] | None = None
    synthetic_screen: bool = True
    synthetic_limits: SyntheticLimits = field(default_factory=SyntheticLimits)
    repeat_ratio: float = 0.0
    pseudo_generators: list[str] = field(default_factory=list)
    pseudo_ratio: float = 0.5
    holdout_generator: str | None = None
    division: str | None = None
    reviewed: str | None = None
    reviewed_test: str | None = None
    normalise_files: bool = False


DATASET_KEYS = tuple(entry.name for entry in fields(DatasetConfig))


@dataclass
class SamplerConfig:
    """What can be asked of every sampler.

    Attributes:
        minority_augment: option of `aug`, or the node of an image policy, for the images of rare classes.
        minority_share: share of the training images below which a class is rare; null is half of an even share.
        allow_stacking: whether several parts may correct for the frequencies of classes together.
    """

    minority_augment: Any = None
    minority_share: float | None = None
    allow_stacking: bool = False


SAMPLER_KEYS = tuple(entry.name for entry in fields(SamplerConfig))
