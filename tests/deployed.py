"""What stands in the files of `deploy/`: the commands that they start, word by word."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[1] / "deploy"
COMPOSE, CRONJOBS, DOCKERFILE = DEPLOY / "compose.yaml", DEPLOY / "kubernetes" / "cronjobs.yaml", DEPLOY / "Dockerfile"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("*.timer"))


class _Strict(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML takes the last without a word."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if key.value != "<<"]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.YAMLError(f"{node.start_mark}: {', '.join(twice)} twice")
        return super().construct_mapping(node, deep)


def documents(file: Path) -> list[Any]:
    return list(yaml.load_all(file.read_text("utf-8"), _Strict))


def compose_services() -> dict[str, dict[str, Any]]:
    (document,) = documents(COMPOSE)
    services: dict[str, dict[str, Any]] = document["services"]
    return services


def started() -> dict[str, list[str]]:
    """What starts it -> the words that are started, the program first; of compose as a shell sees them."""
    words: dict[str, list[str]] = {}
    for unit in UNITS:
        (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text("utf-8"), re.MULTILINE)
        words[unit.name] = shlex.split(line)
    for name, service in compose_services().items():
        command = service.get("command", [])
        if name != "database":
            program = service.get("entrypoint", ["assay"])
            words[f"compose {name}"] = command if program[0] == "sh" else [*program, *command]
    for document in documents(CRONJOBS):
        if document["kind"] == "CronJob":
            (container,) = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
            words[f"cronjob {document['metadata']['name']}"] = ["assay", *container["args"]]
    last = DOCKERFILE.read_text("utf-8").rpartition("\nFROM ")[2]
    (entry,), (command,) = (re.findall(rf"^{name} (\[.*\])$", last, re.MULTILINE) for name in ("ENTRYPOINT", "CMD"))
    words["Dockerfile"] = [*json.loads(entry), *json.loads(command)]
    return words
