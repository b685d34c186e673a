"""Checkpoint soup: the best epochs of a stage averaged, one after the other, as long as val does not get worse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from assay.models.checkpoint import NETWORK
from assay.models.epochs import set_epoch
from assay.models.network import Network

SOUP = "soup.ckpt"
INGREDIENT = "ingredient-{epoch:04d}"
"""Name of the file that keeps the weights of one of the best epochs, without its ending."""


@dataclass(frozen=True)
class Soup:
    """What weights were averaged.

    Attributes:
        epochs: that went in, counted from 0 in their stage, the best first.
        tried: that were looked at.
        metric: on val, by its logged name.
        value: of the average.
        alone: of the best epoch alone, asked in the same way.
    """

    epochs: tuple[int, ...]
    tried: tuple[int, ...]
    metric: str
    value: float
    alone: float

    def sentence(self, stage: str, *, first: int) -> str:
        """What a reader of the run should know.

        Args:
            stage: by its name.
            first: epochs of the stages before, from which on epochs are counted for people.
        """
        tried = ", ".join(str(first + epoch + 1) for epoch in self.tried)
        if len(self.epochs) == 1:
            return (
                f"Stage {stage} ends in the weights of epoch {first + self.epochs[0] + 1} alone: averaged with any "
                f"other of its best epochs ({tried}) {self.metric} got worse (trainer.soup)."
            )
        used = ", ".join(str(first + epoch + 1) for epoch in sorted(self.epochs))
        return (
            f"Stage {stage} ends in the mean of the weights of its epochs {used}, of {tried} that were tried "
            f"(trainer.soup): {self.metric} {self.value:.4f}, and {self.alone:.4f} of the best epoch alone."
        )


def cook(
    network: Network,
    ingredients: Mapping[int, Mapping[str, Tensor]],
    ranked: Sequence[int],
    score: Callable[[], float],
    settle: Callable[[], None],
    metric: str,
    *,
    smaller_is_better: bool = False,
) -> Soup:
    """Leave the network with the greedy average of weights.

    The first is taken; each of the others is taken where the mean with it is not worse on val than without it. So the
    average is never worse on val than the best epoch alone.

    Args:
        network: gets the weights.
        ingredients: epoch -> weights of the network, by their names in it.
        ranked: the epochs, the best on val first.
        score: the metric of the network as it is now.
        settle: called after weights were set that were averaged, for statistics that do not follow from an average.
        metric: by its logged name.
        smaller_is_better: as for a loss.

    Source: Wortsman et al. (2022), "Model soups", algorithm 1 (greedy), over the epochs of one training.
    """
    sign = -1.0 if smaller_is_better else 1.0

    def value_of(epochs: Sequence[int]) -> float:
        _set(network, [ingredients[epoch] for epoch in epochs])
        if len(epochs) > 1:
            settle()
        return score()

    taken = [ranked[0]]
    best = alone = value_of(taken)
    for epoch in ranked[1:]:
        value = value_of([*taken, epoch])
        if sign * value >= sign * best:
            taken, best = [*taken, epoch], value
    _set(network, [ingredients[epoch] for epoch in taken])
    if len(taken) > 1:
        settle()
    return Soup(tuple(taken), tuple(ranked), metric, best, alone)


def _set(network: Network, states: Sequence[Mapping[str, Tensor]]) -> None:
    """Fill in the mean of weights; what is counted and not measured is that of the first."""
    mean = {
        name: torch.stack([state[name].double() for state in states]).mean(0).to(value.dtype)
        if value.is_floating_point() and len(states) > 1
        else value
        for name, value in states[0].items()
    }
    network.load_state_dict(mean, strict=True)


@torch.no_grad()
def measure_batch_norm(network: Network, train: DataLoader[Any], epoch: int) -> None:
    """Take the statistics of batch-norm layers anew, as the mean over the batches of one epoch of training images.

    Those of averaged weights are not the average of those of the weights.

    Args:
        network: its batch-norm layers are changed, nothing else is; those that were frozen keep their statistics.
        train: batches of (pictures, labels).
        epoch: whose order and augmentation are seen.

    Source: Izmailov et al. (2018), section 3.2; as `torch.optim.swa_utils.update_bn` does.
    """
    known = [part for part in network.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    layers = [layer for layer in known if all(weights.requires_grad for weights in layer.parameters())]
    usual = [layer.momentum for layer in layers]
    network.eval()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # a plain mean over all batches
        layer.train()
    set_epoch(train, epoch)
    for pictures, _ in train:
        network(pictures.to(network.mean.device))
    for layer, momentum in zip(layers, usual, strict=True):
        layer.momentum = momentum
    network.eval()


def kept_epochs(folder: Path) -> dict[int, Path]:
    """Epoch -> file of the weights that were kept of it."""
    start = INGREDIENT.partition("{")[0]
    return {int(path.stem.removeprefix(start)): path for path in sorted(folder.glob(f"{start}*.ckpt"))}


def of_network(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a checkpoint by their names in the network."""
    return {name.removeprefix(NETWORK): value for name, value in state.items() if name.startswith(NETWORK)}
