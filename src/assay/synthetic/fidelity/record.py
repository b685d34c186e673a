"""FidelityEvidence: what was measured about generated images, row by row, as a file that outlives the run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assay.evaluation.record import load_record, save_record
from assay.measurement import Measurement

SCHEMA_VERSION = 1
ALL = "all"


@dataclass(frozen=True)
class SameSizes:
    """What gives a number its meaning: the same number between real and real, at sizes that both can have.

    The real images are divided at random into two halves of n, over and over; one half is held against the other, and
    n generated images against the same half.

    Attributes:
        n: images on each side.
        generated: mean of generated against real.
        real: mean of real against real.
        low: where the middle 95 % of real against real begin.
        high: where they end.
        splits: how many divisions.
    """

    n: int
    generated: float
    real: float
    low: float
    high: float
    splits: int


@dataclass(frozen=True)
class FidelityScore:
    """One distance or share between generated and real images.

    Attributes:
        name: with the extractor and its size in brackets, e.g. "fid[tf_efficientnet_lite0@64]", so that numbers of two
            extractors are never taken for the same.
        measured: on all images of the row; `n` counts the generated ones.
        p: of a permutation test that both come from one distribution; None where none was made.
        same_sizes: the reference; None where there are too few real images to divide.
        statement: why there is no number; "" where there is one.
    """

    name: str
    measured: Measurement
    p: float | None = None
    same_sizes: SameSizes | None = None
    statement: str = ""

    @property
    def value(self) -> float | None:
        """The number itself."""
        return self.measured.value


@dataclass(frozen=True)
class Diversity:
    """How different the images of one row are from each other, generated beside real.

    Attributes:
        generated: mean distance (1 - cosine) of two generated images' embeddings.
        real: likewise of two real ones.
        vendi_generated: Vendi score (Friedman and Dieng 2023), the effective number of different images among `n`.
        vendi_real: likewise.
        n: images that both Vendi scores are about.
    """

    generated: Measurement
    real: Measurement
    vendi_generated: float | None
    vendi_real: float | None
    n: int


@dataclass(frozen=True)
class Copies:
    """How many generated images are copies or near-copies of real ones.

    Attributes:
        share: copies and near-copies of training images among the generated ones.
        expected: the same share among held-out real images, which nobody copied.
        copies: the picture itself, turned, mirrored, cut, framed or compressed again.
        near: nearer to a training image than all but a few held-out real images are.
        near_test: copies and near-copies of images outside train; those must not be trained on.
    """

    share: Measurement
    expected: Measurement
    copies: int
    near: int
    near_test: int


@dataclass(frozen=True)
class FidelityRow:
    """One class of one generator.

    Attributes:
        generator: its name; "all" for all generators together.
        name: of the class; "all" for all classes together.
        real: real images.
        generated: generated images.
        scores: kid, fid (the kind that `FidelityEvidence.fid_kind` names), fid_full, precision, recall, density,
            coverage, by these words.
        diversity: None where there are too few images.
        copies: None without generated images.
        statements: sentences about what could not be measured and why.
    """

    generator: str
    name: str
    real: int
    generated: int
    scores: dict[str, FidelityScore]
    diversity: Diversity | None
    copies: Copies | None
    statements: tuple[str, ...] = ()

    def value(self, score: str) -> float | None:
        """The number of one of the scores; None where there is none."""
        entry = self.scores.get(score)
        return None if entry is None else entry.value


@dataclass(frozen=True)
class Pair:
    """A generated image and the real image that it is too near to.

    Attributes:
        kind: "copy", "near-copy", or "nearest" where it is not too near.
        generated_id, generated_path: the generated image.
        generator, name: its generator and class; a held-out real image has no generator.
        real_id, real_path, real_split: the real image.
        orientation: what has to be done to the real image to lay it on the generated one, e.g. "as it is".
        bits: in which the perceptual hashes differ, 0 to 64.
        pixels: 1 - correlation of both as small grey pictures, but for what all real ones share, in that orientation.
        embedding: 1 - cosine of the embeddings, neither turned.
        by: which of these was too near: "pixels", "hash", "embedding", joined by commas, after "same" where it is the
            same picture, cut, framed or scaled; of what is not too near, by which it is the nearest.
    """

    kind: str
    generated_id: str
    generated_path: str
    generator: str
    name: str
    real_id: str
    real_path: str
    real_split: str
    orientation: str
    bits: int
    pixels: float
    embedding: float
    by: str


@dataclass(frozen=True)
class Cutoffs:
    """From where on a generated image is too near to a real one.

    Attributes:
        held_out: held-out real images that the cut-offs were read from.
        share: of those that may be as near.
        bits: of the perceptual hash; -1 where the hash tells nothing apart.
        pixels: 1 - correlation; negative likewise.
        embedding: 1 - cosine; negative likewise.
    """

    held_out: int
    share: float
    bits: int
    pixels: float
    embedding: float


@dataclass(frozen=True)
class Nearness:
    """How near the pictures of one kind come to their nearest training image.

    Attributes:
        generator: who made them; "" for held-out real images, which nobody copied.
        n: pictures.
        pixels: the smallest, the 5, 10, … 95 % quantiles and the largest of 1 - correlation, as `Pair.pixels`.
        embedding: likewise of 1 - cosine.
    """

    generator: str
    n: int
    pixels: tuple[float, ...]
    embedding: tuple[float, ...]


@dataclass(frozen=True)
class Shortcut:
    """What tells the files of both sides apart without a look at what they show.

    Attributes:
        what: "format", "size", "bytes per pixel", "JPEG quantisation", "colour", "enlarged".
        real: what real files have, in words.
        generated: likewise.
        told_apart: share of pairs that this alone puts into order, 0.5 for none; None where it is no number.
        sentence: what it means.
    """

    what: str
    real: str
    generated: str
    told_apart: float | None
    sentence: str


@dataclass(frozen=True)
class FidelityEvidence:
    """How near generated images come to real ones, and how much of them is merely copied.

    Attributes:
        extractor: of the features, with size and resize: "tf_efficientnet_lite0@64".
        fid_kind: the full name of the FID that is logged, one kind for all rows of a record.
        class_names: the classes of the dataset.
        generators: names of the generators.
        against: splits of the real images that distances are measured to; never test.
        rows: all classes together first, for all generators together and for each.
        pairs: generated images too near to a training image, the nearest first.
        exclude: generated images too near to an image outside train.
        cutoffs: from where on an image is too near.
        shortcuts: differences of the files.
        excluded: (path, reason) of generated files that cannot be used.
        notes: sentences about the whole.
        real_digest: of the real manifest.
        generated_digest: of the generated one.
        confidence: level of the intervals.
        seed: of resampling.
        closest: for held-out real images and for each generator, those that come nearest to a training image.
        nearness: of each of them, how near all come.
    """

    extractor: str
    fid_kind: str
    class_names: tuple[str, ...]
    generators: tuple[str, ...]
    against: tuple[str, ...]
    rows: tuple[FidelityRow, ...]
    pairs: tuple[Pair, ...]
    exclude: tuple[Pair, ...]
    cutoffs: Cutoffs
    shortcuts: tuple[Shortcut, ...]
    excluded: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    real_digest: str
    generated_digest: str
    confidence: float = 0.95
    seed: int = 0
    closest: tuple[Pair, ...] = ()
    nearness: tuple[Nearness, ...] = ()

    def row(self, name: str = ALL, generator: str | None = None) -> FidelityRow | None:
        """The row of a class and a generator; None where there is none.

        Args:
            name: of the class, or "all".
            generator: its name; None for all together, which is the only one where there is only one.
        """
        wanted = generator or (ALL if len(self.generators) != 1 else self.generators[0])
        return next((row for row in self.rows if (row.name, row.generator) == (name, wanted)), None)

    def flat(self) -> dict[str, float | None]:
        """The main numbers by their logged names: `synthetic/kid/<class>`, with several generators each one's too."""
        metrics: dict[str, float | None] = {"synthetic/excluded": float(len(self.exclude))}
        several = len(self.generators) > 1
        for row in self.rows:
            where = row.name if row.generator == ALL or not several else f"{row.generator}/{row.name}"
            for word in ("kid", "fid", "precision", "recall", "density", "coverage"):
                metrics[f"synthetic/{word}/{where}"] = row.value(word)
            metrics[f"synthetic/copies/{where}"] = row.copies.share.value if row.copies else None
        return {name: value for name, value in metrics.items() if value is not None}

    def tags(self) -> dict[str, str]:
        """What the logged numbers must not be read without."""
        return {"assay.synthetic.extractor": self.extractor, "assay.synthetic.fid": self.fid_kind}

    def save(self, path: Path) -> None:
        """Write one JSON file, whole or not at all."""
        save_record(path, self, schema=SCHEMA_VERSION)

    @classmethod
    def load(cls, path: Path) -> FidelityEvidence:
        """Read what `save` wrote.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, cls, "fidelity evidence", schema=SCHEMA_VERSION)
