"""What Notion's requests have in common: ids, bodies, and lists that go on at a cursor."""

import base64
import binascii
import hashlib
import json
from typing import Any
from uuid import UUID

from aiohttp import web

from standins.notion_shapes import State
from standins.notion_workspace import Refused, invalid

MOST = 100
"""Items of a page of any list."""


def listed(request: web.Request, kind: str, items: list[State], about: State | None = None) -> web.Response:
    """A page of a list that is asked for with a query string. `about` describes the list, where it is described."""
    size = page_size(number(request.query.get("page_size", str(MOST))))
    mark = hashlib.sha256(f"{request.path}?{request.query.get('block_id', '')}".encode()).hexdigest()[:16]
    cursor = request.query.get("start_cursor")
    start = 0 if cursor is None else position(cursor, mark, items)
    part, more = items[start : start + size], start + size < len(items)
    following = cursor_after(mark, str(part[-1]["id"]), start + size) if more else None
    body = {"object": "list", "results": part, "next_cursor": following, "has_more": more, "type": kind}
    return web.json_response({**body, kind: about or {}})


def cursor_after(mark: str, last: str, offset: int) -> str:
    """Where a list goes on: good for the same question only."""
    return base64.urlsafe_b64encode(json.dumps([mark, last, offset]).encode()).decode()


def position(cursor: Any, mark: str, items: list[State], *, strict: bool = False) -> int:
    """The place of a cursor in a list that may have changed since; `strict`: invalid once its last item has left."""
    try:
        given, last, offset = json.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError, TypeError):
        raise invalid("The start_cursor provided is invalid.") from None
    if given != mark:
        raise invalid("The start_cursor provided is invalid.")
    if 0 < offset <= len(items) and items[offset - 1]["id"] == last:
        return int(offset)
    place = next((at + 1 for at, item in enumerate(items) if item["id"] == last), None)
    if place is None and strict:
        raise invalid("The start_cursor provided is invalid.")
    return int(offset) if place is None else place


def page_size(value: Any) -> int:
    """How many items to give."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise invalid("page_size should be a number from 1 to 100")
    return value


def number(text: str) -> int:
    """A number in a query string."""
    if not text.isdecimal():
        raise invalid("query failed validation: page_size should be a number")
    return int(text)


def uuid_of(request: web.Request, name: str) -> str:
    """An id in the path, with its dashes."""
    return uuid_in(request.match_info[name], f"path.{name}_id")


def uuid_in(value: str, where: str) -> str:
    """An id, with its dashes."""
    try:
        return str(UUID(value))
    except ValueError:
        raise invalid(f"{where.partition('.')[0]} failed validation: {where} should be a valid uuid") from None


async def json_object(request: web.Request) -> State:
    """The request's body, refused if it is not a JSON object."""
    try:
        body = await request.json()
    except ValueError:
        raise Refused(400, "invalid_json", "Error parsing JSON body.") from None
    if not isinstance(body, dict):
        raise invalid("body failed validation: body should be an object")
    return body
