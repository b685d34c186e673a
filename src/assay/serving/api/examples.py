"""An example of each schema of an OpenAPI document, put together from those of its fields."""

from __future__ import annotations

from typing import Any


class NoExample(LookupError):  # noqa: N818  # says what is missing
    """A field says neither an example nor a default."""


def example_of(schema: dict[str, Any], schemas: dict[str, Any], at: str = "") -> Any:
    """A value of the schema: its own example, else its default, else one of its parts' examples.

    Args:
        schema: JSON Schema as OpenAPI 3.1 has it.
        schemas: by name, for what it refers to.
        at: where it stands, for the error.

    Raises:
        NoExample: a field says none.
    """
    if examples := schema.get("examples"):
        return examples[0]
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return example_of(schemas[name], schemas, name)
    if variants := [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]:
        return example_of(variants[0], schemas, at)
    if "const" in schema or "enum" in schema:
        return schema.get("const", *schema.get("enum", [])[:1])
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas, f"{at}[]")]
    if schema.get("type") == "object" and "properties" in schema:
        return _fields(schema, schemas, at)
    raise NoExample(f"{at}: say one with Field(examples=[…])")


def _fields(schema: dict[str, Any], schemas: dict[str, Any], at: str) -> dict[str, Any]:
    """Those that are always there, and those that say an example; what may be missing shows no guess."""
    made = {}
    for name, about in schema["properties"].items():
        if name in schema.get("required", ()) or about.get("examples") or about.get("default") is not None:
            made[name] = example_of(about, schemas, f"{at}.{name}")
    return made
