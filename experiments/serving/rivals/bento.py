"""BentoML with the same graph: `bentoml serve bento:Classifier --port PORT`, the graph in $GRAPH."""

from pathlib import Path

import bentoml
from network import classify, session


@bentoml.service(workers=1)
class Classifier:
    def __init__(self) -> None:
        self.session = session()

    @bentoml.api
    def classify(self, picture: Path) -> list[float]:
        return classify(self.session, picture.read_bytes())
