"""How Notion words what the stand-in holds in short: properties, pages, blocks, comments, users."""

import hashlib
from collections.abc import Callable
from typing import Any

BOT = "b0700000-0000-4000-8000-000000000001"
"""The connection itself, as a user."""

SHOWN_AT_MOST = 25
"""Values of one property that a page shows."""
PAGED = frozenset({"title", "rich_text", "people", "relation"})
COMPUTED = frozenset({"created_time", "last_edited_time", "created_by", "last_edited_by", "unique_id", "formula"})
LISTS = frozenset({"multi_select", "people", "relation", "files"})
TEXTS = frozenset({"title", "rich_text"})
OPTIONS = frozenset({"select", "status"})
PLAIN = frozenset({"number", "url", "email", "phone_number", "checkbox", "date", "place"})
WRITABLE = LISTS | TEXTS | OPTIONS | PLAIN

PIECE = 2000
"""Characters in one piece of rich text, at most."""

State = dict[str, Any]
Sign = Callable[[str], State]
"""A file's name -> `{"url": ..., "expiry_time": ...}`."""


class Shapes:
    """Words one workspace: it needs the users that are named, and somebody to sign the addresses of files."""

    def __init__(self, users: dict[str, State], sign: Sign) -> None:
        self._users = users
        self._sign = sign

    def page(self, page: State, schema: State) -> State:
        """A page object."""
        values = {name: self.property(page, name, kind) for name, kind in schema.items()}
        cut = {name: self._cut(value) for name, value in values.items()}
        return {
            "object": "page",
            "id": page["id"],
            **self._stamps(page),
            "in_trash": page["in_trash"],
            "is_archived": False,
            "is_locked": False,
            "icon": self._picture(page["icon"]),
            "cover": self._picture(page["cover"]),
            "parent": {"type": "data_source_id", "data_source_id": page["data_source"]},
            "properties": cut,
            "url": f"https://www.notion.so/{page['id'].replace('-', '')}",
            "public_url": None,
        }

    def property(self, page: State, name: str, kind: str) -> State:
        """A property's whole value."""
        shaped = self._computed(page, kind) if kind in COMPUTED else self._value(kind, page["properties"].get(name))
        return {"id": property_id(name, kind), "type": kind, kind: shaped}

    def block(self, block: State, parent: State) -> State:
        """A block object; its children are asked for apart."""
        kind = block["type"]
        content: State = {}
        if kind in {"child_page", "child_database"}:
            content = {"title": block.get("text", "")}
        elif "file" in block or "url" in block:
            content = {**self._file(block), "caption": rich(block.get("text", ""))}
        elif kind not in {"divider", "unsupported"}:
            content = {"rich_text": rich(block.get("text", "")), "color": "default"}
        return {
            "object": "block",
            "id": block["id"],
            "parent": parent,
            **self._stamps(block),
            "has_children": bool(block["children"]),
            "in_trash": False,
            "type": kind,
            kind: content,
        }

    def comment(self, comment: State, parent: State) -> State:
        """A comment object."""
        files = [{"category": "productivity", "file": self._sign(name)} for name in comment.get("files", ())]
        return {
            "object": "comment",
            "id": comment["id"],
            "parent": parent,
            "discussion_id": comment["discussion_id"],
            "created_time": comment["created_time"],
            "last_edited_time": comment["created_time"],
            "created_by": partial(comment["created_by"]),
            "rich_text": rich(comment["text"]),
            "display_name": {"type": "user", "resolved_name": None},
            **({"attachments": files} if files else {}),
        }

    def user(self, user_id: str) -> State:
        """A user object, only the id when the user has left."""
        user = self._users.get(user_id)
        if user is None:
            return partial(user_id)
        kind = user.get("type", "person")
        about = {"email": user["email"]} if user.get("email") else {}
        return {**partial(user_id), "name": user.get("name"), "avatar_url": None, "type": kind, kind: about}

    def _value(self, kind: str, held: Any) -> Any:
        match kind:
            case "title" | "rich_text":
                return rich(held or "")
            case "select" | "status":
                return None if held is None else {"id": held, "name": held, "color": "default"}
            case "multi_select":
                return [{"id": each, "name": each, "color": "default"} for each in held or ()]
            case "people":
                return [self.user(each) for each in held or ()]
            case "relation":
                return [{"id": each} for each in held or ()]
            case "files":
                return [self._file(each) for each in held or ()]
            case "date":
                return {"start": held, "end": None, "time_zone": None} if isinstance(held, str) else held
            case "checkbox":
                return bool(held)
            case _:
                return held

    def _computed(self, page: State, kind: str) -> Any:
        match kind:
            case "created_by" | "last_edited_by":
                return partial(page["created_by"])
            case "created_time" | "last_edited_time":
                return page[kind]
            case "unique_id":
                return {"prefix": None, "number": 1}
            case _:
                return {"type": "date", "date": {"start": page["created_time"][:10], "end": None, "time_zone": None}}

    def _file(self, held: State) -> State:
        name = {"name": held["name"]} if "name" in held else {}
        if "file" in held:
            return {**name, "type": "file", "file": self._sign(held["file"])}
        return {**name, "type": "external", "external": {"url": held["url"]}}

    def _picture(self, held: Any) -> Any:
        if held is None or "emoji" in held:
            return held if held is None else {"type": "emoji", "emoji": held["emoji"]}
        return self._file(held)

    def _stamps(self, thing: State) -> State:
        who = partial(thing["created_by"])
        stamps = {key: thing[key] for key in ("created_time", "last_edited_time")}
        return {**stamps, "created_by": who, "last_edited_by": who}

    def _cut(self, value: State) -> State:
        kind = value["type"]
        if kind not in PAGED:
            return value
        shown = {**value, kind: value[kind][:SHOWN_AT_MOST]}
        return shown | ({"has_more": len(value[kind]) > SHOWN_AT_MOST} if kind == "relation" else {})


