"""S3's XML: answers written from plain values, requests read into them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from aiohttp import web

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def answer(
    root: str, members: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An XML answer. A list becomes that many elements of the same name; `None` is left out."""
    element = ET.Element(root) if root == "Error" else ET.Element(root, xmlns=NAMESPACE)
    _fill(element, members)
    body = ET.tostring(element, encoding="utf-8", xml_declaration=True)
    return web.Response(body=body, status=status, headers=headers, content_type="application/xml")


def error(code: str, status: int, message: str = "", headers: Mapping[str, str] | None = None) -> web.Response:
    """S3's error document."""
    return answer("Error", {"Code": code, "Message": message or code, "RequestId": "standin"}, status, headers)


def moment(when: datetime) -> str:
    """A date as S3 writes it."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def read(body: bytes) -> dict[str, Any]:
    """A request's document: text by member name; members that have members are lists of such dictionaries."""
    return _members(ET.fromstring(body))  # noqa: S314 - what asks a stand-in is a test or the demo


def _members(element: ET.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        name = child.tag.rpartition("}")[2]
        if len(child):
            found.setdefault(name, []).append(_members(child))
        else:
            found[name] = child.text or ""
    return found


def _fill(element: ET.Element, members: Mapping[str, Any]) -> None:
    for name, value in members.items():
        values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        for one in values:
            if isinstance(one, Mapping):
                _fill(ET.SubElement(element, name), one)
            elif one is not None:
                ET.SubElement(element, name).text = str(one).lower() if isinstance(one, bool) else str(one)
