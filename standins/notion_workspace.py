"""What the Notion stand-in holds; the shape of its state is described in standins/notion.py."""

import hashlib
import json
import uuid
from datetime import UTC, datetime
from typing import Any

from standins.notion_filters import BadFilter, filtered, ordered
from standins.notion_shapes import BOT, WRITABLE, State, short

TOKEN = "standin-notion"
BEGINNING = "2025-01-15T09:00:00.000Z"

PAGE_FIELDS = frozenset({"properties", "icon", "cover", "is_locked", "erase_content", "in_trash"})
"""What an update of a page may say, as far as the stand-in knows it; `archived` is gone since 2026-03-11."""


class Refused(Exception):
    """A refusal in Notion's words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.body = {
            "object": "error",
            "status": status,
            "code": code,
            "message": message,
            "request_id": str(uuid.uuid4()),
        }


def invalid(message: str) -> Refused:
    """The request does not fit."""
    return Refused(400, "validation_error", message)


def missing(kind: str) -> Refused:
    """The thing is not there, or not shared with the connection."""
    hint = "Make sure the relevant pages and databases are shared with your connection."
    return Refused(404, "object_not_found", f"Could not find {kind} with the given ID. {hint}")


class Workspace:
    """All that one workspace holds."""

    def __init__(self, state: State | None) -> None:
        self.replace(state or {})

    def replace(self, state: State) -> None:
        """Take over a seed."""
        self.token = str(state.get("token", TOKEN))
        self.result_limit = int(state.get("result_limit", 10_000))
        self.file_seconds = float(state.get("file_seconds", 3600))
        self.users: dict[str, State] = dict(state.get("users", {}))
        self.files: dict[str, str] = dict(state.get("files", {}))
        self.data_sources: dict[str, State] = {
            key: {"title": "", "in_trash": False, **source} for key, source in state.get("data_sources", {}).items()
        }
        pages = [_page(seed) for seed in state.get("pages", [])]
        self.pages: dict[str, State] = {page["id"]: page for page in pages}
        self._answers: dict[str, list[State]] = {}
        self._blocks: dict[str, tuple[State, State]] = {}
        self._comments: dict[str, tuple[State, State]] = {}
        for page in pages:
            self._index(page, "blocks", {"type": "page_id", "page_id": page["id"]})

    def state(self) -> State:
        """Everything, in the shape of a seed."""
        limits = {"result_limit": self.result_limit, "file_seconds": self.file_seconds}
        held = {"users": self.users, "files": self.files, "data_sources": self.data_sources}
        return {"token": self.token, **limits, **held, "pages": list(self.pages.values())}

    def data_source(self, source_id: str) -> State:
        """One table."""
        if source_id not in self.data_sources:
            raise missing("data_source")
        return self.data_sources[source_id]

    def page(self, page_id: str) -> State:
        """One page, in the trash or not."""
        if page_id not in self.pages:
            raise missing("page")
        return self.pages[page_id]

    def block(self, block_id: str) -> tuple[State, State]:
        """A block and what it belongs to."""
        if block_id not in self._blocks:
            raise missing("block")
        return self._blocks[block_id]

    def holder(self, block_id: str) -> State:
        """A page or block: what has children and comments."""
        return self.pages[block_id] if block_id in self.pages else self.block(block_id)[0]

    def comment(self, comment_id: str) -> tuple[State, State]:
        """A comment and what it belongs to."""
        if comment_id not in self._comments:
            raise missing("comment")
        return self._comments[comment_id]

    def query(self, source_id: str, body: State) -> tuple[str, list[State], bool]:
        """A query's own mark, the pages that it gives, and whether there are more than it may give."""
        schema = self.data_source(source_id)["properties"]
        asked = {key: body.get(key) for key in ("filter", "sorts", "in_trash")}
        mark = hashlib.sha256(json.dumps([source_id, asked], sort_keys=True).encode()).hexdigest()[:16]
        if mark not in self._answers:
            try:
                holds = filtered(body["filter"], schema) if "filter" in body else (lambda _: True)
                pages = [p for p in self.pages.values() if p["data_source"] == source_id and holds(p)]
                pages = [p for p in pages if p["in_trash"] is bool(body.get("in_trash", False))]
                self._answers[mark] = ordered(body.get("sorts", []), pages)
            except BadFilter as said:
                raise invalid(f"body failed validation: {said}") from None
        found = self._answers[mark]
        return mark, found[: self.result_limit], len(found) > self.result_limit

    def update(self, page_id: str, body: State) -> State:
        """PATCH a page."""
        page = self.page(page_id)
        if strange := set(body) - PAGE_FIELDS:
            raise invalid(f"body failed validation: {', '.join(sorted(strange))} should be not present")
        if any(not isinstance(body.get(key, False), bool) for key in ("erase_content", "in_trash", "is_locked")):
            raise invalid("body failed validation: a boolean was expected")
        if page["in_trash"] and body != {"in_trash": False}:
            raise invalid("Can't edit block that is archived. You must unarchive the block before editing.")
        source = self.data_source(page["data_source"])
        if page["in_trash"] and source["in_trash"]:
            raise invalid("Can't unarchive a page whose ancestor is archived.")
        values = self._values(source["properties"], body.get("properties", {}))
        if page["in_trash"] is body.get("in_trash") and len(body) == 1:
            return page
        page["properties"].update(values)
        page.update({key: body[key] for key in ("icon", "cover", "in_trash") if key in body})
        if body.get("erase_content"):
            self._forget(page["blocks"])
            page["blocks"] = []
        page["last_edited_time"] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._answers.clear()
        return page

    def _values(self, schema: State, given: Any) -> State:
        if not isinstance(given, dict):
            raise invalid("body failed validation: body.properties should be an object")
        values: State = {}
        for name, value in given.items():
            kind = schema.get(name)
            if kind is None:
                raise invalid("A property that was given does not exist.")
            if kind not in WRITABLE or not isinstance(value, dict) or set(value) - {"type"} != {kind}:
                raise invalid(f"a property is expected to be {kind}, and of a kind that can be written")
            try:
                values[name] = short(kind, value[kind])
            except (ValueError, KeyError, TypeError):
                raise invalid(f"body failed validation: a {kind} was expected") from None
        return values

    def _index(self, holder: State, beneath: str, parent: State) -> None:
        self._comments |= {comment["id"]: (comment, parent) for comment in holder["comments"]}
        for block in holder[beneath]:
            self._blocks[block["id"]] = (block, parent)
            self._index(block, "children", {"type": "block_id", "block_id": block["id"]})

    def _forget(self, blocks: list[State]) -> None:
        for block in blocks:
            del self._blocks[block["id"]]
            for comment in block["comments"]:
                del self._comments[comment["id"]]
            self._forget(block["children"])


def _page(seed: State) -> State:
    """A page, with what the seed leaves out."""
    page = {
        "id": str(uuid.uuid4()),
        **_stamps(),
        "in_trash": False,
        "properties": {},
        "icon": None,
        "cover": None,
        **seed,
    }
    return page | {"blocks": [_block(each) for each in page.get("blocks", [])], "comments": _comments(page)}


def _block(seed: State) -> State:
    block = {"id": str(uuid.uuid4()), "type": "paragraph", **_stamps(), **seed}
    return block | {"children": [_block(each) for each in block.get("children", [])], "comments": _comments(block)}


def _comments(holder: State) -> list[State]:
    return [
        {"id": str(uuid.uuid4()), "discussion_id": str(uuid.uuid4()), "created_time": BEGINNING, "created_by": BOT}
        | comment
        for comment in holder.get("comments", [])
    ]


def _stamps() -> State:
    return {"created_time": BEGINNING, "last_edited_time": BEGINNING, "created_by": BOT}