def rich(text: str) -> list[State]:
    """Rich text that says no more than its letters."""
    annotations = {
        **dict.fromkeys(("bold", "italic", "strikethrough", "underline", "code"), False),
        "color": "default",
    }
    return [
        {
            "type": "text",
            "text": {"content": piece, "link": None},
            "annotations": annotations,
            "plain_text": piece,
            "href": None,
        }
        for piece in (text[start : start + PIECE] for start in range(0, len(text), PIECE))
    ]


def partial(user_id: str) -> State:
    """A user, by the id alone."""
    return {"object": "user", "id": user_id}


def property_id(name: str, kind: str) -> str:
    """A property's id: Notion's are short, and percent-encoded where they are shown."""
    return "title" if kind == "title" else f"{hashlib.sha256(name.encode()).hexdigest()[:4]}%3A"


def short(kind: str, value: Any) -> Any:
    """A property's value in the stand-in's own words; `ValueError` when it is none of this kind."""
    if kind in TEXTS:
        return "".join(_content(part) for part in _list(value))
    if kind in OPTIONS:
        return None if value is None else str(value["name"])
    if kind == "multi_select":
        return [str(each["name"]) for each in _list(value)]
    if kind in {"people", "relation"}:
        return [str(each["id"]) for each in _list(value)]
    if kind == "files":
        return [{"name": each["name"], "url": each["external"]["url"]} for each in _list(value)]
    if kind == "checkbox" and not isinstance(value, bool):
        raise ValueError(kind)
    if kind == "number" and not isinstance(value, int | float | None):
        raise ValueError(kind)
    if kind in {"url", "email", "phone_number"} and not (value is None or (isinstance(value, str) and value)):
        raise ValueError(kind)
    return value


def _content(part: State) -> str:
    return str(part["text"]["content"])


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("not a list")  # noqa: TRY004 - the caller's one way to hear of a bad value
    return value
