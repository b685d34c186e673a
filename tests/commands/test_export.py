"""`assay export` on a small run, through the real door and a real MLflow store."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from assay.commands.export import COMMAND as EXPORT
from assay.config.compose import compose
from assay.data.manifest import Manifest
from assay.deploy.bundle.answering import predict_files
from assay.deploy.bundle.parity import in_order_of
from assay.deploy.bundle.settings import Int8Settings
from assay.deploy.export.bundle import sealed_files
from assay.deploy.export.export import Exported, bundle_of, export
from assay.deploy.export.exported_form import ExportedForm
from assay.deploy.export.int8 import make_int8
from assay.deploy.graph.onnx_format import backbone_onnx, normalised_onnx
from assay.deploy.graph.onnx_inspect import constants
from assay.errors import BundleError, ConfigError
from assay.evaluation.record import load_record
from assay.files import sha256_of_file
from assay.predictions import Predictions
from assay.predictor import Predictor
from assay.run.recorded_run import RecordedRun
from finished import Finished

HUGE = 1000.0


class Detours(nn.Module):
    """A backbone behind pairs of convolutions that change nothing, the second one of each with weights 1000 and 1.

    The large ones meet a channel that is always 0. In 8 bits they leave a step of 8 to the others, which vanish.
    """

    def __init__(self, backbone: nn.Module, count: int) -> None:
        super().__init__()
        self.embedding_dim, self.passes = backbone.embedding_dim, backbone.passes
        pairs = []
        for _ in range(count):
            there, back = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 3, 1)
            with torch.no_grad():
                for conv in (there, back):
                    conv.weight.zero_()
                    conv.bias.zero_()
                    conv.weight[torch.arange(3), torch.arange(3)] = 1.0
                back.weight[:, 3] = HUGE
            pairs += [there, back]
        self.detours, self.backbone = nn.Sequential(*pairs), backbone

    def forward(self, pictures: Tensor) -> Tensor:
        return self.backbone(self.detours(pictures))


class Run(Finished):
    def exported(self, *words: str) -> Exported:
        return export(*EXPORT.parse([f"run={self.run_id[:8]}", *self.store, *words]))

    @property
    def record(self):
        from assay.config.targets import build

        return build(compose([*self.store]).tracking).find(self.run_id)

    @property
    def test(self) -> Manifest:
        return Manifest.load(self.folder / "manifest.parquet").only("test")


@pytest.fixture(scope="module")
def finished(finished_run: Finished, tmp_path_factory: pytest.TempPathFactory) -> Run:
    own = finished_run.copied(tmp_path_factory.mktemp("exported"))
    return Run(own.root, own.run_id)


@pytest.fixture(scope="module")
def exported(finished: Run) -> Exported:
    every = "formats=[onnx,int8,torchscript,torch_export]"
    return finished.exported(every, "serve=int8", "int8.images=32", "int8.max_loss=0.5")


@pytest.mark.slow
def test_every_form_says_what_the_float_model_said_and_is_listed_with_how_far(finished: Run, exported: Exported):
    formats = {**exported.bundle.about.formats, **exported.others}
    assert set(formats) == {"onnx", "int8", "torchscript", "torch_export"}
    for name, form in formats.items():
        assert form.parity.n == len(finished.test)
        if name != "int8":
            assert form.parity.agreement == 1
            assert form.parity.largest_difference < 0.02


@pytest.mark.slow
def test_a_bundle_that_serves_int8_holds_what_int8_said_and_answers_so(finished: Run, exported: Exported):
    bundle = exported.bundle
    assert bundle.about.serves == "int8"
    now = bundle.predictions(finished.test)
    np.testing.assert_allclose(now.logits, bundle.measured.logits, atol=1e-3)
    measured = Predictions.load(finished.folder / "predictions/test.parquet")
    assert np.abs(now.logits - measured.logits).max() > 1e-3
    parity = bundle.about.formats["int8"].parity
    assert bundle.evidence.metrics["macro_f1"].value == pytest.approx(parity.macro_f1)
    assert "the form that is served, int8" in bundle.evidence.notes[0]
    answer = bundle.predict([finished.test.paths[0]])[0]
    expected = bundle.predictor.probabilities(bundle.measured)[list(bundle.measured.ids).index(finished.test.ids[0])]
    np.testing.assert_allclose(answer.probabilities, expected, atol=1e-3)


@pytest.mark.slow
def test_the_head_of_int8_is_nearer_to_the_float_model_than_the_head_that_was_trained(
    finished: Run, exported: Exported
):
    train = Manifest.load(finished.folder / "manifest.parquet").only("train")
    served = exported.bundle.answerer("int8")
    said = predict_files(served.raw_predictions, train, served.samples)
    expected = in_order_of(Predictions.load(finished.folder / "predictions/train.parquet"), said).logits
    with torch.no_grad():
        plain = exported.bundle.float_predictor.network.head(torch.from_numpy(said.embeddings)).numpy()
    assert np.square(said.logits - expected).mean() < 0.9 * np.square(plain - expected).mean()


@pytest.mark.slow
def test_forms_that_hold_code_lie_beside_the_bundle_with_their_digests(finished: Run, exported: Exported):
    from assay.deploy.bundle.exports import ABOUT, Exports

    said = load_record(finished.folder / "exports" / ABOUT, Exports, "list of exports", schema=1)
    assert set(said.sha256) == {"model.ts", "model.pt2"}
    for name, digest in said.sha256.items():
        assert sha256_of_file(finished.folder / "exports" / name) == digest
    assert not [name for name in exported.bundle.about.files if name.endswith((".ts", ".pt2"))]
    assert "legacy" in said.formats["torchscript"].notes[0]


@pytest.mark.slow
def test_forms_that_hold_code_are_opened_by_a_benchmark_only_as_they_were_exported(finished: Run, exported: Exported):
    from assay.deploy.benchmark.bench import _beside

    folder = finished.folder / "exports"
    assert _beside(finished.record) == ({"torchscript": folder / "model.ts", "torch_export": folder / "model.pt2"}, [])
    for name in ("model.pt2", "exports.json"):
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(before + b" ")
        try:
            files, remarks = _beside(finished.record)
        finally:
            (folder / name).write_bytes(before)
        assert (files, len(remarks)) == ({}, 1)
        assert f"{name}: is not what was exported" in remarks[0]


@pytest.mark.slow
def test_a_bundle_answers_in_a_fresh_process_without_network_and_without_unpickling(
    finished: Run, exported: Exported, tmp_path: Path
):
    program = f"""
