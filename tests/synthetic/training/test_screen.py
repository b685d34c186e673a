"""Screening and decisions on evidence made by hand: nothing is kept unless everything that is asked is there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from assay.comparison import Claim
from assay.data.manifest import COLUMNS, Manifest
from assay.measurement import Measurement
from assay.synthetic.fidelity.record import Copies, Cutoffs, FidelityEvidence, FidelityRow, FidelityScore
from assay.synthetic.training.decision import Arm, SyntheticDecision, decide, decided_on
from assay.synthetic.training.limits import Limits
from assay.synthetic.training.screen import screen

NAMES = ("amber", "jade")
LIMITS = Limits(kid=dict.fromkeys(NAMES, 1.0), copies=0.05, fid={"inception_v3": 200.0}, images=20)


def row(name="jade", generator="gan", *, kid=(0.5, 0.4, 0.6), fid=150.0, copies=0.01, real=50, generated=40):
    def score(word, triple):
        value, low, high = triple or (None, None, None)
        said = "" if triple else f"no {word}"
        return FidelityScore(f"{word}[x]", Measurement(value, low, high, generated, "by hand"), statement=said)

    share = Measurement(copies, copies, copies, generated, "by hand")
    return FidelityRow(
        generator=generator,
        name=name,
        real=real,
        generated=generated,
        scores={"kid": score("kid", kid), "fid_full": score("fid", None if fid is None else (fid, None, None))},
        diversity=None,
        copies=None if copies is None else Copies(share, share, 0, 0, 0),
    )


def evidence(*rows: FidelityRow, extractor: str = "tf_efficientnet_lite0@64") -> FidelityEvidence:
    return FidelityEvidence(
        extractor=extractor,
        fid_kind=f"fid[{extractor}]",
        class_names=NAMES,
        generators=tuple(dict.fromkeys(one.generator for one in rows)),
        against=("train",),
        rows=rows,
        pairs=(),
        exclude=(),
        cutoffs=Cutoffs(0, 0.01, 4, 0.02, -1.0),
        shortcuts=(),
        excluded=(),
        notes=(),
        real_digest="r" * 64,
        generated_digest="g" * 64,
    )


def claim(verdict="not established", low: float | None = -0.05, high: float | None = 0.07, name="jade") -> Claim:
    value = None if low is None or high is None else (low + high) / 2
    return Claim(
        "f1", name, 0.5, 0.5, Measurement(value, low, high, 50, "by hand"), 0.1, 0.5, 1.0, "t", verdict,
        None, None, None, "",
    )  # fmt: skip


def images(n: int = 40) -> Manifest:
    table = pd.DataFrame({"id": [f"{i:03}" for i in range(n)], "path": [f"/{i}.png" for i in range(n)]}).assign(
        label=1, split="train", group="", source="", generator="gan", license="", width=8, height=8, format="PNG",
        phash=0, flags="",
    )  # fmt: skip
    return Manifest(table.reindex(columns=list(COLUMNS)).assign(group=table["id"]), NAMES)


def decided(one: FidelityRow, arms=None, limits=LIMITS, **about):
    arms = [Arm("generated_gan", claim())] if arms is None else arms
    decision, kept = decide(evidence(one, **about), images(), {("gan", "jade"): arms}, limits, study="ab")
    (found,) = [each for each in decision.rows if each.name == "jade"]
    return found.decision, found.reasons, kept


def test_images_with_nothing_against_them_and_nothing_missing_are_kept() -> None:
    decision, reasons, kept = decided(row())
    assert decision == "keep"
    assert "no significant loss" in reasons
    assert kept is not None
    assert len(kept) == 40


@pytest.mark.parametrize(
    ("one", "arms", "said"),
    [
        (row(kid=(1.5, 1.1, 2.0)), None, "KID 1.5 (1.1 to 2), significantly above 1"),
        (row(copies=0.05), None, "5.0% copies, not below 5.0%"),
        (row(), [Arm("a", claim("worse", -0.3, -0.1))], "a significant loss"),
        (row(), [Arm("a", claim()), Arm("b", claim("worse", -0.3, -0.1))], "in b, a significant loss"),
        (row(copies=None, kid=(1.5, 1.1, 2.0)), None, "significantly above"),
    ],
)
def test_one_thing_established_against_them_discards_them(one, arms, said) -> None:
    decision, reasons, kept = decided(one, arms)
    assert (decision, kept) == ("discard", None)
    assert said in reasons


@pytest.mark.parametrize(
    ("one", "arms", "said"),
    [
        (row(kid=None), None, "no kid"),
        (row(kid=(0.5, None, None)), None, "without an interval"),
        (row(copies=None), None, "copies were not looked for"),
        (row(), [], "no A/B"),
        (row(), [Arm("a", None)], "no A/B"),
        (row(), [Arm("a", claim("undefined", None, None))], "undefined in a"),
        (row(), [Arm("a", claim()), Arm("b", claim("undefined", None, None))], "undefined in b"),
        (row(real=5), None, "20 of each are needed"),
        (row(generated=19), None, "19 generated"),
        (row(real=0, kid=None), None, "0 real images"),
    ],
)
def test_what_is_missing_is_never_kept(one, arms, said) -> None:
    decision, reasons, kept = decided(one, arms)
    assert (decision, kept) == ("undecided", None)
    assert said in reasons


def test_a_kid_whose_interval_reaches_the_margin_is_not_established_above_it() -> None:
    assert decided(row(kid=(1.5, 0.9, 2.1)))[0] == "keep"
    assert decided(row(), limits=Limits(kid={}, copies=0.05))[0] == "undecided", "the class has no margin"
    assert decided(row(kid=None), limits=Limits(kid=None, copies=0.05))[0] == "keep", "nothing is asked about KID"


def test_fid_is_asked_of_its_extractor_alone() -> None:
    assert decided(row(fid=900.0))[0] == "keep", "another extractor's FID is on another scale"
    assert decided(row(fid=900.0), extractor="inception_v3@299")[0] == "discard"
    assert decided(row(fid=199.0), extractor="inception_v3@299")[0] == "keep"
    assert decided(row(fid=None), extractor="inception_v3@299")[0] == "undecided"


def test_a_loss_that_has_to_be_ruled_out_and_is_not_leaves_them_undecided() -> None:
    strict = Limits(kid=LIMITS.kid, copies=0.05, f1_loss=0.03)
    assert decided(row(), limits=strict)[0] == "undecided"
    assert decided(row(), [Arm("a", claim(low=-0.02))], limits=strict)[0] == "keep"


def test_screening_names_every_class_of_every_generator() -> None:
    found = screen(evidence(row(), row("amber"), row(generator="vae", copies=0.5)), LIMITS)
    assert [(one.generator, one.name, one.decision) for one in found] == [
        ("gan", "amber", "keep"), ("gan", "jade", "keep"), ("vae", "amber", "undecided"), ("vae", "jade", "discard"),
    ]  # fmt: skip


def test_a_kept_manifest_carries_its_review_only_as_it_was_kept(tmp_path: Path) -> None:
    decision, kept = decide(evidence(row()), images(), {("gan", "jade"): [Arm("a", claim())]}, LIMITS, study="ab")
    assert kept is not None
    kept.save(tmp_path / "kept.parquet")
    decision.save(tmp_path / "synthetic.json")
    assert SyntheticDecision.load(tmp_path / "synthetic.json") == decision
    path = tmp_path / "kept.parquet"
    assert decided_on(path, kept.digest, "r" * 64) == "keep gan/jade, by the A/B study ab"
    assert decided_on(path, kept.digest, "s" * 64).endswith("on other real images or splits")
    assert decided_on(path, images(39).digest, "r" * 64) == "", "another set was not decided about"
    assert decided_on(tmp_path, kept.digest, "r" * 64) == ""
    assert "| gan | jade | keep | 40 | 40 |" in decision.markdown()
