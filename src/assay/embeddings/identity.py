"""What an embedding depends on: the digest of a network's frozen part and the key of one view of the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.embeddings.key import EmbeddingKey
from assay.files import digest_of

if TYPE_CHECKING:
    from assay.data.preprocessing import Preprocessing
    from assay.embeddings.views import ViewPolicy
    from assay.models.network import Network


def weights_digest(network: Network) -> str:
    """Hex digest of what `network.embed` computes: the backbone and the normalisation in front of it."""
    backbone = network.backbone
    return digest_of([backbone.digest, [float(v) for v in backbone.mean], [float(v) for v in backbone.std]])


def embedding_key(
    network: Network,
    preprocessing: Preprocessing,
    *,
    policy: ViewPolicy | None = None,
    view: int = 0,
    seed: int = 0,
    weights: str | None = None,
) -> EmbeddingKey:
    """The key of unaugmented pictures, or of view number `view` of a policy with a seed.

    View and seed do not count where there is no policy. `weights` is the `weights_digest` of the network where it is
    known already: it takes a pass over all parameters.
    """
    augmentation = None if policy is None else {"policy": policy.digest, "view": view, "seed": seed}
    about = {
        "backbone": network.backbone.name,
        **preprocessing.state(),
        "augmentation": augmentation,
    }
    pixels = preprocessing.digest if augmentation is None else digest_of([preprocessing.digest, augmentation])
    return EmbeddingKey(weights or weights_digest(network), pixels, network.backbone.embedding_dim, about)
