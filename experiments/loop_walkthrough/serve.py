"""Serves real solar cells as if they were pictures of Wikimedia Commons (functional) and Openverse (defective).

python experiments/loop_walkthrough/serve.py [PICTURES [SHARE_OF_FAULTS]]

On port 80 of this machine, by the stand-ins of `experiments/collect_faults`, whose faults and licences they have.
"""

from __future__ import annotations

import io
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "collect_faults"))
import world
from PIL import Image

from assay.collection.clock import SystemClock
from assay.data.sources.elpv import BINARY, ElpvSource

CLASSES = {"wikimedia": "functional", "openverse": "defective"}


def main() -> None:
    count, share = int(sys.argv[1]) if sys.argv[1:] else 60, float(sys.argv[2]) if sys.argv[2:] else 0.1
    table = ElpvSource(task="binary", on_conflict="drop").build(Path(tempfile.mkdtemp())).labelled.table
    # One of each group, so that nothing on the server is a copy but what its faults make one.
    table = table.drop_duplicates("group").sample(frac=1, random_state=0)
    paths = {source: table[table["label"] == BINARY.index(name)]["path"].tolist() for source, name in CLASSES.items()}

    def picture(name: str, quality: int = 90) -> bytes:
        source, _, number = name.partition("-")
        out = io.BytesIO()
        Image.open(paths[source][int(number)]).convert("RGB").save(out, "JPEG", quality=quality)
        return out.getvalue()

    world.picture = picture  # type: ignore[assignment]
    items = {source: world.items_of(source, count, share, at="127.0.0.1") for source in CLASSES}
    world.World({**items, "flickr": []}, SystemClock(), port=80)
    print(f"{count} cells of each kind at http://127.0.0.1/w/api.php and /v1/images/; Ctrl-C ends it", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
