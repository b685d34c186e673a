"""`python -m assay`: the command `assay`, where its script is not on the path."""

from __future__ import annotations

from assay.cli import main

if __name__ == "__main__":
    main()