import pickle, socket
def refuse(*_, **__): raise RuntimeError("not here")
import assay, torch, onnxruntime
pickle.load = pickle.loads = pickle.Unpickler = socket.socket.connect = socket.create_connection = refuse
torch.load = refuse
from pathlib import Path
from assay.deploy.bundle.bundle import Bundle
bundle = Bundle.open(Path({str(exported.folder)!r}), cache_dir=Path({str(tmp_path)!r}))
print(bundle.predict([Path({str(finished.test.paths[0])!r})])[0].label)
print(bundle.answerer("float").answer(Path({str(finished.test.paths[0])!r})).label)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert said.returncode == 0, said.stderr
    assert set(said.stdout.split()) <= set(exported.bundle.about.class_names)


@pytest.mark.slow
def test_the_bundle_that_is_there_is_taken_and_one_of_other_files_is_not(finished: Run, exported: Exported):
    config = compose([*finished.store])
    record = finished.record
    assert bundle_of(config, record._store, record).digest == exported.bundle.digest
    assert record.tags["assay.sha256.bundle.json"] == exported.bundle.digest


@pytest.mark.slow
def test_a_graph_of_other_weights_is_caught_by_what_it_says(finished: Run, exported: Exported, tmp_path: Path):
    from assay.deploy.export.formats import _float_onnx
    from assay.deploy.graph.onnx_format import answering_onnx, joined_onnx, write_onnx

    predictor = exported.bundle.float_predictor
    shutil.copytree(exported.bundle.folder / "predictor", tmp_path / "predictor")
    with torch.no_grad():
        weight = predictor.network.head.linear.weight
        weight.copy_(-weight)
        answering = answering_onnx(
            predictor.network.head, predictor.network.backbone.embedding_dim, predictor.calibrator
        )
        weight.copy_(-weight)
    parts = normalised_onnx(predictor.network, predictor.preprocessing), backbone_onnx(predictor.network, 32), answering
    write_onnx(joined_onnx(*parts), tmp_path / "onnx" / "model.onnx")
    measured = Predictions.load(finished.folder / "predictions/test.parquet")
    manifest = Manifest.load(finished.folder / "manifest.parquet")
    with pytest.raises(BundleError, match="does not say what the weights say"):
        _float_onnx(predictor, measured, manifest, tmp_path / "onnx" / "model.onnx")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["evidence.json", "model/model.safetensors", "predictions/test.parquet"])
def test_a_run_whose_files_are_not_what_it_measured_is_refused_with_the_files_name(finished: Run, name: str):
    file = finished.folder / name
    before = file.read_bytes()
    file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    try:
        with pytest.raises(BundleError, match=f"{name} is not what the run measured"):
            finished.exported("formats=[]")
    finally:
        file.write_bytes(before)


