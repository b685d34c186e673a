"""A network as it is served, while gradients are taken through it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from assay.models.network import Network


@contextmanager
def undisturbed(network: Network) -> Iterator[None]:
    """Inside, the network is in eval mode and its parameters want no gradients; afterwards it is as before."""
    modes = [(module, module.training) for module in network.modules()]
    wanted = [(parameter, parameter.requires_grad) for parameter in network.parameters()]
    for module, _ in modes:
        module.training = False
    for parameter, _ in wanted:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        for parameter, want in wanted:
            parameter.requires_grad_(want)
