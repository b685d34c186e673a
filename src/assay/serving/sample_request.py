"""What is asked of `assay review sample` and `assay review verdict`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.bounds import AtLeast, Between
from assay.config.request import Help
from assay.serving.reviewers_request import ReviewersRequest


@dataclass(frozen=True)
class SampleRequest(ReviewersRequest):
    """The words about samples of generated images.

    Attributes:
        synthetic: folder of `assay fidelity` or of a study, or a saved manifest, that images are drawn from.
        run: whose generated images are drawn, or into which a verdict is written; () for none and for all.
        count: images of each generator and class of a sample, or at most of what is queued; 0 for 50, or for all.
        seed: of the draw.
        generators: that are meant; () for all.
        classes: likewise; of known pictures and files those that a reviewer chooses from.
        wanted: reviewers that look at each image.
        bound: share of plausible images that is asked for.
        reason: why a review that stands holds no longer; "" for none.
    """

    synthetic: Annotated[
        str,
        Help("that a sample is drawn from: folder of assay fidelity or of a study, or a saved manifest", shown="DIR"),
    ] = ""
    run: Annotated[
        tuple[str, ...],
        Help("whose generated images a sample is drawn from; or runs that a verdict is for, all of the images without"),
    ] = ()
    count: Annotated[
        int, AtLeast(0), Help("images of each generator and class in a sample, 50 without it; at most, of a queue")
    ] = 0
    seed: Annotated[int, AtLeast(0), Help("of the draw; with the same, a larger sample holds the smaller")] = 0
    generators: Annotated[tuple[str, ...], Help("that a sample is of; all without it", shown="[A,B]")] = ()
    classes: Annotated[
        tuple[str, ...],
        Help("that a sample is of, all without it; that known pictures are asked with", shown="[A,B]"),
    ] = ()
    wanted: Annotated[int, AtLeast(1), Help("reviewers that look at each image of a sample or file")] = 2
    bound: Annotated[float, Between(0.01, 0.99), Help("share of plausible images that a verdict asks for")] = 0.8
    reason: Annotated[str, Help("why a verdict that stands holds no longer; it is kept", shown="TEXT")] = ""
