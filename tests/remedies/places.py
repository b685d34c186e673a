"""Every place of the code where a message, a page or a help asks a person to type something, read from its source."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import assay
from assay.commands.catalogue import NAMES

PACKAGE = Path(assay.__file__).parent
_WORD = r"(?:\{\}|--?[\w-]+|[A-Z_]{2,}|[a-z_.-]+=[^\s;,()`]*|\d+|delete|restore|upgrade|bash|…)"
COMMANDS = re.compile(
    rf"(?<![\w./-])(?:assay (?:{'|'.join(NAMES)})\b|python train\.py|mlflow (?:db|experiments|runs|gc|models)\b"
    rf"|pip install\b|ulimit\b|(?:export|unset) (?=[A-Z]+_)|(?:rm|mv|cp|chmod)\b(?= [-./{{~]))(?: {_WORD})*"
)
"""A command as it stands in a text, up to the words that are not typed."""
SETTINGS = re.compile(r"(?<![\w.{}=])\+?(?:[a-z_]+(?:\.[a-z_]+)+|[a-z]+)=[^\s;,()`]+")
"""A setting as it stands in a text."""
MAKERS = {"typed", "training_command", "install_command", "resume_command"}
"""Functions whose value is typed."""


def commands() -> Iterator[tuple[str, str]]:
    """Module and command of each text that asks for one; what is filled in stands as {}."""
    for module, text in _texts():
        for match in COMMANDS.finditer(" ".join(text.split())):
            yield module, match[0]


def settings() -> Iterator[tuple[str, str]]:
    """Module and setting of each error that asks for one: behind its subject, with its value, whole."""
    for module, text in _texts(raised=True):
        for match in SETTINGS.finditer(text):
            setting = match[0].rstrip(".'\":")
            if match.start() > 0 and "{" not in setting and "…" not in setting and "[" not in setting:
                yield module, setting


def made() -> Iterator[tuple[str, str]]:
    """Module and function of each call that makes what is typed."""
    for module, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                yield module, f"{node.func.id}({ast.unparse(node.args[0]) if node.args else ''})"


@functools.cache
def _modules() -> tuple[tuple[str, ast.Module], ...]:
    """Name and tree of each module, read once for all that is asked about them."""
    files = [path for folder in (PACKAGE, PACKAGE.parent / "hydra_plugins") for path in sorted(folder.rglob("*.py"))]
    names = [path.relative_to(PACKAGE.parent).with_suffix("").as_posix() for path in files]
    return tuple((name, ast.parse(path.read_text("utf-8"))) for name, path in zip(names, files, strict=True))


def _texts(*, raised: bool = False) -> Iterator[tuple[str, str]]:
    """Module and text of every string but docstrings; with `raised`, those in a call of an error alone."""
    for module, tree in _modules():
        silent = {id(part) for node in _undocumented(tree) for part in ast.walk(node)}
        wanted = [tree] if not raised else [node for node in ast.walk(tree) if _is_error(node)]
        seen: set[int] = set()
        for top in wanted:
            for node in ast.walk(top):
                if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in silent | seen:
                    seen |= {id(part) for part in ast.walk(node)}
                    yield module, _text(node)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _undocumented(tree: ast.Module) -> Iterator[ast.AST]:
    """Texts that ask for nothing: docstrings, and the examples of commands, which have tests of their own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Yield):
            yield node
        if isinstance(node, ast.keyword) and node.arg == "examples":
            yield node.value


def _is_error(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("Error")
