"""The bare rival: FastAPI on uvicorn, the same decoding in its own threads, the same ONNX session, and nothing else.

    python experiments/serving/bare.py GRAPH PORT

No key, no limit, no log, no calibration, no check of the domain: what somebody writes in half an hour.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool

from assay.data.image import decode_image
from assay.deploy.graph.session import OnnxSession, run


def application(graph: Path) -> FastAPI:
    """Takes a picture as the body, gives the probabilities of its classes."""
    app, session = FastAPI(), OnnxSession(graph)

    def classify(content: bytes) -> list[float]:
        output = run(session, [decode_image(content, "the picture")])
        return [float(value) for value in output.probabilities[0]]

    @app.post("/classify")
    async def answer(request: Request) -> dict[str, Any]:
        return {"probabilities": await run_in_threadpool(classify, await request.body())}

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ok"}

    return app


if __name__ == "__main__":
    uvicorn.run(application(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), access_log=False)
