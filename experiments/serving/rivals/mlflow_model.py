"""A model for `mlflow models serve`: `python mlflow_model.py FOLDER` saves it; the graph in $GRAPH."""

import base64
import sys
from pathlib import Path

import mlflow.pyfunc
from network import classify, session


class Classifier(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.session = session()

    def predict(self, context, model_input, params=None):
        return [classify(self.session, base64.b64decode(text)) for text in model_input["picture"]]


if __name__ == "__main__":
    network = Path(__file__).with_name("network.py")
    mlflow.pyfunc.save_model(sys.argv[1], python_model=Classifier(), code_paths=[str(network), __file__])
