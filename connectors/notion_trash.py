"""Notion's trash: pages go in and come out, and what is left of an erased one waits there for the end.

A page in the trash cannot be edited, only taken out: so one that is to be emptied is out of it for a moment.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from connectors.connector import NeedsPerson
from connectors.notion_config import NotionConfig
from connectors.notion_pages import filled
from connectors.notion_workspace import GONE, OR_GONE, OR_REFUSED, PAGE, Page, Workspace, object_of
from dsar.records import Outcome, OutcomeKind, Record

Clock = Callable[[], datetime]

ASK_AGAIN = timedelta(days=1)
"""Between two looks at a page that should have left the trash."""

KEPT = "Notion kept something of the page's content"


class Trash:
    """Acts on one record's page. `None` instead of an outcome: Notion does not show the page."""

    def __init__(self, config: NotionConfig, workspace: Workspace, now: Clock) -> None:
        self._config = config
        self._workspace = workspace
        self._now = now

    async def put(self, record: Record) -> Outcome | None:
        """Move the page to the trash."""
        page = await self._moved(page_id(record), in_trash=True)
        return None if page is None else Outcome(record_id=record.id, kind=OutcomeKind.SUPPRESSED)

    async def take_out(self, record: Record) -> Outcome | None:
        """Move the page to where it was located, which may be the trash."""
        page = await self._moved(page_id(record), in_trash=bool(record.state["in_trash"]))
        return None if page is None else Outcome(record_id=record.id, kind=OutcomeKind.RESTORED)

    async def empty(self, record: Record) -> Outcome | None:
        """Empty the page and move it to the trash. One that is there and empty is left alone."""
        answer = await self._workspace.page(page_id(record))
        if answer is None:
            return None
        page = answer.read(Page)
        if page.in_trash and not await self._has_something(page):
            return self._waiting(record, page)
        pictures = [name for name in ("icon", "cover") if object_of(answer).get(name) is not None]
        return await self._emptied(record, page, pictures)

    async def check(self, record: Record) -> Outcome | None:
        """Whether the page is empty and in the trash."""
        answer = await self._workspace.page(page_id(record))
        if answer is None:
            return None
        page = answer.read(Page)
        if not page.in_trash:
            return _refused(record, "the page is not in Notion's trash")
        return _refused(record, KEPT) if await self._has_something(page) else self._promised(record, page)

    async def _emptied(self, record: Record, page: Page, pictures: list[str]) -> Outcome | None:
        if page.in_trash and await self._moved(page.id, in_trash=False) is None:
            return None
        body = {"properties": filled(page), "erase_content": True, **dict.fromkeys(pictures)}
        answer = await self._workspace.ask("PATCH", PAGE, page.id, ok=OR_GONE, json=body)
        if answer.status == GONE:
            return None
        emptied = answer.read(Page)
        trashed = await self._moved(page.id, in_trash=True)
        if trashed is None:
            return None
        return _refused(record, KEPT) if filled(emptied) else self._waiting(record, trashed)

    async def _has_something(self, page: Page) -> bool:
        return bool(filled(page)) or await self._workspace.has_content(page.id)

    async def _moved(self, page: str, *, in_trash: bool) -> Page | None:
        """Move a page into the trash or out of it. One that is there already may be refused: then look."""
        answer = await self._workspace.ask("PATCH", PAGE, page, ok=OR_REFUSED, json={"in_trash": in_trash})
        looked = await self._workspace.page(page) if answer.status == 400 else answer
        if looked is None or looked.status == GONE:
            return None
        moved = looked.read(Page)
        if moved.in_trash is not in_trash:
            raise NeedsPerson(
                f"{self._config.title} left a page where it was",
                "A page cannot leave the trash while the database that it belongs to is in it, and cannot be moved "
                "where the connection may not edit. Put that right in Notion, then retry.",
            )
        return moved

    def _waiting(self, record: Record, page: Page) -> Outcome:
        """What is true of an empty page in the trash."""
        if self._config.trash == "notion":
            return self._promised(record, page)
        link = f"https://www.notion.so/{page.id.replace('-', '')}"
        what = (
            f"An emptied page has to be deleted for good: open {link} in Notion and use the banner above it, "
            "or find it under Trash in the sidebar. You need full access to it."
        )
        return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=what)

    def _promised(self, record: Record, page: Page) -> Outcome:
        due = page.last_edited_time + timedelta(days=self._config.trash_days)
        check_after = max(due, self._now() + ASK_AGAIN)
        return Outcome(record_id=record.id, kind=OutcomeKind.ACCEPTED, check_after=check_after)


def page_id(record: Record) -> str:
    """The page that a record is."""
    return str(record.state["page"])


def _refused(record: Record, why: str) -> Outcome:
    return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason=why)
