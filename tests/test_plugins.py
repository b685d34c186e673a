"""A package of a user's own: each thing that can be added is one file and one option, found without a fork."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.config.check import check
from assay.config.compose import compose, groups, looking_in
from assay.config.plugins import plugins
from assay.config.recipe import read_recipe, recipes
from assay.config.targets import build
from assay.config.traits import trait
from assay.errors import ConfigError, DataError
from assay.evaluation.catalogue import metric
from assay.evaluation.evaluate import evaluate
from assay.gate.gate import Gate
from assay.gate.settings import TARGET as GATE
from assay.gate.settings import GateSettings
from assay.postprocess.calibration import CALIBRATORS, Auto, NoCalibration, calibrator_from_state
from assay.postprocess.ood.files import load_rule, save_rule
from assay.postprocess.ood.methods import fit_panel, panel
from assay.postprocess.ood.two_stage import TwoStage
from assay.postprocess.reject import REJECT_RULES, reject_rule_from_state
from assay.predictor.predictor import Predictor
from assay.run.learning import build_loss, build_sampler
from assay.run.network import build_network
from assay.run.robustness import trained_on

Installed = Callable[..., str]

CALIBRATOR = """
from typing import Annotated, Any, ClassVar, Self
from assay.config.bounds import Above
from assay.postprocess.calibration import Calibrator

class Softened(Calibrator):
    method: ClassVar[str] = "softened"
    changes_answers: ClassVar[bool] = False
    auto_rank: ClassVar[int | None] = 10

    def __init__(self, by: Annotated[float, Above(0)] = 2.0) -> None:
        self.by = by

    def learn(self, predictions): self.n_ = len(predictions)
    def transform(self, logits): return logits / self.by
    def state(self): return {"method": self.method, "by": self.by}

    @classmethod
    def from_state(cls, state): return cls(state["by"])

class Silent(Softened):
    method: ClassVar[str] = "silent"
    changes_answers = bool(1)
"""
DETECTOR = """
from typing import ClassVar
from assay.postprocess.ood.detector import LogitDetector

class Flat(LogitDetector):
    method: ClassVar[str] = "flat"

    def __init__(self, scale: float = 1.0) -> None: self.scale = scale
    def _score(self, embeddings, logits): return -self.scale * (logits.max(axis=1) - logits.min(axis=1))
    def state(self): return {"method": self.method, "scale": self.scale}

    @classmethod
    def from_state(cls, state): return cls(state["scale"])
"""
REJECT = """
from typing import ClassVar
from assay.postprocess.reject import RejectRule

class AtLeastSure(RejectRule):
    method: ClassVar[str] = "at_least_sure"
    guarantees_risk: ClassVar[bool] = False

    def __init__(self, sure: float = 0.5) -> None: self.sure = sure
    def choose(self, confidence, wrong): return self.sure
    def settings(self): return {"sure": self.sure}
"""
TRAINING = """
from typing import Annotated, ClassVar
import numpy as np
from torch import nn
from torch.nn import functional
from assay.augment.policy import ImageStep
from assay.config.bounds import Above
from assay.data.sampler.class_sampler import ClassSampler
from assay.models.backbone import Backbone

class Gentle(nn.Module):
    corrects_frequencies: ClassVar[bool] = False

    def __init__(self, sharpness: Annotated[float, Above(0)] = 1.0, *, labels=None, classes=None) -> None:
        super().__init__()
        self.sharpness = sharpness

    def forward(self, logits, targets): return functional.cross_entropy(self.sharpness * logits, targets)

class Quiet(Gentle):
    corrects_frequencies = len("x") < 0

class Cube(ClassSampler):
    def class_shares(self, counts): return np.cbrt(counts) / np.cbrt(counts).sum()

class Darken(ImageStep):
    trains_on: ClassVar[tuple[str, ...]] = ("brightness",)

    def __init__(self, *, most: float = 0.3) -> None: self.most = most
    def __call__(self, view, rng): return (view * (1 - self.most * rng.random())).astype(np.uint8)

