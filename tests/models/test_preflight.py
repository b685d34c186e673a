import os
import subprocess
import sys

import pytest
import timm
from timm.models import is_model

from assay.errors import ConfigError, WeightsError
from assay.models.preflight import check_model, timm_architectures

LIGHT = """
import sys
attempts = []
sys.addaudithook(lambda event, _: attempts.append(event) if event == "socket.connect" else None)
from assay.errors import AssayError
from assay.models.preflight import check_model
try:
    check_model(*sys.argv[1:])
except AssayError as error:
    print(error)
assert not {"torch", "timm"} & set(sys.modules)
print(f"asked {len(attempts)} times")
"""


def test_the_names_read_from_the_source_of_timm_are_those_that_it_registers():
    names = timm_architectures()
    assert set(timm.list_models()) <= names
    assert all(is_model(name) for name in names)


@pytest.mark.parametrize(
    ("name", "weights", "said"),
    [
        ("resnet5O", "pretrained", "did you mean resnet50"),
        ("resnet50", "somewhere/weights.pth", "there is no such file"),
        ("resnet50.a1_in1k", "pretrained", "Ways out"),
        ("resnet50", "hf-hub:somebody/birds", "Ways out"),
    ],
)
def test_what_is_wrong_is_said_without_importing_torch(name, weights, said):
    environment = os.environ | {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_CACHE": os.devnull}
    outputs = subprocess.run(
        [sys.executable, "-c", LIGHT, name, weights], env=environment, text=True, capture_output=True, check=True
    ).stdout
    assert said in outputs.splitlines()[0]
    assert outputs.splitlines()[-1] in {"asked 0 times", "asked 1 times"}, "nobody waits for a second attempt"


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("resnet50", "none"),
        ("tf_efficientnet_lite0", "pretrained"),
        ("tf_efficientnet_lite0.in1k", "pretrained"),
        ("baseline_cnn", "none"),
        ("vit_base_resnet50_384", "none"),
    ],
)
def test_what_needs_no_network_asks_for_none(hub, name, weights):
    check_model(name, weights)
    assert not hub.asked


def test_a_hub_that_answers_is_enough_for_weights_to_be_fetched_later(hub):
    check_model("resnet50", "pretrained")
    check_model("resnet50", "hf-hub:somebody/birds")
    assert len(hub.asked) == 2


def test_cached_weights_of_a_name_with_or_without_its_tag_ask_for_nothing(use_endpoint, tmp_path):
    use_endpoint("http://127.0.0.1:9")
    snapshot = tmp_path / "hub-cache" / "models--timm--resnet50.a1_in1k" / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "model.safetensors").touch()
    check_model("resnet50.a1_in1k", "pretrained")
    check_model("resnet50", "pretrained")
    for other in ("resnet50d", "resnet50.a2_in1k"):
        with pytest.raises(WeightsError, match="Ways out"):
            check_model(other, "pretrained")


def test_a_misspelt_name_comes_before_a_missing_network(use_endpoint):
    use_endpoint("http://127.0.0.1:9")
    with pytest.raises(ConfigError, match="did you mean"):
        check_model("efficientnet_bo", "pretrained")
