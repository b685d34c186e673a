import copy

import pytest
import torch
from torchvision.transforms.functional import normalize, to_tensor

from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network


@pytest.fixture
def network():
    torch.manual_seed(0)
    backbone = build_backbone("baseline_cnn", "none")
    return Network(backbone, LinearHead(backbone.embedding_dim, 3)).eval()


@pytest.fixture
def pictures():
    return torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_normalisation_is_that_of_torchvision(network, pictures):
    expected = torch.stack(
        [
            normalize(to_tensor(p.permute(1, 2, 0).numpy()), network.backbone.mean, network.backbone.std)
            for p in pictures
        ]
    )
    torch.testing.assert_close(network.normalize(pictures), expected, rtol=1e-5, atol=1e-5)


def test_logits_are_the_head_on_the_embeddings(network, pictures):
    with torch.no_grad():
        embeddings = network.embed(pictures)
        assert embeddings.shape == (2, 256)
        torch.testing.assert_close(network(pictures), network.head(embeddings))
        torch.testing.assert_close(network(pictures), network.forward_normalized(network.normalize(pictures)))


def test_float_pictures_are_not_normalised_twice(network, pictures):
    with pytest.raises(TypeError, match="forward_normalized"):
        network(network.normalize(pictures))


def test_a_head_for_another_backbone_is_refused(network):
    with pytest.raises(ValueError, match="gives 256 features, the head takes 99"):
        Network(network.backbone, LinearHead(99, 3))


def test_the_state_dict_holds_everything_that_a_logit_depends_on(network, pictures):
    network.head.fit_(torch.randn(50, 256))
    other_backbone = build_backbone("baseline_cnn", "none")
    other_backbone.mean, other_backbone.std = (0, 0, 0), (1, 1, 1)
    other = Network(other_backbone, LinearHead(256, 3)).eval()
    other.load_state_dict(copy.deepcopy(network.state_dict()))
    with torch.no_grad():
        assert torch.equal(other(pictures), network(pictures))


def test_interleaved_pictures_are_normalised_to_the_same_bits() -> None:
    network = Network(build_backbone("baseline_cnn", "none"), LinearHead(256, 2))
    pictures = torch.randint(0, 256, (3, 3, 20, 24), dtype=torch.uint8)
    interleaved = pictures.to(memory_format=torch.channels_last)
    expected = (pictures.float() - network.mean) / network.std
    assert torch.equal(network.normalize(pictures), expected)
    assert torch.equal(network.normalize(interleaved), expected)
    assert network.normalize(interleaved).is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(interleaved, pictures)
