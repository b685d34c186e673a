"""pytorch-ood as the second source; its import takes seconds, and its linear algebra is float32."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import spearmanr

from assay.postprocess.ood.detector import LinearMap
from assay.postprocess.ood.energy import Energy
from assay.postprocess.ood.gen import Gen
from assay.postprocess.ood.knn import Knn
from assay.postprocess.ood.mahalanobis import Mahalanobis
from assay.postprocess.ood.msp import Msp
from assay.postprocess.ood.relative_mahalanobis import RelativeMahalanobis
from assay.postprocess.ood.vim import Vim
from assay.predictions import Predictions

Make = Callable[..., Predictions]
pytestmark = pytest.mark.slow


def test_scores_of_logits_are_those_of_pytorch_ood(drawn: Make) -> None:
    import torch
    from pytorch_ood.detector import GEN, EnergyBased, MaxSoftmax

    logits = drawn("test").logits / 2
    tensor = torch.from_numpy(logits)
    np.testing.assert_allclose(Energy().score(None, logits), EnergyBased.score(tensor), rtol=1e-5)
    np.testing.assert_allclose(Msp().score(None, logits) - 1, MaxSoftmax.score(tensor), rtol=1e-5)
    np.testing.assert_allclose(Gen().score(None, logits) / 3, GEN.score(tensor), rtol=1e-3)


def test_knn_is_that_of_pytorch_ood(drawn: Make) -> None:
    import torch
    from pytorch_ood.detector import KNN

    train, test = drawn("train"), drawn("test")
    theirs = KNN(None, k=20).fit_features(torch.from_numpy(train.embeddings), torch.from_numpy(train.labels))
    expected = theirs.predict_features(torch.from_numpy(test.embeddings))
    np.testing.assert_allclose(Knn(20).fit(train).score_of(test), expected, rtol=1e-4)


def test_vim_is_that_of_pytorch_ood(drawn: Make, head: LinearMap) -> None:
    import torch
    from pytorch_ood.detector import ViM

    train, test = drawn("train"), drawn("test", shift=1.0)
    theirs = ViM(None, 5, torch.from_numpy(head.weight), torch.from_numpy(head.bias))
    theirs.fit_features(torch.from_numpy(train.embeddings), torch.from_numpy(train.labels))
    expected = theirs.predict_features(torch.from_numpy(test.embeddings))
    np.testing.assert_allclose(Vim(5).fit(train, head=head).score_of(test), expected, rtol=1e-3, atol=1e-3)


def test_with_many_images_both_mahalanobis_order_pictures_as_pytorch_ood_does(drawn: Make) -> None:
    """Shrinkage fades with many images; pytorch-ood's scatter is not divided by their number."""
    import torch
    from pytorch_ood.detector import RMD
    from pytorch_ood.detector import Mahalanobis as Theirs

    train, test = drawn("train", 100_000), drawn("test", shift=1.0)
    tensors = [torch.from_numpy(part).double() for part in (train.embeddings, test.embeddings)]
    labels = torch.from_numpy(train.labels)
    for ours, theirs in ((Mahalanobis(normalize=False), Theirs(None)), (RelativeMahalanobis(), RMD(None))):
        theirs.fit_features(tensors[0].float(), labels)
        expected = theirs.predict_features(tensors[1].float()).numpy()
        assert spearmanr(ours.fit(train).score_of(test), expected).statistic > 0.995