class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 5, stride=4)
        self.pool = nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def forward(self, pictures): return self.pool(self.stem(pictures))

def tiny_net(name: str, weights: str = "none", *, image_size: int | None = None, width: int = 12) -> Backbone:
    half = (0.5, 0.5, 0.5)
    return Backbone(Net(width), name=name, embedding_dim=width, mean=half, std=half)

def dangerous(name: str, weights: str = "none", *, image_size: int | None = None):
    raise RuntimeError("a saved folder called what is no backbone")
"""
METRIC = """
import numpy as np
from assay.evaluation.metric_entry import GROUPS, MetricEntry
from assay.evaluation.metrics.family import MetricFamily

class Doubt(MetricFamily):
    entries = (
        MetricEntry("PACKAGE_doubt", "Doubt", "share of images answered below one half", "lower", GROUPS[0],
                    scale=(0.0, 1.0), pages={"mlflow": 90, "terminal": 90}),
    )

    def __init__(self, sample):
        self.rows = (sample.log_probabilities.max(axis=1) < np.log(0.5)).astype(np.float32)[None]

    def exact(self): return {"PACKAGE_doubt": float(self.rows.mean())}
    def resampled(self, sums, total): return {"PACKAGE_doubt": sums[0] / total}
"""
CHECK = """
from dataclasses import dataclass
from typing import Annotated
from assay.config.bounds import Between
from assay.gate.check import Check, Finding

@dataclass(frozen=True)
class Enough(Check):
    share: Annotated[float, Between(0, 1)]

    @property
    def asked(self): return f"at least {self.share:.0%} of something"

    def evaluate(self, case): return Finding(True, "enough")
