"""The public interface, `import assay`: what it names stays; everything below may move. May import every room."""

from assay.api.comparing import Compared, compare
from assay.api.composing import compose
from assay.api.model import Model, load
from assay.api.recorded import Run, runs
from assay.api.training import train

__all__ = ["Compared", "Model", "Run", "compare", "compose", "load", "runs", "train"]
