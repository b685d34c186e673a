"""Chains: what happens to a picture on its way, as a list of steps: each step one file, each chain a value."""

from assay.augment.chain.chain import Chain
from assay.augment.chain.step import ChainStep
from assay.augment.chain.steps import STEPS

__all__ = ["STEPS", "Chain", "ChainStep"]
