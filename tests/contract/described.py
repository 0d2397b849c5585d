"""Both sides of a conversation against an OpenAPI 3.0 description: every request, and every answer."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from standins.faults import Handler

FOLDER = Path(__file__).parent / "descriptions"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Said:
    """One request and its answer."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    content_type: str
    body: Any
    """A form's pairs, or JSON; `None` where nothing was sent."""
    status: int
    answer: Any
    """JSON; `None` where there was none."""


def overheard(application: web.Application, into: list[Said]) -> web.Application:
    """The stand-in, with every exchange on the vendor's own routes kept in `into`."""

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        if "/_control/" in request.path:
            return await handler(request)
        text = await request.text()
        response = await handler(request)
        assert isinstance(response, web.Response)
        into.append(
            Said(
                method=request.method,
                path=request.path,
                query=tuple(parse_qsl(request.query_string, keep_blank_values=True)),
                headers={name.lower(): value for name, value in request.headers.items()},
                content_type=request.content_type if text else "",
                body=_body(request.content_type, text),
                status=response.status,
                answer=json.loads(response.text) if response.text and "json" in response.content_type else None,
            )
        )
        return response

    application.middlewares.insert(0, keep)
    return application


def _body(content_type: str, text: str) -> Any:
    if not text:
        return None
    return parse_qsl(text, keep_blank_values=True) if content_type == FORM else json.loads(text)


class Description:
    """What a vendor publishes of its interface, trimmed to what is used."""

    def __init__(self, document: dict[str, Any], extended: frozenset[str] = frozenset()) -> None:
        schemas = document["components"]["schemas"]
        self._document = _closed(document)
        self._document["components"]["schemas"] |= {name: schemas[name] for name in extended}

    @classmethod
    def of(cls, name: str, extended: frozenset[str] = frozenset()) -> "Description":
        """The description in a file of `descriptions/`; `extended` are schemas that others add fields to (`allOf`)."""
        return cls(json.loads((FOLDER / name).read_text(encoding="utf-8")), extended)

    def operation(self, said: Said) -> tuple[str, dict[str, Any]]:
        """The template of this path, and the operation; of several the one with fewest blanks."""
        fitting = sorted(
            (template for template in self._document["paths"] if _fits(template, said.path)), key=lambda t: t.count("{")
        )
        assert fitting, f"the vendor describes no {said.path}"
        operations: dict[str, Any] = self._document["paths"][fitting[0]]
        assert said.method.lower() in operations, f"the vendor describes no {said.method} {fitting[0]}"
        return fitting[0], operations[said.method.lower()]

    def mistakes(self, said: Said) -> list[str]:
        """Everything that the description does not know, or knows otherwise."""
        template, operation = self.operation(said)
        asked = [*self._asked_wrongly(said, operation), *self._sent_wrongly(said, operation)]
        return [f"{said.method} {template}: {wrong}" for wrong in (*asked, *self._answered_wrongly(said, operation))]

    def _asked_wrongly(self, said: Said, operation: dict[str, Any]) -> Iterator[str]:
        known = {each["name"]: each["schema"] for each in operation.get("parameters", []) if each["in"] == "query"}
        for name, value in said.query:
            schema = known.get(name) or _within(known, name)
            if schema is None:
                yield f"?{name}"
            elif any(self._wrong(each, text) for each, text in _each(schema, value)):
                yield f"?{name}={value}"

    def _sent_wrongly(self, said: Said, operation: dict[str, Any]) -> Iterator[str]:
        content = operation.get("requestBody", {}).get("content", {})
        if said.body is None:
            return
        if said.content_type not in content:
            yield f"{said.content_type} is not taken"
        elif said.content_type == FORM:
            properties = content[FORM]["schema"].get("properties", {})
            for name, value in said.body:
                schema = properties.get(name) or _within(properties, name)
                if schema is None:
                    yield f"form field {name}"
                elif self._wrong(schema, value):
                    yield f"form field {name}={value!r}"
        else:
            yield from self._errors(content[said.content_type]["schema"], said.body)

    def _answered_wrongly(self, said: Said, operation: dict[str, Any]) -> Iterator[str]:
        responses = operation["responses"]
        status = str(said.status)
        known = [key for key in (status, f"{status[0]}XX", "default") if key in responses]
        if not known:
            yield f"{status} is no answer of it"
            return
        found = responses[known[0]]
        if "$ref" in found:
            found = self._components["responses"][found["$ref"].rpartition("/")[2]]
        schemas = [each["schema"] for each in found.get("content", {}).values()]
        if not schemas and said.answer is not None:
            yield f"{status} has no body"
        for schema in schemas[:1]:
            yield from self._errors(schema, said.answer)

    def _wrong(self, schema: dict[str, Any], text: str) -> bool:
        """Whether a text of a query or a form is none that the schema means."""
        readings: list[Any] = [text]
        if re.fullmatch(r"-?\d+", text):
            readings.append(int(text))
        return all(list(self._errors(schema, reading)) for reading in readings)

    def _errors(self, schema: dict[str, Any], value: Any) -> Iterator[str]:
        reference = {"$ref": schema["$ref"]} if "$ref" in schema else schema
        validator: Validator = Draft202012Validator({**reference, "components": self._components})
        for error in validator.iter_errors(value):
            yield f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"

    @cached_property
    def _components(self) -> dict[str, Any]:
        components: dict[str, Any] = self._document["components"]
        return components


def _closed(node: Any) -> Any:
    """The same, with no object taken that has more fields than are described: a field that is made up is a mistake."""
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {key: _closed(value) for key, value in node.items()}
    is_object = isinstance(node.get("properties"), dict) and node.get("type") == "object"
    return {"additionalProperties": False} | found if is_object and "allOf" not in node else found


def _fits(template: str, path: str) -> bool:
    return bool(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path))


def _each(schema: dict[str, Any], value: str) -> list[tuple[dict[str, Any], str]]:
    """A list in one parameter is its parts, with commas between them."""
    if schema.get("type") == "array":
        return [(schema["items"], part) for part in value.split(",")]
    return [(schema, value)]


def _within(known: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The schema of `outer[inner]` and of `outer[]`."""
    outer, _, inner = name.partition("[")
    if not inner or outer not in known:
        return None
    for schema in known[outer].get("anyOf", [known[outer]]):
        key = inner.removesuffix("[]").removesuffix("]")
        if not key and "items" in schema:
            return dict(schema["items"])
        if key in schema.get("properties", {}):
            found: dict[str, Any] = schema["properties"][key]
            return found
        if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
            return dict(schema["additionalProperties"])
    return None
