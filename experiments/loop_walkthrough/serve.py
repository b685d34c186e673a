"""Serves solar cells as if they were pictures of Wikimedia Commons and of Openverse: intact and cracked ones.

python experiments/loop_walkthrough/serve.py FOLDER

FOLDER is the one that `pictures.py` has written. On port 80 of this machine, by the stand-ins of
`experiments/collect_faults`, whose licences they have, and those of their faults that take no minutes of patience. Each
class of each source comes from a host of its own.
"""

from __future__ import annotations

import io
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "collect_faults"))
import world
from pictures import AT_SOURCE, SOURCES
from PIL import Image

from assay.collection.clock import SystemClock

TOPICS = {"intact": "functional", "cracked": "defective"}
"""Word of a query -> class that it finds."""
KINDS = ("404", "web page", "half a JPEG", "duplicate", "noai", "no licence", "no derivatives")
SHARE = 0.1


def main(folder: Path) -> None:
    """Serve until it is ended."""
    pairs = [(source, topic) for source in SOURCES for topic in TOPICS]
    hosts = {pair: f"127.0.0.{number}" for number, pair in enumerate(pairs, start=2)}

    def picture(name: str, quality: int) -> bytes:
        source, topic, number = name.split("-")
        out = io.BytesIO()
        file = folder / "sources" / source / TOPICS[topic] / f"{int(number):03}.jpg"
        Image.open(file).save(out, "JPEG", quality=quality)
        return out.getvalue()

    items: dict[str, list[world.Item]] = {source: [] for source in SOURCES}
    for (source, topic), host in hosts.items():
        items[source] += world.items_of(source, AT_SOURCE, SHARE, at=host, topic=topic, kinds=KINDS)
    world.World(items, SystemClock(), 80, picture=picture, addresses=("127.0.0.1", *hosts.values()))
    print(f"{AT_SOURCE} of each class at http://127.0.0.1/w/api.php and /v1/images/; Ctrl-C ends it", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