def quantized(finished: Run, folder: Path, *, detours: int) -> tuple[ExportedForm, set[str]]:
    """The run's model with so many detours in INT8, and the names of the convolutions that suffer."""
    files = sealed_files(finished.record)
    for name in ("model.safetensors", "predictor.json", "ood.safetensors"):
        if f"model/{name}" in files:
            (folder / "predictor").mkdir(exist_ok=True)
            shutil.copy(files[f"model/{name}"], folder / "predictor" / name)
    predictor = Predictor.load(folder / "predictor", cache_dir=folder)
    network = predictor.network
    network.backbone = Detours(network.backbone, detours)
    pictures, backbone = (
        normalised_onnx(network, predictor.preprocessing),
        backbone_onnx(network, predictor.preprocessing.size),
    )
    large = {name for name, one in constants(backbone).items() if np.abs(numpy_helper.to_array(one)).max() == HUGE}
    suffering = {node.name for node in backbone.graph.node if large & set(node.input)}
    manifest, measured = Manifest.load(files["manifest.parquet"]), Predictions.load(files["predictions/test.parquet"])
    settings = Int8Settings(images=32, max_loss=0.1, float_share=0.0)
    return make_int8(finished.record, manifest, predictor, measured, pictures, backbone, folder, settings), suffering


@pytest.mark.slow
def test_the_layer_that_int8_hurts_is_found_kept_in_float_and_named(finished: Run, tmp_path: Path) -> None:
    made, suffering = quantized(finished, tmp_path, detours=1)
    described = made.described
    assert len(suffering) == 1
    assert described.kept_in_float[:1] == tuple(suffering)
    assert len(described.kept_in_float) <= 4  # two rounds of the search at most, of six convolutions
    assert (described.verdict, described.parity.loss <= 0.1, made.answerer is not None) == ("ok", True, True)


@pytest.mark.slow
def test_int8_that_loses_too_much_whatever_is_kept_is_refused_and_leaves_no_file(
    finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.deploy.export.int8.MOST_KEPT", 2)
    made, suffering = quantized(finished, tmp_path, detours=3)
    described = made.described
    assert (len(suffering), len(described.kept_in_float)) == (3, 2)
    assert (described.verdict, described.file, made.answerer) == ("refused", "", None)
    assert "more than int8.max_loss=0.1" in described.why
    assert not (tmp_path / "int8").exists()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("serve=int4", r"serve: must be float or onnx or int8, got 'int4'"),
        ("formats=[onxx]", r"formats: must be a list of onnx or int8 or torchscript or torch_export, got \['onxx'\]"),
        ("int8.images=3", "int8.images: must be a whole number of 8 or more, got '3'"),
        ("int8.max_los=1", "did you mean int8.max_loss"),
        ("model=resnet18", "exported as it was trained"),
        ("onnx", "cannot be understood"),
    ],
)
def test_a_word_that_cannot_be_is_refused(word: str, said: str):
    with pytest.raises(ConfigError, match=said):
        EXPORT.parse(["run=3f2a", word])


def test_a_run_has_to_be_named():
    with pytest.raises(ConfigError, match="run: a value is needed"):
        EXPORT.parse(["formats=[onnx]"])


@pytest.mark.slow
def test_the_form_that_is_served_has_every_part_of_evidence_and_onnx_says_what_the_float_model_said(
    finished: Run, exported: Exported
):
    own = RecordedRun(finished.record).evidence
    onnx, int8 = finished.exported("serve=onnx", "formats=[onnx]").bundle.evidence, exported.bundle.evidence
    for name in ("robustness", "memorisation", "ood", "cost", "reject"):
        assert getattr(own, name) is not None, name
        assert getattr(onnx, name) is not None, name
        assert getattr(int8, name) is not None, name
    for level, float_level in zip(onnx.robustness.levels, own.robustness.levels, strict=True):
        assert (level.corruption, level.severity) == (float_level.corruption, float_level.severity)
        assert level.accuracy.value == pytest.approx(float_level.accuracy.value, abs=1 / len(finished.test))
    assert onnx.memorisation == own.memorisation
    assert int8.memorisation.epochs == own.memorisation.epochs
    assert [row.draws_mean for row in int8.memorisation.classes] == [row.draws_mean for row in own.memorisation.classes]


def test_who_names_no_form_gets_onnx_and_nothing_deprecated() -> None:
    request, _ = EXPORT.parse(["run=3f2a"])
    assert (list(request.settings.formats), request.settings.serve) == (["onnx"], "float")
