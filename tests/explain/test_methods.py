"""Maps against the formulas of the papers, computed by plain autograd on the network itself."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from assay.errors import DataError
from assay.explain.gradcam import GradCam
from assay.explain.gradcam_pp import GradCamPlusPlus
from assay.explain.integrated_gradients import IntegratedGradients
from assay.explain.method import Method
from assay.explain.saliency import Saliency
from assay.models.network import Network

METHODS = [GradCam(), GradCamPlusPlus(), Saliency(), IntegratedGradients(steps=4)]


def feature_map(network: Network, pictures: Tensor) -> Tensor:
    model = network.backbone.model
    return model.last(model.stem(network.normalize(pictures))).detach()  # type: ignore[operator, union-attr]


def logit(network: Network, features: Tensor, target: int) -> Tensor:
    return network.head(features.mean((2, 3)))[:, target].sum()


def test_gradcam_is_the_formula_of_the_paper(network: Network, pictures: Tensor, targets: Tensor) -> None:
    maps = GradCam()(network, pictures, targets)
    for picture, target, found in zip(pictures, targets.tolist(), maps, strict=True):
        features = feature_map(network, picture[None]).requires_grad_()
        (gradient,) = torch.autograd.grad(logit(network, features, target), features)
        weights = gradient[0].mean((1, 2))
        expected = torch.einsum("c,chw->hw", weights, features[0].detach()).relu()
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
    assert (maps == 0).any(), "without a negative cell this proves nothing about the ReLU"


def test_behind_global_pooling_the_cells_of_gradcam_add_up_to_the_logit(network: Network, pictures: Tensor) -> None:
    network.head.linear.weight.data.abs_()
    maps = GradCam()(network, pictures, torch.zeros(5, dtype=torch.int64))
    constant = network.head(torch.zeros(1, 12))[:, 0]
    torch.testing.assert_close(maps.sum((1, 2)) + constant, network(pictures)[:, 0], rtol=1e-4, atol=1e-4)


def test_gradcam_is_what_captum_gives_on_the_module_itself(network: Network, pictures: Tensor, targets: Tensor) -> None:
    from captum.attr import LayerGradCam

    captum = LayerGradCam(network, network.backbone.model.last)  # type: ignore[arg-type]
    expected = captum.attribute(pictures, targets, relu_attributions=True)[:, 0]
    torch.testing.assert_close(GradCam()(network, pictures, targets), expected, rtol=1e-4, atol=1e-6)


def test_gradcam_pp_is_the_formula_of_the_paper_with_its_higher_derivatives(
    network: Network, pictures: Tensor, targets: Tensor
) -> None:
    """Y = exp(S), and its first, second and third derivative by each activation, one activation after the other."""
    network.double()
    maps = GradCamPlusPlus()(network, pictures, targets)
    for picture, target, found in zip(pictures[:2], targets.tolist(), maps, strict=False):
        features = feature_map(network, picture[None])
        flat = features.flatten()
        first, second, third = (torch.zeros_like(flat) for _ in range(3))
        for index in range(len(flat)):
            value = flat[index].clone().requires_grad_()
            varied = torch.cat([flat[:index], value[None], flat[index + 1 :]]).view_as(features)
            score = torch.exp(logit(network, varied, target))
            (one,) = torch.autograd.grad(score, value, create_graph=True)
            (two,) = torch.autograd.grad(one, value, create_graph=True)
            (three,) = torch.autograd.grad(two, value)
            first[index], second[index], third[index] = one.detach(), two.detach(), three
        y1, y2, y3 = (derivative.view_as(features)[0] for derivative in (first, second, third))
        alpha = y2 / (2 * y2 + features[0].sum((1, 2), keepdim=True) * y3)
        weights = (alpha.nan_to_num(0) * y1.relu()).sum((1, 2))
        expected = torch.einsum("c,chw->hw", weights, features[0]).relu()
        exponential = torch.exp(logit(network, features, target))
        torch.testing.assert_close(found.double(), expected / exponential, rtol=1e-4, atol=1e-7)


def test_saliency_is_the_largest_change_of_the_logit_per_change_of_a_pixel(
    network: Network, pictures: Tensor, targets: Tensor
) -> None:
    maps = Saliency()(network, pictures, targets)
    network.double()
    inputs = network.normalize(pictures)
    for picture, y, x in [(0, 3, 4), (1, 16, 16), (3, 30, 9)]:
        changes = []
        for channel in range(3):
            moved = inputs[picture].clone().repeat(2, 1, 1, 1)
            moved[0, channel, y, x] -= 1e-6
            moved[1, channel, y, x] += 1e-6
            below, above = network.forward_normalized(moved)[:, targets[picture]]
            changes.append(abs(float((above - below).detach())) / 2e-6)
        assert maps[picture, y, x].item() == pytest.approx(max(changes), rel=1e-3)


@pytest.mark.parametrize("baseline", ["blur", "mean", "black"])
def test_integrated_gradients_add_up_to_what_the_logit_gains_over_the_baseline(
    network: Network, pictures: Tensor, targets: Tensor, baseline: str
) -> None:
    network.double()
    method = IntegratedGradients(steps=300, baseline=baseline)  # type: ignore[arg-type]
    inputs = network.normalize(pictures)
    gained = method.signed(network, inputs, targets).sum((1, 2))
    start = network.forward_normalized(method.baseline_of(network, inputs))
    expected = (network.forward_normalized(inputs) - start).gather(1, targets[:, None])[:, 0]
    torch.testing.assert_close(gained, expected, rtol=0.01, atol=0.01)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_map_depends_on_its_picture_and_target_alone(
    method: Method, network: Network, pictures: Tensor, targets: Tensor
) -> None:
    together = method(network, pictures, targets)
    assert (together >= 0).all()
    for index in range(len(pictures)):
        alone = method(network, pictures[index : index + 1], targets[index : index + 1])
        torch.testing.assert_close(alone[0], together[index], rtol=1e-4, atol=1e-6)
    assert not torch.allclose(method(network, pictures, (targets + 1) % 3), together)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_the_network_is_left_as_it_was(method: Method, network: Network, pictures: Tensor, targets: Tensor) -> None:
    network.train()
    network.head.requires_grad_(False)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    wanted = [parameter.requires_grad for parameter in network.parameters()]
    with torch.no_grad():
        method(network, pictures, targets)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert [parameter.requires_grad for parameter in network.parameters()] == wanted
    assert all(module.training for module in network.backbone.modules())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not any(module._forward_hooks for module in network.modules())


def test_a_map_that_is_not_finite_is_refused(network: Network, pictures: Tensor, targets: Tensor) -> None:
    network.head.linear.weight.data[0, 0] = float("nan")
    with pytest.raises(DataError, match="Grad-CAM: a map holds values that are not finite"):
        GradCam()(network, pictures, targets)
