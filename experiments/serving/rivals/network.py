"""What the rivals share, which know nothing of Assay: OpenCV's decoding and ONNX Runtime, set as Assay sets it."""

import os

import cv2
import numpy as np
import onnxruntime


def session():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ["THREADS"])
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(os.environ["GRAPH"], options, providers=["CPUExecutionProvider"])


def classify(session, content):
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
    given = {"pictures": np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])}
    return session.run(["probabilities"], given)[0][0].tolist()
