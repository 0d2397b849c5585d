"""What the properties of a Notion page say of a person, and making them say something else.

Free text in the page's body is not read: a person finds what is wrong there. Nothing is written that could not be put
back by its text alone: what is formatted, linked or computed is a person's task.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from connectors.http import Answer
from connectors.notion_config import NotionConfig
from connectors.notion_pages import text
from connectors.notion_trash import page_id
from connectors.notion_workspace import GONE, OR_REFUSED, PAGE, Page, Workspace, may_be_cut
from dsar.correction import Field, Values, says
from dsar.records import Outcome, OutcomeKind, Record

RICH = frozenset({"title", "rich_text"})
WRITABLE = RICH | {"email", "phone_number"}
PIECE = 1000
"""Notion takes 2,000 characters in one piece of text, and does not say what it counts as one."""

COMPUTED = "Notion takes no new text for what is computed, chosen or formatted."

Held = Mapping[str, Any]
ByHand = Callable[[Record, str], str]
"""A record, and what is wanted of a person there -> their instructions."""


class Words(NamedTuple):
    """What a page says; `None` in the trash, where nothing can be edited."""

    said: dict[Field, str] | None


class Correction:
    """Reads and corrects one page. `None`: Notion does not show it."""

    def __init__(self, config: NotionConfig, workspace: Workspace, by_hand: ByHand) -> None:
        self._workspace = workspace
        self._places = {source.id: source.correctable for source in config.data_sources}
        self._by_hand = by_hand

    async def said(self, record: Record) -> Words | None:
        """All that a page says of its person; nothing where it only refers to their Notion user."""
        page = await self._page(record)
        if page is None:
            return None
        if page.in_trash:
            return Words(None)
        return Words({field: shown(value) for field, value in (await self._held(record, page)).items()})

    async def make(self, record: Record, wished: Values) -> Outcome | None:
        """Make a page say these values. In the trash nothing is edited."""
        page = await self._page(record)
        if page is None:
            return None
        if page.in_trash:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        held = await self._held(record, page)
        new = {f: v for f, v in wished.items() if f in held and shown(held[f]) != v}
        by_hand = dict.fromkeys(new.keys() - writable(held), COMPUTED)
        if sent := {f: v for f, v in new.items() if f not in by_hand}:
            names = self._places[str(record.state["data_source"])]
            answer = await self._sent(record, {names[f]: _value(str(held[f]["type"]), v) for f, v in sent.items()})
            if answer.status == GONE:
                return None
            by_hand |= _left(answer, sent, names)
        return self._outcome(record, {f: (wished[f], why) for f, why in sorted(by_hand.items())})

    def _outcome(self, record: Record, by_hand: Mapping[Field, tuple[str, str]]) -> Outcome:
        if not by_hand:
            return Outcome(record_id=record.id, kind=OutcomeKind.RECTIFIED)
        lines = [f"Set {field.replace('_', ' ')} to {value!r}: {why}" for field, (value, why) in by_hand.items()]
        instructions = self._by_hand(record, "\n".join(lines))
        return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)

    async def _sent(self, record: Record, properties: dict[str, Any]) -> Answer:
        body = {"properties": properties}
        return await self._workspace.ask("PATCH", PAGE, page_id(record), ok=OR_REFUSED, json=body)

    async def _page(self, record: Record) -> Page | None:
        answer = await self._workspace.page(page_id(record))
        return None if answer is None else answer.read(Page)

    async def _held(self, record: Record, page: Page) -> dict[Field, Held]:
        """The properties that are about the person, by field, whole."""
        names = self._places.get(str(record.state["data_source"]), {}) if record.state.get("about") else {}
        held = {field: page.properties[name] for field, name in names.items() if name in page.properties}
        return {field: await self._whole(page.id, value) for field, value in held.items()}

    async def _whole(self, page: str, held: Held) -> Held:
        if not may_be_cut(held):
            return held
        return {**held, str(held["type"]): await self._workspace.values(page, held)}


def shown(held: Held) -> str:
    """A property's value as people read it."""
    kind = str(held.get("type"))
    value = held.get(kind)
    if kind in RICH:
        return text(held)
    if isinstance(value, list):
        return ", ".join(filter(None, (_one(each) for each in value)))
    return _one(value)


def _one(value: Any) -> str:
    """One value: a text, a number, a user, an option, or what a formula or rollup gives."""
    if not isinstance(value, dict):
        return "" if value is None else str(value)
    if isinstance(value.get("name"), str):
        return str(value["name"])
    return shown(value) if "type" in value else ""


def writable(held: Mapping[Field, Held]) -> set[Field]:
    """The fields whose property can be written, and says no more than its letters."""
    return {field for field, value in held.items() if value["type"] in WRITABLE and not _formatted(value)}


def _formatted(held: Held) -> bool:
    parts = held[held["type"]] if held["type"] in RICH else []
    return any(
        part.get("type") != "text"
        or part.get("href")
        or any(value not in {False, "default"} for value in part.get("annotations", {}).values())
        for part in parts
    )


def _value(kind: str, value: str) -> dict[str, Any]:
    """A property, as an update takes it."""
    if kind not in RICH:
        return {kind: value or None}
    pieces = [value[start : start + PIECE] for start in range(0, len(value), PIECE)]
    return {kind: [{"type": "text", "text": {"content": piece}} for piece in pieces]}


def _left(answer: Answer, sent: Values, names: Mapping[Field, str]) -> dict[Field, str]:
    """What Notion did not do of what it was asked for."""
    if answer.status == 400:
        return dict.fromkeys(sent, "Notion refuses it.")
    now = answer.read(Page).properties
    kept = {field: shown(now.get(names[field], {})) for field in sent}
    return {f: "Notion keeps something else." for f, value in sent.items() if not says(f, kept[f], value)}
