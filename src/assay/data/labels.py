"""Labels as text, the rules by which two spellings are one label, and the order of classes."""

from __future__ import annotations

import ast
import logging
import math
import numbers
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assay.data.spelling import comparable
from assay.errors import DataError

logger = logging.getLogger(__name__)

_DIGITS = re.compile(r"(\d+)")
_SEPARATORS = {"|": any, ";": any, ",": all, "+": all, "&": all, "/": all}
"""What stands between several labels, and how many of the parts have to be known: names may hold a comma."""
MISSING_VALUES = frozenset({"nan", "<na>", "nat", "#n/a"})
"""What programs write where a value is missing, in small letters; nothing else is called so."""
_ERROR_OF_SHEET = re.compile(r"#[^\W\d_].*[!?]|#nv|#n/d|#н/д", re.IGNORECASE)
"""What a cell of a spreadsheet shows where its formula failed, in many languages: `#VALUE!`, `#NAME?`, `#NV`."""
MISSING_OR_NAME = frozenset({"NA", "N/A", "n/a", "null", "NULL", "Null", "None", "?", "-", "--"})
"""What programs write there too, and what a class may well be called."""
_TRUTH = (frozenset({"0", "false", "no"}), frozenset({"1", "true", "yes"}))
"""No and yes, as `comparable` gives them."""
_SHOWN = 10


def as_text(value: Any) -> str:
    """A label or other cell as text: 3 and 3.0 are "3", missing values are ""; bytes are UTF-8."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, numbers.Integral):
        return str(int(value))  # not by way of a float, which holds 53 bits: two ids would become one
    if isinstance(value, numbers.Real):
        number = float(value)
        if math.isnan(number):
            return ""
        return str(int(number)) if number.is_integer() else str(value)
    return "" if str(value) in ("<NA>", "NaT") else str(value)


def trimmed(label: str) -> str:
    """A label without spaces around it, in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", label).strip()


def one_spelling(counts: Mapping[str, int], where: str, *, merge: bool, known: Sequence[str] = ()) -> dict[str, str]:
    """Label as it is written -> the class that it means.

    Names that are `comparable`, as `Cat` and `cat`, `1` and `1.0`, are one name for most people and two for a program,
    so they are asked about. A label that occurs with spaces around it alone is read without them.

    Args:
        counts: label -> number of images; "" for none.
        where: what an error calls the source.
        merge: whether near-equal names become one, the most frequent of them.
        known: names that the user listed as classes; they are meant as they are.

    Raises:
        DataError: near-equal names that nobody merged, labels that stand for a missing value, or several labels in one.
    """
    names: Counter[str] = Counter()
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for label, count in counts.items():
        names[trimmed(label)] += count
        spellings[trimmed(label)][unicodedata.normalize("NFC", label)] += count
    listed = {trimmed(name) for name in known}
    _refuse_missing(names, listed, where)
    _refuse_several(names, listed, where)
    alike: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if name:
            alike[comparable(name)].append(name)
    _join_truth(alike)
    near = [
        group
        for group in alike.values()
        if sum(len(spellings[name]) for name in group) > 1 and not listed.issuperset(group)
    ]
    if near and not merge:
        lines = [
            ", ".join(
                f"{label!r} ({count})"
                for name in sorted(group)
                for label, count in sorted(spellings[name].items(), reverse=True)
            )
            for group in near[:_SHOWN]
        ]
        more = f"\n  … and {len(near) - _SHOWN} more" if len(near) > _SHOWN else ""
        raise DataError(
            f"{where}: labels that are nearly equal, with their images:\n  " + "\n  ".join(lines) + more + "\n"
            "Correct them, or set data.merge_labels=true to make each of these one class"
        )
    chosen = {name: name for name in names}
    for group in near:
        best = max(sorted(group), key=lambda name: (name in listed, names[name]))
        chosen.update(dict.fromkeys(group, best))
    return {label: chosen[trimmed(label)] for label in counts}


