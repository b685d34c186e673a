"""Pages of the reference that are made from the declarations: the options of a training, and the addresses of HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.config.compose import groups
from assay.config.help import PURPOSE, default_options, described
from assay.config.key_help import keys_of

OPENAPI = Path(__file__).parent / "openapi.json"
OPTIONS_HEAD = """# Options of a training

A training is composed of groups, one option of each: `python train.py model=resnet50 aug=[standard,mixup]`. A key of
an option is set by its name, `loss.gamma=1.5`. In the terminal the same stands in `python train.py --help`, and in
`--help loss` for the keys of a group."""
HTTP_HEAD = """# HTTP

The addresses of `assay serve`. A running service shows them at `/docs`, with what each takes and gives; the whole
contract is [`openapi.json`](../../openapi.json), in which nothing that a client relies on is ever changed. Errors are
problem documents (RFC 9457), whose `type` names the problem, `detail` says what and where, and `instance` is the
request."""


def write_pages(folder: Path) -> None:
    """Write each page, unless it is there with the same text: an unchanged page is not built anew."""
    folder.mkdir(exist_ok=True)
    for name, lines in {"options.md": _options(), "http.md": _http(json.loads(OPENAPI.read_text("utf-8")))}.items():
        page, text = folder / name, "\n".join(lines) + "\n"
        if not page.exists() or page.read_text("utf-8") != text:
            page.write_text(text, "utf-8")


def _options() -> Iterator[str]:
    yield OPTIONS_HEAD
    defaults, known = default_options(), groups()
    for group in sorted(known, key=lambda name: list(PURPOSE).index(name) if name in PURPOSE else len(PURPOSE)):
        yield f"\n## {group}\n\n{_sentence(PURPOSE.get(group, ''))}\n\n| option | |\n| --- | --- |"
        for option in known[group]:
            name = f"**`{option}`** (default)" if option == defaults.get(group) else f"`{option}`"
            yield f"| {name} | {_cell(described(group, option))} |"
        keys, some = keys_of(group, known[group])
        if keys:
            yield "\n| key, and its default | |\n| --- | --- |"
        for key, about in keys.items():
            of = f" ({', '.join(f'`{name}`' for name in some[key])})" if key in some else ""
            said = [_sentence(_cell(about.text)), f"*{_cell(about.kind)}*" if about.kind else ""]
            row = " ".join(filter(None, said)) + of
            default = f"<br>{_code(about.default)}" if about.default else ""
            yield f"| `{group.replace('/', '.')}.{key}`{default} | {row.strip()} |"


def _http(contract: dict[str, Any]) -> Iterator[str]:
    yield HTTP_HEAD
    for address, methods in contract["paths"].items():
        for method, about in methods.items():
            yield f"\n## {method.upper()} {address}\n\n**{_sentence(about['summary'])}** {about.get('description', '')}"
            if given := about.get("parameters"):
                yield "\n| | in | |\n| --- | --- | --- |"
                for each in given:
                    yield f"| `{each['name']}` | {each['in']} | {_cell(each.get('description', ''))} |"
            yield "\n| answer | |\n| --- | --- |"
            for code, answer in about["responses"].items():
                yield f"| {code} | {_cell(answer.get('description', ''))} |"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")
