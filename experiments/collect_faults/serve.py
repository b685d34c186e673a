"""Serves stand-ins of picture sources on port 80 of this machine, for trying `assay collect` without a network.

python experiments/collect_faults/serve.py [PICTURES [SHARE_OF_FAULTS]]
"""

from __future__ import annotations

import sys
import threading

import world

from assay.collection.clock import SystemClock


def main() -> None:
    count, share = int(sys.argv[1]) if sys.argv[1:] else 30, float(sys.argv[2]) if sys.argv[2:] else 0.2
    items = {source: world.items_of(source, count, share, at="127.0.0.1") for source in world.HOSTS}
    world.World(items, SystemClock(), port=80)
    print(f"{count} pictures each at http://127.0.0.1/w/api.php, /v1/images/ and /services/rest/; Ctrl-C ends it")
    threading.Event().wait()


if __name__ == "__main__":
    main()
