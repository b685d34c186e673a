"""Keys of a request: a dataclass whose fields say type, bounds, default and a sentence, read without heavy imports."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from assay.config.signature import Argument, signature_of

Request = TypeVar("Request")


@dataclass(frozen=True)
class Help:
    """Makes a field of a request a key that can be typed: `Annotated[int, AtLeast(1), Help("images on each sheet")]`.

    Attributes:
        text: what the key is for, without its default and its choices.
        key: what is typed; "" takes the field's name.
        shown: what stands for its value in the usage.
        hint: what to do where a value is needed and missing.
        recipes: folder of the config whose files are the usual values: "study", "policy", "gate", "retrain".
        instead: what to type instead where an empty value would not say what is meant, and is refused; "" lets it keep
            the default.
    """

    text: str
    key: str = ""
    shown: str = "…"
    hint: str = ""
    recipes: str = ""
    instead: str = ""


@dataclass(frozen=True)
class Inline:
    """Marks a field that is a dataclass of settings: its keys are typed without the field's name before them.

    Attributes:
        start: that stands before each of them instead.
    """

    start: str = ""


@dataclass(frozen=True)
class RequestKey:
    """One key of a request.

    Attributes:
        key: as it is typed.
        path: names of the fields from the request down to the value.
        argument: kinds and bounds of the value.
        help: what it is for.
        default: its value where nothing is typed; `dataclasses.MISSING` where one is needed.
    """

    key: str
    path: tuple[str, ...]
    argument: Argument
    help: Help
    default: Any

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return self.default is dataclasses.MISSING

    @property
    def is_truth(self) -> bool:
        """Whether it is true or false."""
        return any(kind.type is bool for kind in self.argument.kinds)

    @property
    def choices(self) -> tuple[str, ...]:
        """The only values, or the only entries of a list; empty where any will do."""
        kinds = self.argument.kinds + tuple(item for kind in self.argument.kinds for item in kind.item)
        return tuple(str(choice) for kind in kinds for choice in kind.choices if choice != "")


def request_keys(request: type, *, start: str = "", path: tuple[str, ...] = ()) -> tuple[RequestKey, ...]:
    """Keys of a request, and of the settings in it, in their order.

    Args:
        request: a dataclass; a field without `Help` is no key, one that is a dataclass lends its own.
        start: what stands before each key.
        path: of the fields above.
    """
    known = signature_of(f"{request.__module__}.{request.__qualname__}")
    signature = {} if known is None else known[0]
    hints = get_type_hints(request, include_extras=True)
    keys: list[RequestKey] = []
    for field in dataclasses.fields(request):
        hint = hints[field.name]
        extras: list[Any] = []
        if get_origin(hint) is Annotated:
            hint, *extras = get_args(hint)
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            inline = next((extra.start for extra in extras if isinstance(extra, Inline)), f"{field.name}.")
            keys += request_keys(hint, start=start + inline, path=(*path, field.name))
        for extra in extras:
            if isinstance(extra, Help):
                argument = signature.get(field.name, Argument())
                key = start + (extra.key or field.name)
                keys.append(RequestKey(key, (*path, field.name), argument, extra, _default(field)))
    return tuple(keys)


def build_request(request: type[Request], values: Mapping[tuple[str, ...], Any]) -> Request:
    """The request with these values, by the path of each; the others keep their defaults."""
    hints = get_type_hints(request)
    given: dict[str, Any] = {path[0]: value for path, value in values.items() if len(path) == 1}
    for name in {path[0] for path in values if len(path) > 1}:
        inner = {path[1:]: value for path, value in values.items() if path[0] == name and len(path) > 1}
        given[name] = build_request(hints[name], inner)
    return request(**given)


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
