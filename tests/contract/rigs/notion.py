"""Notion's rig: a person's pages are in two tables, some carrying the address, some naming the Notion user."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from aiohttp import web
from pydantic import SecretStr

from connectors.notion import Notion
from connectors.notion_config import NotionConfig
from dsar.identity import Identity, Key
from dsar.records import Record
from standins.notion import app
from standins.notion_workspace import TOKEN
from tests.contract.played import Played
from tests.contract.rig import Fault

CLIENTS = "1f2e3d4c-0000-4000-8000-00000000c11e"
NOTES = "1f2e3d4c-0000-4000-8000-000000000075"
SCHEMAS = {
    CLIENTS: {
        "Name": "title",
        "Email": "email",
        "Client": "people",
        "Stage": "status",
        "Closed": "date",
        "Brief": "files",
        "Phone": "phone_number",
        "Company": "rich_text",
    },
    NOTES: {"Topic": "title", "Writes from": "rich_text", "Budget": "number", "Tags": "multi_select"},
}


def entry(address: str, **changed: Any) -> NotionConfig:
    """An entry of systems.toml for a stand-in."""
    given = {
        "name": "notion",
        "kind": "notion",
        "title": "Notion",
        "base_url": f"{address}/v1",
        "secret": SecretStr(TOKEN),
        "data_sources": (
            {
                "id": CLIENTS.replace("-", ""),
                "email_property": "Email",
                "people_property": "Client",
                "name_property": "Name",
                "fields": {"phone": "Phone", "company": "Company"},
                "dates": {"project_completed": "Closed"},
            },
            {
                "id": NOTES,
                "email_property": "Writes from",
                "email_type": "rich_text",
                "category": "contact information and communications",
            },
        ),
        "page_size": 2,
        "files_url": f"{address}/files/",
        "requests_per_second": None,
        "timeout_seconds": 1.5,
    }
    return NotionConfig.model_validate(given | changed)


class NotionRig(Played):
    """A stand-in with two tables, two results to a page.

    Lossy: the trash is emptied weeks later, so that a page is never gone at once.
    Impossible here: Notion's 429 always says how long to wait.
    """

    name = "notion"
    lossy = True
    impossible = frozenset({Fault.RATE_LIMIT_WITHOUT_HINT})

    def __init__(self, **changed: Any) -> None:
        self._changed = changed

    def served(self) -> web.Application:
        """The stand-in, with empty tables, a file and somebody who works there."""
        staff = {str(uuid4()): {"name": "Mo", "email": "mo@studio.example"}}
        sources = {key: {"title": key, "properties": schema} for key, schema in SCHEMAS.items()}
        return app({"data_sources": sources, "files": {"brief.pdf": "%PDF-1.7"}, "users": staff})

    @asynccontextmanager
    async def start(self) -> AsyncIterator[None]:
        """Run the stand-in."""
        async with self.playing(self.served()) as self.address:
            self.connector = Notion(entry(self.address, **self._changed))
            try:
                yield
            finally:
                await self.connector.close()

    async def seed(self, identity: Identity, count: int) -> Sequence[str]:
        """Plant pages, in turn: one with the address, one in the other table, one that only names the user."""
        state = await self.state()
        (address,) = identity.values(Key.EMAIL)[:1]
        user = _user(identity)
        state["users"][user] = {"name": identity.values(Key.NAME)[0], "email": address}
        planted = [_page(number, identity, user) for number in range(count)]
        await self.put({**state, "pages": state["pages"] + planted})
        return [f"page:{page['id']}" for page in planted]

    async def snapshot(self) -> object:
        """The whole workspace but for `last_edited_time`, which any change moves on for good."""
        state = await self.state()
        for page in state["pages"]:
            del page["last_edited_time"]
        return state

    async def present(self, record: Record) -> bool:
        """Whether the page, in the trash or not, still says anything."""
        held = [page for page in (await self.state())["pages"] if page["id"] == record.state["page"]]
        return any(page["blocks"] or any(v for k, v in page["properties"].items() if k != "Stage") for page in held)

    async def asked(self) -> list[str]:
        """What the connector asked for since this was last asked, oldest first: `GET /v1/users`."""
        calls = await self.calls()
        await self.control.delete("/_control/calls")
        return [f"{call['method']} {call['path'].partition('?')[0]}" for call in calls]


def _user(identity: Identity) -> str:
    """The id of the person's Notion user, which is a UUID at Notion."""
    (given,) = identity.values(Key.NOTION_USER_ID)[:1]
    try:
        return str(UUID(given))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, given))


def _page(number: int, identity: Identity, user: str) -> dict[str, Any]:
    (address,) = identity.values(Key.EMAIL)[:1]
    page: dict[str, Any] = {"id": str(uuid4()), "data_source": CLIENTS, "in_trash": number == 4}
    page["created_time"] = f"2025-01-15T09:{number:02d}:00.000Z"
    match number % 3:
        case 0:
            page["properties"] = {
                "Name": identity.values(Key.NAME)[0],
                "Email": address,
                "Phone": None,
                "Company": "Engines",
                "Stage": "Won",
                "Closed": "2025-03-01",
                "Brief": [{"name": "brief.pdf", "file": "brief.pdf"}],
            }
            page["icon"] = {"emoji": "x"}
            page["blocks"] = [{"text": "Notes of the call", "comments": [{"text": "call again"}]}, {"type": "divider"}]
        case 1:
            page |= {"data_source": NOTES, "properties": {"Topic": "Offer", "Writes from": address, "Budget": 100}}
        case _:
            page["properties"] = {"Name": "A project", "Client": [user]}
    return page
