import hashlib
import json
import os
import socket
import subprocess
import sys
import threading

import pytest
import torch
from safetensors.torch import save

from assay.errors import WeightsError
from assay.models import hub as hub_module
from assay.models.backbone import build_backbone
from assay.models.hub import NotOnHubError, hub_file

NAME = "test_resnet.r160_in1k"
REPOSITORY = f"timm/{NAME}"


def random_weights(seed: int, classes: int = 1000) -> dict[str, torch.Tensor]:
    import timm

    torch.manual_seed(seed)
    model = timm.create_model("test_resnet", num_classes=classes)
    return {name: torch.rand_like(value) if value.is_floating_point() else value for name, value in
            model.state_dict().items()}  # fmt: skip


def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


class BlackHole(socket.socket):
    """Takes connections and never says a word."""

    def __init__(self) -> None:
        super().__init__()
        self.bind(("127.0.0.1", 0))
        self.listen(16)
        self.url = f"http://127.0.0.1:{self.getsockname()[1]}"

    def connections(self) -> int:
        """How many have come since it listens."""
        self.setblocking(False)
        for count in range(17):
            try:
                self.accept()[0].close()
            except BlockingIOError:
                return count
        return count


@pytest.fixture
def black_hole():
    with BlackHole() as listening:
        yield listening


def test_pretrained_weights_come_through_from_the_hub(hub):
    served = random_weights(1)
    hub.files[f"{REPOSITORY}/model.safetensors"] = save(served)
    loaded = build_backbone(NAME, "pretrained").model.state_dict()
    assert set(loaded) == set(served) - {"fc.weight", "fc.bias"}
    assert all(torch.equal(loaded[name], served[name]) for name in loaded)


def test_weights_that_were_fetched_before_need_no_hub(hub):
    hub.files[f"{REPOSITORY}/model.safetensors"] = save(random_weights(1))
    first = build_backbone(NAME, "pretrained").digest
    hub.stop()
    asked = len(hub.asked)
    assert build_backbone(NAME, "pretrained").digest == first
    assert len(hub.asked) == asked


def test_weights_of_a_repository_come_with_their_normalisation(hub):
    served = random_weights(2, classes=7)
    hub.files["somebody/birds/model.safetensors"] = save(served)
    about = {
        "architecture": "test_resnet",
        "num_classes": 7,
        "pretrained_cfg": {"mean": [0.1, 0.2, 0.3], "std": [1, 1, 1]},
    }
    hub.files["somebody/birds/config.json"] = json.dumps(about).encode()
    backbone = build_backbone("test_resnet", "hf-hub:somebody/birds")
    assert torch.equal(backbone.model.conv1[0].weight, served["conv1.0.weight"])
    assert (backbone.mean, backbone.std) == ((0.1, 0.2, 0.3), (1.0, 1.0, 1.0))


def test_weights_of_a_repository_without_a_config_keep_the_normalisation_of_the_architecture(hub):
    hub.files["somebody/birds/model.safetensors"] = save(random_weights(2))
    assert build_backbone("test_resnet", "hf-hub:somebody/birds@v1.0").mean == (0.5, 0.5, 0.5)
    assert "HEAD /somebody/birds/resolve/v1.0/model.safetensors" in hub.asked


def test_a_config_from_the_hub_does_not_choose_what_is_built(hub):
    hub.files["somebody/birds/model.safetensors"] = save(random_weights(2))
    hub.files["somebody/birds/config.json"] = b'{"architecture": "resnet18", "model_args": {"in_chans": 7}}'
    with pytest.raises(WeightsError, match=r"weights of resnet18.*model.name is test_resnet"):
        build_backbone("test_resnet", "hf-hub:somebody/birds")


def test_only_safetensors_are_taken_from_a_hub(hub):
    hub.files["somebody/pickles/pytorch_model.bin"] = b"whatever"
    with pytest.raises(WeightsError, match=r"Only model.safetensors is taken"):
        build_backbone("test_resnet", "hf-hub:somebody/pickles")
    assert not any("bin" in request for request in hub.asked)


