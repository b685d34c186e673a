"""Does the service keep its OpenAPI document? schemathesis with all its checks, with keys of each scope and none.

    python experiments/serving/contract.py [--examples 100] [--seed 0] [--quick] [--folder DIR]

The document is the frozen one, `docs/openapi.json`; the service answers by a registered model, so that the addresses of
versions are reached too. schemathesis lies in an environment of its own. It sends examples, what lies at the borders of
each schema, drawn requests, and chains of requests that make, read and delete; `contract/` says what it holds them to.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from registered import MODEL, make_registered
from rival_servers import environment
from services import assay_served, make_key

HERE = Path(__file__).parent / "contract"
DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
PACKAGES = ("schemathesis==4.32.5",)
WORDS = ("open_jobs=1000", "deadline_ms=120000")
"""Of the service: whether it is fast enough is measured elsewhere."""
SCOPES = (("classify",), ("review",), ("admin",), ("classify", "review", "admin"), ())
"""Of the key with each round of requests; () is none."""


def round_of(program: Path, address: str, key: str, report: Path, *words: str) -> dict[str, Any]:
    """What schemathesis reports of a service.

    Args:
        program: schemathesis.
        address: of the service.
        key: that each request carries; "" for none.
        report: file that it writes.
        words: further ones of the command.
    """
    command = [str(program), "run", str(DOCUMENT), "--url", address, "--report", "json", "--no-color"]
    command += ["--report-json-path", str(report), "--generation-database", "none", "--request-timeout", "120", *words]
    command += ["--header", f"Authorization: Bearer {key}"] if key else []
    apart = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(command, cwd=HERE, env=apart, capture_output=True, text=True, check=False)
    if not report.exists():
        raise SystemExit(f"schemathesis ended with {ended.returncode}:\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}")
    if ended.returncode:
        print(ended.stdout)
    return dict(json.loads(report.read_text()))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=100, help="drawn requests of each operation, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="ten drawn requests of each operation")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "assay-serving")
    asked = parser.parse_args(arguments)
    program = environment("schemathesis", PACKAGES, asked.folder) / "schemathesis"
    registered, failed = make_registered(asked.folder), 0
    words = ["--max-examples", str(10 if asked.quick else asked.examples), "--seed", str(asked.seed)]
    with (
        tempfile.TemporaryDirectory(dir=asked.folder) as folder,
        assay_served(f"models:/{MODEL}@champion", Path(folder), *WORDS, inside=registered.project) as server,
    ):
        for scopes in SCOPES:
            key = make_key(Path(folder) / "assay.db", *scopes) if scopes else ""
            report = Path(folder) / f"report-{'-'.join(scopes) or 'none'}.json"
            said = round_of(program, server.address, key, report, *words)
            cases = said["test_cases"]
            name = "key for " + ", ".join(scopes) if scopes else "no key"
            tested = f"{said['operations']['tested']} operations, {cases['generated']} requests"
            print(f"{name}: {tested}, {cases['unique_failures']} failures, {len(said['errors'])} errors", flush=True)
            failed += bool(cases["unique_failures"] or said["errors"] or not said["complete"])
        faults = [line for line in server.log.read_text().splitlines() if "Traceback" in line or "failed" in line]
        print(f"the service's log: {len(faults)} faults")
    return 1 if failed or faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
