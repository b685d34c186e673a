"""Names and sizes of the house: vague bindings, class names that occur twice, files that are long.

    python experiments/house/names.py [CHECKOUT]

A vague binding is a variable, parameter or function called found, said, one, told, there or those.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from pathlib import Path

VAGUE = {"found", "said", "one", "told", "there", "those"}
LONG = 300


def main(checkout: Path) -> None:
    """Print the counts of a checkout."""
    bindings: Counter[str] = Counter()
    classes: Counter[str] = Counter()
    long = []
    files = sorted((checkout / "src").rglob("*.py"))
    for path in files:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > LONG:
            long.append(path.relative_to(checkout / "src"))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bindings[node.id] += 1
            elif isinstance(node, ast.arg):
                bindings[node.arg] += 1
            elif isinstance(node, ast.FunctionDef):
                bindings[node.name] += 1
            elif isinstance(node, ast.ClassDef):
                classes[node.name] += 1
    counted = {name: bindings[name] for name in sorted(VAGUE)}
    print(f"vague bindings: {sum(counted.values())} ({', '.join(f'{name} {n}' for name, n in counted.items())})")
    twice = sorted(name for name, n in classes.items() if n > 1)
    print(f"class names that occur twice or more: {len(twice)} ({', '.join(twice)})")
    print(f"files: {len(files)}, over {LONG} lines: {len(long)} {' '.join(map(str, long))}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").absolute())
