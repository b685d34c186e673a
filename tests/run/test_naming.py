"""What runs are called and what their note says."""

from __future__ import annotations

import pytest

from assay.config.compose import compose
from assay.evaluation.evidence import Evidence
from assay.run.naming import run_name
from assay.run.note import note
from finished import Finished


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        ([], "tf_efficientnet_lite0 head_only seed=0"),
        (["data=folder", "data.root=photos", "model=baseline_cnn", "finetune=full"], "baseline_cnn full seed=0"),
        (["finetune=last_layers", "loss=focal", "seed=3"], "tf_efficientnet_lite0 last_layers loss=focal seed=3"),
        (["optimizer.lr=3e-4", "trainer.accelerator=cpu"], "tf_efficientnet_lite0 head_only lr=3e-4 seed=0"),
        (
            ["calibration.seed=1", "data.split.seed=2", "aug=[strong,mixup]"],
            "tf_efficientnet_lite0 head_only calibration.seed=1 data.split.seed=2 aug=[strong,mixup] seed=0",
        ),
        (["ood/detector=knn", "+name='my run'"], "my run"),
    ],
)
def test_a_name_says_what_differs(overrides: list[str], name: str) -> None:
    composed = [word for word in overrides if not word.startswith("data.split.seed")]
    assert run_name(compose(composed), overrides) == name


def test_a_long_value_does_not_make_a_long_name() -> None:
    name = run_name(compose(), ["loss=focal", f"data.classes=[{','.join(f'class{n}' for n in range(99))}]"])
    assert name == "tf_efficientnet_lite0 head_only loss=focal classes=[class0,class1,class2,c… seed=0"


def test_a_note_has_three_lines_with_the_headline_and_its_interval(finished_run: Finished) -> None:
    evidence = Evidence.load(finished_run.folder / "evidence.json")
    macro_f1 = evidence.metrics["macro_f1"]
    headline, made_of, report = note(evidence, finished_run.run_id, "baseline_cnn; 120 images").split("\n\n")
    assert f"**Macro-F1 {macro_f1.value:.3f} ({macro_f1.low:.3f} to {macro_f1.high:.3f})" in headline
    assert f"on {evidence.n} images of test, 95% intervals" in headline
    assert made_of == "baseline_cnn; 120 images"
    assert f"assay report {finished_run.run_id[:8]}" in report