def in_order(names: Iterable[str]) -> list[str]:
    """Class names sorted: by value if all are numbers, else by their characters, where digits in a row are a number.

    `2` stands before `10`, and `grade_2` before `grade_10`.
    """
    names = list(names)
    if all(_is_number(name) for name in names):
        return sorted(names, key=lambda name: (float(name), name))
    return sorted(names, key=lambda name: (_natural(name), name))


def numbers_order(names: Iterable[str]) -> bool:
    """Whether the names are the same but for one number, which puts them in an order: `grade_0`, `grade_1`, …."""
    names = list(names)
    if all(_is_number(name) for name in names):
        return True
    parts = [_DIGITS.split(name) for name in names]
    return all(len(part) == 3 and part[::2] == parts[0][::2] for part in parts) and len(
        {int(part[1]) for part in parts}
    ) == len(names)


def _join_truth(alike: dict[str, list[str]]) -> None:
    """Where all labels say yes or no, and in more than one way, those that say the same are one."""
    truths = {key: truth for key in alike for truth, words in enumerate(_TRUTH) if key in words}
    if len(truths) == len(alike) and len(alike) > 2:
        joined: dict[str, list[str]] = defaultdict(list)
        for key, names in alike.items():
            joined[str(truths[key])] += names
        alike.clear()
        alike.update(joined)


def _refuse_missing(names: Mapping[str, int], listed: set[str], where: str) -> None:
    missing = [
        name
        for name in names
        if (name.lower() in MISSING_VALUES or _ERROR_OF_SHEET.fullmatch(name)) and name not in listed
    ]
    if missing:
        raise DataError(
            f"{where}: {names[missing[0]]} images have the label {missing[0]!r}, which programs write where a value is "
            "missing; leave the cell empty, or name every class in data.classes if one is called so"
        )
    doubtful = [name for name in names if name in MISSING_OR_NAME and name not in listed]
    if doubtful:
        logger.warning(
            "%s: %d images have the label %s, which is taken for the name of a class; leave the cell empty where a "
            "label is missing",
            where,
            sum(names[name] for name in doubtful),
            " or ".join(map(repr, doubtful)),
        )


def _refuse_several(names: Mapping[str, int], listed: set[str], where: str) -> None:
    """A label like `cat|outdoor`, whose parts are labels of other images too, is several, and so is a list as text."""
    if lists := [name for name in names if name not in listed and _is_list(name)]:
        raise DataError(
            f"{where}: one label per image is needed, and {sum(names[name] for name in lists)} images have a list as "
            f"text (first: {lists[0]!r}); write the name of the one class, without brackets"
        )
    for separator, enough in _SEPARATORS.items():
        compound = {
            name: [part.strip() for part in name.split(separator)]
            for name in names
            if separator in name and name not in listed
        }
        parts = Counter(part for all_parts in compound.values() for part in set(all_parts))
        known = {part for part, count in parts.items() if count > 1 or part in names}
        several = [name for name, own in compound.items() if all(own) and enough(part in known for part in own)]
        if several:
            raise DataError(
                f"{where}: one label per image is needed, and {sum(names[name] for name in several)} images have "
                f"several (first: {several[0]!r}); keep the one that is asked about, or list every class "
                "in data.classes if these are names"
            )


def _is_list(name: str) -> bool:
    """Whether a program wrote a list, a tuple, a set or an object here: `['cat']`, `[0, 1]`."""
    if name[:1] not in ("[", "(", "{") or name[-1:] not in ("]", ")", "}"):
        return False
    try:
        return isinstance(ast.literal_eval(name), (list, tuple, set, dict))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False


def _natural(name: str) -> tuple[tuple[str, int], ...]:
    parts = _DIGITS.split(name)
    return tuple((text, int(digits)) for text, digits in zip(parts[::2], [*parts[1::2], "-1"], strict=True))


def _is_number(name: str) -> bool:
    try:
        return math.isfinite(float(name))
    except ValueError:
        return False
