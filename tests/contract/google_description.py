"""Google's own discovery documents, and what of an exchange does not fit them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import googleapiclient

from tests.contract.recording import Exchange

DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"

TYPES: dict[str, type[Any] | tuple[type[Any], ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "array": list,
    "object": dict,
    "number": (int, float),
}


class Description:
    """Google's descriptions of its interfaces: which call is which method, and what does not fit it."""

    def __init__(self, *names: str) -> None:
        self._documents = [json.loads((DOCUMENTS / f"{name}.json").read_text()) for name in names]

    def method(self, exchange: Exchange) -> tuple[dict[str, Any], dict[str, Any]]:
        """The method that this request calls, and its document."""
        asked = exchange.raw_path or exchange.path
        for document in self._documents:
            for method in _methods(document):
                path = f"/{document['servicePath']}{method['path']}"
                if method["httpMethod"] == exchange.method and re.fullmatch(_pattern(path, method), asked):
                    return method, document
        raise AssertionError(f"Google has no {exchange.method} {exchange.path}")

    def mistakes(self, exchange: Exchange) -> list[str]:
        """Everything that the description does not know or knows otherwise."""
        method, document = self.method(exchange)
        schemas = document["schemas"]
        found = [f"?{name}" for name in exchange.query - method["parameters"].keys() - document["parameters"].keys()]
        if exchange.body is not None:
            found += _misfits(schemas, method["request"], exchange.body, "request")
        if exchange.status == 200 and exchange.answer is not None:
            found += _misfits(schemas, method["response"], exchange.answer, "answer")
        return found


def _methods(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from part.get("methods", {}).values()
    for resource in part.get("resources", {}).values():
        yield from _methods(resource)


def _pattern(path: str, method: dict[str, Any]) -> str:
    """`v1alpha/{+name}:act` as a regular expression; Google gives one for each part of a path."""
    pieces = re.split(r"\{\+?(\w+)\}", path)
    parts = [re.escape(piece) for piece in pieces[::2]]
    names = [method["parameters"][name].get("pattern", "^[^/]+$")[1:-1] for name in pieces[1::2]]
    return "".join(part + name for part, name in zip(parts, [*names, ""], strict=True))


def _misfits(schemas: dict[str, Any], schema: dict[str, Any], value: Any, where: str) -> list[str]:
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    kind = schema.get("type", "any")
    if kind == "any":
        return []
    if not isinstance(value, TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        return [f"{where} is not {kind}"]
    if kind == "array":
        return [found for item in value for found in _misfits(schemas, schema["items"], item, f"{where}[]")]
    if kind == "object":
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        found = [f"{where}.{name} is unknown" for name in value if name not in known and others is None]
        for name in value.keys() & known.keys():
            found += _misfits(schemas, known[name], value[name], f"{where}.{name}")
        return found
    return [f"{where} is none of its values"] if "enum" in schema and value not in schema["enum"] else []
