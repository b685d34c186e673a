"""The door: `python train.py model=efficientnet_b0 aug=mixup`."""

import sys

from assay.cli import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]], program="python train.py")
