"""Inception-v3 as torch-fidelity has it: the features of the published FIDs, fetched on first use."""

from __future__ import annotations

import hashlib
import logging
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, cast

from assay.errors import WeightsError
from assay.files import atomic_write, sha256_of_file

if TYPE_CHECKING:
    from torch import Tensor

    from assay.models.network import Network

logger = logging.getLogger(__name__)

TIMEOUT = 10.0
LAYER, FEATURES = "2048", 2048


def inception_network(weights: str, cache_dir: Path) -> Network:
    """The network; pictures of any size are brought to 299 pixels in it, as TensorFlow 1 did.

    Args:
        weights: "pretrained", or the path of the weights that torch-fidelity publishes.
        cache_dir: where fetched weights are kept.

    Raises:
        WeightsError: there is no network, or the file is not what it should be.
    """
    from torch import nn
    from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3, FeatureExtractorInceptionV3

    file = _fetched(URL_INCEPTION_V3, cache_dir / "weights") if weights == "pretrained" else Path(weights).expanduser()
    digest = _trusted(file)

    class InceptionBackbone(nn.Module):
        """What an Embedder asks of a backbone."""

        name, embedding_dim = "torch_fidelity_inception_v3", FEATURES
        mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
        passes = 1

        def __init__(self) -> None:
            super().__init__()
            self.digest = digest

    class Inception(nn.Module):
        """What an Embedder asks of a network."""

        def __init__(self) -> None:
            super().__init__()
            self.backbone = InceptionBackbone()
            self.extractor = FeatureExtractorInceptionV3(
                "inception-v3-compat", [LAYER], feature_extractor_weights_path=str(file)
            )

        def embed(self, pictures: Tensor) -> Tensor:
            """Features [B, 2048] of uint8 pictures [B, 3, S, S]."""
            return cast("Tensor", self.extractor(pictures)[0])

    return cast("Network", Inception().eval())


def _fetched(url: str, folder: Path) -> Path:
    """The file behind an address whose name ends in the beginning of its sha256, as torch.hub names them."""
    name = url.rpartition("/")[2]
    file = folder / name
    if file.is_file():
        return file
    logger.info("fetching %s", url)
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, atomic_write(file) as temporary:
            digest = hashlib.sha256()
            with temporary.open("wb") as opened:
                while piece := answer.read(2**20):
                    digest.update(piece)
                    opened.write(piece)
            if not digest.hexdigest().startswith(name.rpartition("-")[2].partition(".")[0]):
                raise WeightsError(f"{url}: what came is not what its name says; try again")
    except (OSError, urllib.error.URLError) as error:
        raise WeightsError(
            f"fidelity.extractor=inception_v3: its weights cannot be fetched: {getattr(error, 'reason', error)}. "
            f"Fetch {url} elsewhere and give fidelity.weights=FILE, or take an extractor whose weights are here: "
            "fidelity.extractor=tf_efficientnet_lite0"
        ) from error
    return file


def _trusted(file: Path) -> str:
    """The digest of a file that holds tensors and no code; torch-fidelity itself would run what is in it."""
    import pickle

    import torch

    if not file.is_file():
        raise WeightsError(f"fidelity.weights={file}: there is no such file")
    try:
        stored = torch.load(file, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise WeightsError(f"fidelity.weights={file}: holds no plain tensors: {str(error).splitlines()[0]}") from error
    if not isinstance(stored, dict) or "Mixed_7c.branch_pool.conv.weight" not in stored:
        raise WeightsError(f"fidelity.weights={file}: not the weights of torch-fidelity's Inception-v3")
    return sha256_of_file(file)
