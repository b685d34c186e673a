"""LitServe with the same graph: `python lit.py PORT`, the graph in $GRAPH."""

import sys

import litserve
from network import classify, session


class Classifier(litserve.LitAPI):
    def setup(self, device):
        self.session = session()

    def decode_request(self, request):
        return request["picture"].file.read()

    def predict(self, x):
        return classify(self.session, x)

    def encode_response(self, output):
        return {"probabilities": output}


if __name__ == "__main__":
    server = litserve.LitServer(Classifier(), accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
