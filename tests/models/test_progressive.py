"""Training pictures that grow from epoch to epoch: which sizes, that the network gets them, and where they cannot."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError
from assay.models.network import Network
from assay.models.progressive import progressive_sizes
from assay.run.train import train
from finished import store_words

WORDS = ["debug=tiny", "data=folder", "trainer.accelerator=cpu", "trainer.workers=0", "evaluation=val"]


def test_sizes_grow_evenly_in_steps_of_32_to_the_full_one_for_the_last_third() -> None:
    assert progressive_sizes(224, 0.5, 9) == (128, 128, 160, 160, 192, 192, 224, 224, 224)
    assert progressive_sizes(300, 0.5, 3) == (160, 224, 300), "the full size need not be a multiple"
    assert progressive_sizes(64, 0.1, 4) == (32, 32, 32, 64), "and no picture is smaller than 32"
    assert progressive_sizes(16, 0.5, 2) == (16, 16)
    assert progressive_sizes(224, 1.0, 2) == (224, 224)
    assert progressive_sizes(224, 0.5, 1) == (128,), "one epoch is one of small pictures"


@pytest.mark.slow
def test_the_network_is_trained_on_pictures_that_grow_and_validated_on_whole_ones(
    photos: Path, tmp_path: Path, store_in: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, int]] = []
    forward = Network.forward_normalized

    def noted(network: Network, pictures: torch.Tensor) -> torch.Tensor:
        seen.append((network.training, pictures.shape[-1]))
        return forward(network, pictures)

    monkeypatch.setattr(Network, "forward_normalized", noted)
    words = [*WORDS, "model=baseline_cnn", "finetune=full", "finetune.epochs=4", "data.image_size=96"]
    words += ["trainer.progressive=0.34", f"data.root={photos}", *store_words(store_in(tmp_path))]
    train(compose(words))
    trained = [size for training, size in seen if training]
    assert list(dict.fromkeys(trained)) == [32, 64, 96]
    assert trained == sorted(trained)
    assert {size for training, size in seen if not training} == {96}


@pytest.mark.slow
def test_a_network_of_one_size_is_refused_before_the_run_and_the_remedy_works(
    photos: Path, tmp_path: Path, store_in: Callable[[Path], Path]
) -> None:
    words = [
        *WORDS,
        "model=timm",
        "model.name=vit_tiny_patch16_224",
        "model.weights=none",
        "finetune=full",
        "finetune.epochs=1",
    ]
    words += ["data.image_size=64", f"data.root={photos}", *store_words(store_in(tmp_path))]
    with pytest.raises(
        ConfigError, match=r"vit_tiny_patch16_224 takes pictures of data\.image_size=64 and none of 32"
    ) as caught:
        train(compose([*words, "trainer.progressive=0.5"]))
    remedy = re.search(r"trainer\.progressive=null", str(caught.value))
    assert remedy is not None
    assert train(compose([*words, remedy[0]])).objectives


@pytest.mark.parametrize(
    ("word", "what"),
    [
        ("trainer.progressive=0.5", "pictures grow from epoch to epoch"),
        ("trainer.preresize=512", "pictures are read in every epoch"),
    ],
)
def test_a_head_alone_sees_no_pictures_and_what_the_refusal_names_is_taken(word: str, what: str) -> None:
    with pytest.raises(ConfigError, match=f"finetune=head_only: {what} where the backbone is trained") as caught:
        check(compose([word]))
    key = word.partition("=")[0]
    remedies = re.findall(rf"finetune=two_stage|{re.escape(key)}=null", str(caught.value))
    assert len(remedies) == 2
    check(compose([word, remedies[0]]))
    check(compose([remedies[1]]))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["trainer.preresize=100"], r"trainer\.preresize=100 is below data\.image_size=224: .* would be blurred"),
        (["trainer.preresize=512", "data.resize=native"], r"with data\.resize=native: the traces"),
        (["trainer.preresize=512", "data.normalise_files=true"], r"with data\.normalise_files=true: the traces"),
    ],
)
def test_pictures_are_not_scaled_down_where_that_would_show_and_the_remedy_is_taken(words: list[str], why: str) -> None:
    typed = ["finetune=full", "data=folder", "data.root=pictures", *words]
    with pytest.raises(ConfigError, match=why) as caught:
        check(compose(typed))
    remedies = re.findall(r"(?:type|or) (trainer\.preresize=\w+)", str(caught.value))
    assert "trainer.preresize=null" in remedies
    for remedy in remedies:
        check(compose([*typed, remedy]))
