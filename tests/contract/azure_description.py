"""Azure's own description of its Blob service, as its client was generated from it, and what of an exchange misfits.

The generated client says for each operation which parameters and headers a request may have, which statuses and headers
an answer has, and for each object which elements its XML consists of, and of which types they are.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree as ET

from aiohttp import web
from azure.storage.blob._generated import models
from azure.storage.blob._generated.aio.operations import BlobOperations, ContainerOperations
from azure.storage.blob._generated.models import StorageErrorCode
from azure.storage.blob._generated.operations import _blob_operations, _container_operations

from standins.faults import Handler

SIGNED = frozenset(
    {
        "accept-encoding",
        "authorization",
        "content-length",
        "host",
        "user-agent",
        "x-ms-client-request-id",
        "x-ms-date",
    }
)
"""What every request has, whatever the operation."""
OF_HTTP = frozenset({"Content-Type", "Content-Length", "Date", "Server", "Retry-After", "x-ms-error-code"})

HEADER = re.compile(r'_deserialize\(\s*"([^"]+)", response\.headers\.get\("([^"]+)"\)')
"""How the generated client reads a header of an answer: its type and its name."""

OPERATIONS = {
    "list_blob_flat_segment": (_container_operations, ContainerOperations, "ListBlobsFlatSegmentResponse"),
    "get_properties": (_blob_operations, BlobOperations, None),
    "download": (_blob_operations, BlobOperations, None),
    "delete": (_blob_operations, BlobOperations, None),
}


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as they went over the wire."""

    method: str
    path: str
    query: dict[str, str]
    headers: frozenset[str]
    status: int
    answer_headers: dict[str, str]
    answer: bytes

    @property
    def operation(self) -> str:
        """Which of the operations this is."""
        if self.query.get("comp") == "list":
            return "list_blob_flat_segment"
        return {"GET": "download", "HEAD": "get_properties", "DELETE": "delete"}[self.method]


def recording(application: web.Application) -> list[Exchange]:
    """Keep what passes between a client and the stand-in."""
    exchanges: list[Exchange] = []

    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if "/_control/" not in request.path:
            body = response.body if isinstance(response, web.Response) else b""
            exchanges.append(
                Exchange(
                    method=request.method,
                    path=request.path,
                    query=dict(request.query),
                    headers=frozenset(request.headers),
                    status=response.status,
                    answer_headers=dict(response.headers),
                    answer=body if isinstance(body, bytes) else b"",
                )
            )
        return response

    application.middlewares.insert(0, record)
    return exchanges


def strange_request(exchange: Exchange) -> Iterator[str]:
    """What a request holds that its operation does not know."""
    module, _, _ = OPERATIONS[exchange.operation]
    source = inspect.getsource(getattr(module, f"build_{exchange.operation}_request"))
    if f'method="{exchange.method}"' not in source:
        yield f"{exchange.operation}: {exchange.method}"
    params, headers = (set(re.findall(rf'{name}\["([^"]+)"\]', source)) for name in ("_params", "_headers"))
    yield from (f"{exchange.operation}: query {name}" for name in exchange.query if name not in params)
    known = {name.lower() for name in headers}
    yield from (
        f"{exchange.operation}: header {name}"
        for name in exchange.headers
        if name.lower() not in known and name.lower() not in SIGNED
    )


def strange_answer(exchange: Exchange) -> Iterator[str]:
    """What an answer holds that its operation does not know, or knows otherwise."""
    _, operations, model = OPERATIONS[exchange.operation]
    source = inspect.getsource(getattr(operations, exchange.operation))
    known = dict(
        reversed(each)
        for each in re.findall(r'_deserialize\(\s*"([^"]+)", response\.headers\.get\("([^"]+)"\)', source)
    )
    if exchange.status >= 400:
        yield from _strange_error(exchange)
        return
    (statuses,) = set(re.findall(r"status_code not in \[([^\]]*)\]", source))
    if str(exchange.status) not in statuses.split(", "):
        yield f"{exchange.operation}: status {exchange.status}"
    for name, value in exchange.answer_headers.items():
        if name.startswith("x-ms-meta-") or name in OF_HTTP:
            continue
        if name not in known:
            yield f"{exchange.operation}: header {name}"
        else:
            yield from _strange_text(known[name], value, f"{exchange.operation}: header {name}")
    if model:
        yield from strange_xml(exchange.answer, model)


def _strange_error(exchange: Exchange) -> Iterator[str]:
    code = exchange.answer_headers.get("x-ms-error-code", "")
    if code not in {each.value for each in StorageErrorCode} | UNLISTED:
        yield f"{exchange.operation}: error {code}"
    if exchange.answer and {child.tag for child in ET.fromstring(exchange.answer)} != {"Code", "Message"}:  # noqa: S314
        yield f"{exchange.operation}: {exchange.status} without an error document"


UNLISTED = frozenset({"BlobImmutableDueToLegalHold", "OperationNotAllowedOnRootBlob"})
"""Codes that Azure's client does not list; they are in its own repositories' issues and tests."""


def strange_xml(body: bytes, model: str) -> Iterator[str]:
    """Elements and attributes that an object does not have, and values that their types do not allow."""
    yield from _strange_object(ET.fromstring(body), getattr(models, model), model)  # noqa: S314


def _strange_object(element: ET.Element, model: Any, path: str) -> Iterator[str]:
    members = {_name(each): each for each in model._attribute_map.values()}  # noqa: SLF001 - that is the description
    yield from (f"{path}: attribute {name}" for name in element.attrib if name not in members)
    anything = "" in members
    for child in element:
        member = members.get(child.tag) or next((m for m in members.values() if _items(m) == child.tag), None)
        if member is not None:
            yield from _strange_value(child, member["type"], f"{path}.{child.tag}")
        elif not anything:
            yield f"{path}: element {child.tag}"


def _strange_value(element: ET.Element, kind: str, path: str) -> Iterator[str]:
    if kind.startswith("["):
        item = kind.strip("[]")
        inside = element if element.tag == _named(item) else None
        for each in [inside] if inside is not None else list(element):
            yield from _strange_value(each, item, f"{path}[]")
    elif hasattr(models, kind):
        yield from _strange_object(element, getattr(models, kind), path)
    else:
        yield from _strange_text(kind, element.text or "", path)


def _strange_text(kind: str, text: str, path: str) -> Iterator[str]:
    try:
        match kind:
            case "int":
                int(text)
            case "rfc-1123":
                assert isinstance(parsedate_to_datetime(text), datetime)
            case "bool":
                assert text in {"true", "false"}
    except (ValueError, AssertionError):
        yield f"{path} is not {kind}"


def _name(member: dict[str, Any]) -> str:
    """The element or attribute that a member is: its own name, its object's, or its key."""
    own = member.get("xml", {}).get("name")
    return str(own or _named(member["type"]) or member["key"])


def _named(kind: str) -> str:
    model = getattr(models, kind, None)
    return str((getattr(model, "_xml_map", None) or {}).get("name", "")) if model else ""


def _items(member: dict[str, Any]) -> str:
    """Of a list without an element of its own, what each of its elements is called."""
    xml = member.get("xml", {})
    return "" if xml.get("wrapped") else str(xml.get("itemsName", ""))
