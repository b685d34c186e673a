"""The contract of an API: what clients of an OpenAPI document would lose by another one, and what they would gain."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
EXACT = ("format", "pattern", "const", "default", "multipleOf", "uniqueItems", "contentMediaType")
"""Words of a schema that say which values there may be; everything else in it is for people."""


@dataclass
class ContractDifference:
    """What lies between two documents, a sentence each, with its place.

    Attributes:
        broken: removed or changed, so that a client of before may fail.
        added: what no client of before notices.
    """

    broken: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)


def difference(before: Document, now: Document) -> ContractDifference:
    """What clients lose and gain. What is sent may be wanted less strictly, what is answered may be promised more so.

    Args:
        before: OpenAPI 3.1, as clients know it.
        now: OpenAPI 3.1.
    """
    comparison = _ContractComparison(before, now)
    comparison.addresses()
    comparison.problems()
    return comparison.difference


class _ContractComparison:
    def __init__(self, before: Document, now: Document) -> None:
        self._before, self._now = before, now
        self._compared: set[tuple[str, str, bool]] = set()
        self.difference = ContractDifference()

    def problems(self) -> None:
        """Kinds of problems, by which programs tell what to do."""
        before, now = self._before.get("x-problems", {}), self._now.get("x-problems", {})
        self._names("", before, now, "problem")
        for name in set(before) & set(now):
            self._same(f"problem {name}: status", before[name], now[name])

    def addresses(self) -> None:
        before, now = _operations(self._before), _operations(self._now)
        self._names("", before, now, "address")
        for address in before:
            if address in now:
                self._operation(address, before[address], now[address])

    def _operation(self, at: str, before: Document, now: Document) -> None:
        self._same(f"{at}: operationId", before.get("operationId"), now.get("operationId"))
        self._security(at, before.get("security", []), now.get("security", []))
        self._parameters(at, _parameters(before), _parameters(now))
        self._body(at, before.get("requestBody"), now.get("requestBody"))
        self._names(at, before["responses"], now["responses"], "status")
        for status, about in before["responses"].items():
            if status in now["responses"]:
                other, place = now["responses"][status], f"{at}: {status}"
                self._names(place, about.get("headers", {}), other.get("headers", {}), "header")
                self._content(place, about.get("content", {}), other.get("content", {}), sent=False)

    def _security(self, at: str, before: list[Document], now: list[Document]) -> None:
        if now and not before:
            self.difference.broken.append(f"{at}: needs a key now")
        if before and now:
            old, new = ({name: None for way in ways for name in way} for ways in (before, now))
            self._names(at, old, new, "way to send a key")

    def _parameters(self, at: str, before: Document, now: Document) -> None:
        needed = {name: about for name, about in now.items() if about.get("required")}
        self._names(at, before, now, "parameter", needed=needed)
        for name, about in before.items():
            if name in now:
                if name in needed and not about.get("required"):
                    self.difference.broken.append(f"{at}: {name} is required now")
                self._schema(f"{at}: {name}", about.get("schema", {}), now[name].get("schema", {}), sent=True)

    def _body(self, at: str, before: Document | None, now: Document | None) -> None:
        required = bool(now and now.get("required"))
        if required and not (before or {}).get("required"):
            self.difference.broken.append(f"{at}: a body is required now")
        if before is not None:
            self._content(f"{at}: body", before["content"], (now or {}).get("content", {}), sent=True)

    def _content(self, at: str, before: Document, now: Document, *, sent: bool) -> None:
        self._names(at, before, now, "content type")
        for kind, about in before.items():
            if kind in now:
                self._schema(at, about.get("schema", {}), now[kind].get("schema", {}), sent=sent)

    def _schema(self, at: str, before: Document, now: Document, *, sent: bool) -> None:
        old, new = _variants(before, self._before), _variants(now, self._now)
        unwanted = set(old) - set(new) if sent else set(new) - set(old)
        if unwanted or not set(old) & set(new):
            self.difference.broken.append(f"{at}: was {_shown(old)}, is {_shown(new)}")
        elif set(old) != set(new):
            self.difference.added.append(f"{at}: was {_shown(old)}, is {_shown(new)}")
        for kind in old:
            if kind in new:
                self._variant(at, old[kind], new[kind], sent=sent)

    def _variant(self, at: str, before: tuple[str, Document], now: tuple[str, Document], *, sent: bool) -> None:
        (old_name, old), (new_name, new) = before, now
        if old_name and new_name:
            if (old_name, new_name, sent) in self._compared:
                return
            self._compared.add((old_name, new_name, sent))
            at = new_name
        self._values(at, old, new, sent=sent)
        fields, others = old.get("properties", {}), new.get("properties", {})
        needed, needed_now = set(old.get("required", [])), set(new.get("required", []))
        self._names(at, fields, others, "field", needed=needed_now if sent else ())
        for name, about in fields.items():
            if name not in others:
                continue
            if sent and name in needed_now - needed:
                self.difference.broken.append(f"{at}.{name}: is required now")
            if not sent and name in needed - needed_now:
                self.difference.broken.append(f"{at}.{name}: may be missing now")
            self._schema(f"{at}.{name}", about, others[name], sent=sent)
        for word in ("items", "additionalProperties"):
            if isinstance(old.get(word), dict) and isinstance(new.get(word), dict):
                self._schema(f"{at}[]", old[word], new[word], sent=sent)
            elif old.get(word) != new.get(word):
                self._same(f"{at}: {word}", old.get(word), new.get(word))

    def _values(self, at: str, before: Document, now: Document, *, sent: bool) -> None:
        for word in EXACT:
            if not (sent and word not in now and word != "default"):
                self._same(f"{at}: {word}", before.get(word), now.get(word))
        for word, wider in (*((word, 1) for word in UPPER), *((word, -1) for word in LOWER)):
            old, new = before.get(word), now.get(word)
            if old != new:
                widened = new is None or (old is not None and (new - old) * wider > 0)
                self._noted(f"{at}: {word} was {old}, is {new}", broken=widened != sent)
        old_values, new_values = before.get("enum"), now.get("enum")
        if old_values != new_values:
            narrowed = old_values is None or (new_values is not None and set(new_values) < set(old_values))
            self._noted(f"{at}: one of {old_values}, is one of {new_values}", broken=narrowed == sent)

    def _names(self, at: str, before: Document, now: Document, what: str, *, needed: Any = ()) -> None:
        before_that = f"{at}: " if at else ""
        for name in before:
            if name not in now:
                self.difference.broken.append(f"{before_that}{what} {name} is gone")
        for name in now:
            if name not in before:
                required = "required " if name in needed else ""
                self._noted(f"{before_that}{required}{what} {name} is new", broken=bool(required))

    def _same(self, what: str, before: Any, now: Any) -> None:
        if before != now:
            self.difference.broken.append(f"{what} was {before}, is {now}")

    def _noted(self, what: str, *, broken: bool) -> None:
        (self.difference.broken if broken else self.difference.added).append(what)


def _operations(document: Document) -> Document:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def _parameters(operation: Document) -> Document:
    return {f"{each['name']} in {each['in']}": each for each in operation.get("parameters", [])}


def _variants(schema: Document, document: Document) -> dict[str, tuple[str, Document]]:
    """Types that a value may have -> name of the schema, "" for one without, and the schema."""
    variants: dict[str, tuple[str, Document]] = {}
    for each in schema.get("anyOf") or schema.get("oneOf") or [schema]:
        name = each.get("$ref", "").rpartition("/")[2]
        resolved = document["components"]["schemas"][name] if name else each
        if "anyOf" in resolved or "oneOf" in resolved:
            variants |= _variants(resolved, document)
            continue
        types = resolved.get("type", "anything")
        for kind in [types] if isinstance(types, str) else types:
            variants[f"{kind} {name}" if kind in variants else kind] = (name, resolved)
    return variants


def _shown(variants: dict[str, tuple[str, Document]]) -> str:
    return " or ".join(variants)