"""
FILES = {
    "calibration.py": CALIBRATOR,
    "detector.py": DETECTOR,
    "reject.py": REJECT,
    "training.py": TRAINING,
    "metric.py": METRIC,
    "gate_check.py": CHECK,
    "conf/calibration/softened.yaml": "# Logits over a number.\n_target_: PACKAGE.calibration.Softened\nby: 2.0\n",
    "conf/calibration/silent.yaml": "# Says nothing.\n_target_: PACKAGE.calibration.Silent\nby: 2.0\n",
    "conf/ood/detector/flat.yaml": "# How flat logits are.\n_target_: PACKAGE.detector.Flat\nscale: 1.0\n",
    "conf/reject/at_least_sure.yaml": "# A bound.\n_target_: PACKAGE.reject.AtLeastSure\nsure: 0.5\n",
    "conf/loss/gentle.yaml": "# Cross-entropy.\n_target_: PACKAGE.training.Gentle\nsharpness: 1.0\n",
    "conf/loss/quiet.yaml": "# Says nothing of use.\n_target_: PACKAGE.training.Quiet\nsharpness: 1.0\n",
    "conf/sampler/cube.yaml": ("# Cube roots.\ndefaults: [_common]\n_target_: PACKAGE.training.Cube\nstart_epoch: 0\n"),
    "conf/aug/darken.yaml": "# Darker.\nsteps:\n  darken:\n    _target_: PACKAGE.training.Darken\n    most: 0.3\n",
    "conf/model/tiny_net.yaml": (
        "# A net of one layer.\n_target_: PACKAGE.training.tiny_net\nname: tiny_net\nweights: none\nwidth: 12\n"
    ),
    "conf/gate/enough.yaml": (
        "# Enough.\nchecks:\n  enough:\n    _target_: PACKAGE.gate_check.Enough\n    share: 0.5\n"
    ),
}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Installed:
    """Installs a package as pip leaves it: its folder and its dist-info; gives its name."""

    def install(files: dict[str, str] = FILES, *, names: str | None = None) -> str:
        package = f"orchard_{abs(hash(request.node.nodeid)) % 10**8}"
        for name, content in {"__init__.py": "", **files}.items():
            path = tmp_path / "site" / package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(content).replace("PACKAGE", package), encoding="utf-8")
        about = tmp_path / "site" / f"{package}-1.2.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
        (about / "entry_points.txt").write_text(f"[assay.plugins]\norchard = {names or package}\n")
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        return package

    return install


def uninstall(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if not (Path(entry) / package).is_dir()])


def test_options_of_a_plug_in_are_composed_checked_and_hinted_at_without_importing_it(installed: Installed) -> None:
    package = installed()
    assert "softened" in groups()["calibration"]
    check(compose(["calibration=softened", "loss=gentle", "sampler=cube", "aug=[standard,darken]"]))
    check(compose(["model=tiny_net", "finetune=full"]))
    for words, message in (
        (["calibration=softend"], "did you mean softened"),
        (["calibration=softened", "calibration.by=0"], "calibration.by: must be above 0"),
        (["calibration=softened", "calibration.by=much"], "calibration.by: must be float"),
        (["loss=gentle", "++loss.sharpnes=2"], "did you mean sharpness"),
        (["loss=gentle", f"loss._target_={package}.training.Gentler"], "does not exist"),
        (["loss=gentle", f"loss._target_={package}.training.np.array"], "does not exist"),
    ):
        with pytest.raises(ConfigError, match=message):
            check(compose(words))
    assert not [name for name in sys.modules if name.startswith(package)]


def test_a_package_without_the_entry_point_is_not_allowed(installed: Installed, monkeypatch, tmp_path) -> None:
    package = installed()
    uninstall(monkeypatch, package)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    (tmp_path / "site" / f"{package}-1.2.dist-info" / "entry_points.txt").unlink()
    assert plugins() == () or package in [plugin.package for plugin in plugins()]  # cached for the same path
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigError, match=f"{package}.training.Gentle is not allowed.*entry point assay.plugins"):
        check(compose([f"loss._target_={package}.training.Gentle"]))
    with pytest.raises(ConfigError, match="is not allowed"):
        build({"_target_": f"{package}.training.Gentle"})


@pytest.mark.parametrize("names", ["subprocess", "assay.files", "not_there_at_all"])
def test_an_entry_point_opens_no_module_of_python_or_assay(installed: Installed, names: str) -> None:
    package = installed(names=names)
    with pytest.raises(ConfigError, match=f"plug-in {package}: its"):
        plugins()


def test_an_option_does_not_stand_in_for_one_of_assay(installed: Installed) -> None:
    package = installed({"conf/loss/focal.yaml": "_target_: PACKAGE.Focal\n"})
    with pytest.raises(ConfigError, match=f"plug-in {package}: Assay has an option loss/focal.yaml; rename it"):
        groups()


def test_a_folder_of_options_beside_the_command_line_names_classes_of_the_package(
    installed: Installed, tmp_path: Path
) -> None:
    package = installed({"training.py": TRAINING})
    (tmp_path / "mine" / "loss").mkdir(parents=True)
    (tmp_path / "mine" / "loss" / "soft.yaml").write_text(f"_target_: {package}.training.Gentle\nsharpness: 0.5\n")
    with looking_in(str(tmp_path / "mine")):
        config = compose(["loss=soft"])
        with pytest.raises(ConfigError, match="did you mean soft"):
            compose(["loss=sofft"])
    check(config)
    assert config.loss.sharpness == 0.5


def test_a_calibrator_is_saved_found_again_compared_by_auto_and_missed_by_name(
    installed: Installed, simulate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = installed()
    calib = simulate(300, 3, split="calib")
    fitted = build(compose(["calibration=softened", "calibration.by=3"]).calibration).fit(calib)
    state = json.loads(json.dumps(CALIBRATORS.saved(fitted, fitted.state())))
    np.testing.assert_allclose(calibrator_from_state(state).transform(calib.logits), calib.logits / 3)
    assert fitted.fresh().by == 3
    assert fitted.in_graph() is None
    chosen = Auto().fit(calib)
    assert [entry["method"] for entry in chosen.candidates_][:4] == [
        "none",
        "temperature",
        "temperature_smoothed",
        "softened",
    ]
    uninstall(monkeypatch, package)
    with pytest.raises(DataError, match=rf"calibration=softened comes from the plug-in {package} 1.2.*pip install"):
        calibrator_from_state(state)
    assert isinstance(calibrator_from_state({"method": "none"}), NoCalibration)  # as versions before wrote it


def test_what_a_calibrator_says_about_answers_decides_whether_a_risk_can_be_guaranteed(installed: Installed) -> None:
    package = installed()
    check(compose(["reject=risk", "calibration=softened"]))
    assert trait(f"{package}.calibration.Silent", "changes_answers", unknown=True) is True
    with pytest.raises(ConfigError, match="reject=risk with a calibration that changes answers"):
        check(compose(["reject=risk", "calibration=silent"]))


def test_a_detector_joins_the_panel_and_is_found_again(
    installed: Installed, simulate: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = installed()
    assert [*panel()][-2:] == ["flat", "mahalanobis_raw"]
    config = compose(["ood/detector=flat", "ood.checks=null", "ood.detector.scale=2"])
    check(config)
    rule = build(config.ood).fit(simulate(200, 3, split="train"), simulate(200, 3, seed=1, split="calib"))
    save_rule(rule, tmp_path / "ood.safetensors")
    assert isinstance(rule, TwoStage)
    assert load_rule(tmp_path / "ood.safetensors").detector.state() == {"method": "flat", "scale": 2}
    uninstall(monkeypatch, package)
    with pytest.raises(DataError, match=rf"ood/detector=flat comes from the plug-in {package} 1.2"):
        load_rule(tmp_path / "ood.safetensors")


def test_a_reject_rule_is_found_again(installed: Installed, simulate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    package = installed()
    config = compose(["reject=at_least_sure", "reject.sure=0.7", "calibration=vector"])
    check(config)
    calib = simulate(200, 3, split="calib")
    rule = build(config.reject).fit(calib, np.full((200, 3), 1 / 3))
    state = json.loads(json.dumps(REJECT_RULES.saved(rule, rule.state())))
    assert reject_rule_from_state(state).threshold_ == 0.7
    uninstall(monkeypatch, package)
    with pytest.raises(DataError, match=rf"pip install {package}"):
        reject_rule_from_state(state)


def test_losses_and_samplers_say_whether_they_correct_and_silence_counts_as_correcting(installed: Installed) -> None:
    installed()
    check(compose(["loss=gentle", "sampler=cube"]))
    with pytest.raises(ConfigError, match="sampler=cube with loss=balanced_softmax: each of them corrects"):
        check(compose(["loss=balanced_softmax", "sampler=cube"]))
    with pytest.raises(ConfigError, match="loss=quiet is taken to correct because its class does not say"):
        check(compose(["loss=quiet", "sampler=weighted"]))
    labels = np.repeat([0, 1], [64, 8])
    sampler = build_sampler(compose(["sampler=cube"]), labels, lambda: pytest.fail("wants no embeddings"))
    np.testing.assert_allclose(sampler.expected_counts(), [48, 24])

    class Head:
        classes, scale = 2, 1.0

    assert build_loss(compose(["loss=gentle", "loss.sharpness=2"]), labels, Head()).sharpness == 2


def test_an_augmentation_says_what_it_trains_on(installed: Installed) -> None:
    installed()
    config = compose(["aug=[standard,robust,darken]"])
    check(config)
    assert trained_on(config) == ("jpeg", "gaussian_blur", "motion_blur", "occlusion", "brightness")


def test_a_metric_is_measured_and_in_the_catalogue(installed: Installed, simulate: Any) -> None:
    package = installed({"metric.py": METRIC})
    predictions = simulate(300, 4)
    evidence = evaluate({"test": predictions}, NoCalibration(), resamples=20)
    from assay.postprocess.softmax import softmax

    below = (softmax(predictions.logits).max(axis=1) < 0.5).mean()
    assert evidence.flat()[f"test/{package}_doubt"] == pytest.approx(below)
    assert metric(f"{package}_doubt").label == "Doubt"


def test_a_gate_of_a_plug_in_asks_its_own_check(installed: Installed) -> None:
    package = installed()
    assert "enough" in recipes("gate")
    values = read_recipe("gate", "enough", ["checks.enough.share=0.75"], GATE)
    assert Gate.of("enough", "", GateSettings(**values)).checks["enough"].asked == "at least 75% of something"
    with pytest.raises(ConfigError, match="must be from 0 to 1"):
        read_recipe("gate", "enough", ["checks.enough.share=2"], GATE)
    with pytest.raises(ConfigError, match="is no check"):
        Gate.of("mine", "", GateSettings({"x": {"_target_": f"{package}.training.dangerous", "name": "x"}}))


def saved_predictor(folder: Path) -> None:
    from assay.data.preprocessing import Preprocessing

    network = build_network(compose(["model=tiny_net", "model.width=9", "data.image_size=32"]), 3).eval()
    preprocessing = Preprocessing(size=32)
    Predictor(network, preprocessing, ("a", "b", "c"), folder / "cache").save(folder)


def test_a_backbone_is_saved_built_anew_and_missed_by_name(
    installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = installed()
    saved_predictor(tmp_path / "model")
    again = Predictor.load(tmp_path / "model", cache_dir=tmp_path / "cache")
    assert again.network.backbone.embedding_dim == 9
    again.save(tmp_path / "again")
    twice = Predictor.load(tmp_path / "again", cache_dir=tmp_path / "cache")
    assert twice.network.backbone.digest == again.network.backbone.digest
    about = json.loads((tmp_path / "model" / "predictor.json").read_text())
    about["backbone_origin"]["target"] = f"{package}.training.dangerous"
    (tmp_path / "model" / "predictor.json").write_text(json.dumps(about))
    with pytest.raises(DataError, match="dangerous comes from the plug-in"):
        Predictor.load(tmp_path / "model", cache_dir=tmp_path / "cache")
    uninstall(monkeypatch, package)
    with pytest.raises(DataError, match=f"pip install {package}"):
        Predictor.load(tmp_path / "model", cache_dir=tmp_path / "cache")


def test_the_panel_is_fitted_with_it(installed: Installed, simulate: Any) -> None:
    installed({"detector.py": DETECTOR})
    from dataclasses import replace

    train = simulate(60, 3, split="train")
    train = replace(train, embeddings=np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32))
    assert "flat" in fit_panel(train)


@pytest.mark.slow
def test_a_training_with_everything_from_a_plug_in_is_measured_and_loads_again(
    installed: Installed, photos: Path, store_in: Callable[[Path], Path], tmp_path: Path, monkeypatch
) -> None:
    from assay.run.train import train

    package = installed()
    monkeypatch.chdir(store_in(tmp_path / "store"))
    words = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.image_size=48", f"data.root={photos}"]
    words += [f"tracking.uri=sqlite:///{tmp_path}/store/mlflow.db", f"tracking.artifacts={tmp_path}/store/artifacts"]
    words += ["model=tiny_net", "loss=gentle", "sampler=cube", "aug=[standard,darken]", "calibration=softened"]
    words += ["reject=at_least_sure", "ood/detector=flat", "finetune=full", "finetune.epochs=1"]
    config = compose(words)
    check(config)
    outcome = train(config)
    assert f"test/{package}_doubt" in outcome.evidence.flat()
    again = Predictor.load(outcome.folder / "model", cache_dir=tmp_path / "cache")
    assert (again.calibrator.method, again.reject.method, again.ood.detector.method) == (
        "softened",
        "at_least_sure",
        "flat",
    )