def test_a_repository_that_is_not_there_is_said(hub):
    with pytest.raises(NotOnHubError, match="no such repository"):
        hub_file("nobody/nothing", "model.safetensors")


@pytest.mark.parametrize("identifier", ["birds", "a/b/c", "../..", "a/b@../x", "a--b/c", "https://host/a"])
def test_a_malformed_repository_is_refused_without_asking(hub, identifier):
    with pytest.raises(WeightsError, match="must be hf-hub:owner/name"):
        build_backbone("test_resnet", f"hf-hub:{identifier}")
    assert not hub.asked


def test_no_network_is_said_after_one_attempt_and_names_the_ways_out(use_endpoint, monkeypatch):
    attempts, connect = [], socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda *args, **kw: attempts.append(args) or connect(*args, **kw))
    use_endpoint(closed_port())
    with pytest.raises(WeightsError, match="refused") as raised:
        build_backbone(NAME, "pretrained")
    assert len(attempts) <= 1, "the client's own attempts go on for half a minute"
    for way in ("model.weights=none", "PATH", "efficientnet_lite0", "HF_HUB_CACHE", "HF_ENDPOINT"):
        assert way in str(raised.value)


def test_a_hub_that_never_answers_is_asked_once_and_given_up_on(use_endpoint, black_hole, monkeypatch):
    assert hub_module.ANSWER_SECONDS == 3
    monkeypatch.setattr(hub_module, "ANSWER_SECONDS", 0.4)
    use_endpoint(black_hole.url)
    with pytest.raises(WeightsError, match=r"timed out|nothing came for 0\.4 s"):
        build_backbone(NAME, "pretrained")
    assert black_hole.connections() == 1


def test_a_name_server_that_never_answers_is_given_up_on_while_it_is_silent(use_endpoint, monkeypatch):
    answers, answered = threading.Event(), threading.Event()
    monkeypatch.setattr(hub_module, "ANSWER_SECONDS", 0.4)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: (answers.wait(60), answered.set()))
    use_endpoint("http://hub.invalid")
    with pytest.raises(WeightsError, match=r"nothing came for 0\.4 s"):
        hub_file("somebody/birds", "model.safetensors")
    assert not answered.is_set()
    answers.set()


def test_a_download_that_stalls_is_given_up_on_and_a_later_one_is_whole(hub, monkeypatch):
    monkeypatch.setattr(hub_module, "SILENCE_SECONDS", 1.0)
    hub.files["somebody/birds/model.safetensors"] = bytes(3_000_000)
    hub.stalls_after = 1_500_000
    with pytest.raises(WeightsError, match="nothing came for 1 s"):
        hub_file("somebody/birds", "model.safetensors")
    hub.stalls_after = None
    hub.ended.set()
    monkeypatch.setattr(hub_module, "SILENCE_SECONDS", 6.0)
    assert hub_file("somebody/birds", "model.safetensors").read_bytes() == bytes(3_000_000)


SCRIPT = """
import hashlib, sys
from assay.models.hub import hub_file
for _ in range(2):
    print(hashlib.sha256(hub_file("somebody/birds", "model.safetensors").read_bytes()).hexdigest(), flush=True)
    sys.stdin.readline()
assert "torch" not in sys.modules
"""


def test_the_environment_variables_of_the_hub_are_heeded(hub, tmp_path):
    hub.files["somebody/birds/model.safetensors"] = b"weights"
    environment = os.environ | {"HF_ENDPOINT": hub.url, "HF_HUB_CACHE": str(tmp_path / "other"), "HF_HUB_OFFLINE": "0"}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        first = process.stdout.readline()
        hub.stop()
        second, _ = process.communicate("\n\n", timeout=60)
    assert process.returncode == 0
    assert first.strip() == second.strip() == hashlib.sha256(b"weights").hexdigest()
    assert list((tmp_path / "other").glob("models--somebody--birds/snapshots/*/model.safetensors"))
