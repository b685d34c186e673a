"""SIGTERM under load: every request that was accepted is answered before the service ends.

    python experiments/serving/drain.py [--times 20] [--quick] [--folder DIR]

Sixteen connections ask without a pause; at a moment drawn at random the service is told to end. A request is answered
by 200, or refused by 503 once it says that it is not ready; what must not be is a connection that breaks after a
request was sent on it, unless nothing listens any more. The service has to end with exit code 0.
"""

from __future__ import annotations

import argparse
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bundles import make_bundles, make_pictures
from load import BROKEN, Target, closed
from services import Server, assay_served, wait_for_answers

CONNECTIONS = 16
CLOSED_DOOR = b"ConnectionRefusedError"
"""Of a connection that was asked for when the service had ended: nothing was accepted."""


def end_under_load(server: Server, seconds: float) -> None:
    """Tell a service to end, so long after its first answer."""
    wait_for_answers(server)
    time.sleep(seconds)
    server.process.send_signal(signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="twice")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "assay-serving")
    asked = parser.parse_args(arguments)
    bundles, picture, draw = make_bundles(asked.folder), make_pictures()["140 kB"], random.Random(0)
    failed = 0
    for number in range(2 if asked.quick else asked.times):
        with (
            tempfile.TemporaryDirectory(dir=asked.folder) as folder,
            assay_served(bundles.onnx, Path(folder)) as server,
        ):
            ending = threading.Thread(target=end_under_load, args=(server, draw.uniform(0, 2)))
            ending.start()
            replies = closed(Target.of(server, picture, keep=True), CONNECTIONS, seconds=6)
            ending.join()
            code = server.process.wait(60)
        broken = [reply for reply in replies if reply.status == BROKEN and not reply.body.startswith(CLOSED_DOOR)]
        answered = Counter(reply.status for reply in replies if reply.status != BROKEN)
        why = Counter(reply.body.decode()[:60] for reply in broken)
        print(f"{number + 1}: {dict(answered)}, broken {dict(why)}, exit code {code}", flush=True)
        failed += bool(broken) or code != 0 or not {200} <= set(answered) <= {200, 503}
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
