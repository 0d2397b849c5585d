"""What Notion's interface answers, as objects, and the calls that read it.

The vendor's reference: https://developers.notion.com/reference (2026-03-11; npm `@notionhq/client` has its types).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import unquote

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from connectors.connector import NeedsPerson, TryLater
from connectors.http import OK, Answer, Http, shaped, together
from connectors.notion_config import NotionConfig
from connectors.pace import Account

VERSION = "2026-03-11"
"""Pinned: an older one words the trash otherwise, a newer one may word anything otherwise."""

PAGE = "/pages/{}"
QUERY = "/data_sources/{}/query"
CHILDREN = "/blocks/{}/children"
TABLE = "child_database"

OLDEST_FIRST = [{"timestamp": "created_time", "direction": "ascending"}]

GONE = 404
"""Also what Notion answers about things that are not shared with the connection: see `Workspace.must_see`."""
OR_GONE = frozenset({200, GONE})
OR_REFUSED = frozenset({200, 400, GONE})

SHOWN_AT_MOST = 25
"""References that a page shows of one property; the rest has to be asked for, property by property."""
CUT_SHORT = frozenset({"title", "rich_text", "people", "relation"})


class Page(BaseModel):
    """A page, with the values of its properties by their names, as Notion words them."""

    id: str
    created_time: AwareDatetime
    last_edited_time: AwareDatetime
    in_trash: bool
    properties: dict[str, dict[str, Any]]


class Listing(BaseModel):
    """A page of any list."""

    results: list[dict[str, Any]]
    has_more: bool
    next_cursor: str | None = None
    request_status: dict[str, Any] = Field(default_factory=dict)

    @property
    def capped(self) -> bool:
        """Whether the query matched more than Notion gives for one query (10,000 results)."""
        return self.request_status.get("type") == "incomplete"

    @model_validator(mode="after")
    def _leads_on(self) -> "Listing":
        if self.has_more and not self.next_cursor:
            raise ValueError("more, but no cursor")
        return self


class DataSourceId(BaseModel):
    """A data source, by its id alone."""

    id: str


class Database(BaseModel):
    """A table inside a page: one data source, or several."""

    data_sources: list[DataSourceId]


class User(BaseModel):
    """A member of the workspace. Bots have no person, and persons no address unless the connection may see it."""

    class Person(BaseModel):
        """The part that only people have."""

        email: str = ""

    id: str
    person: Person = Field(default_factory=Person)


class Refusal(BaseModel):
    """How Notion says no. What says it otherwise is not Notion, but something before it."""

    object: Literal["error"]
    code: str


class Workspace:
    """One Notion workspace, as far as it is shared with the connection, read and paged."""

    def __init__(self, config: NotionConfig) -> None:
        self._config = config
        token = config.secret.get_secret_value()
        self._http = Http(config, {"Authorization": f"Bearer {token}", "Notion-Version": VERSION})
        # Files are at another host, which must not see the token and counts for itself; its 403 is a signature that ran
        # out.
        self._files = Http(config, busy=lambda answer: answer.status == 403, account=Account(config.max_connections))

    async def ask(
        self,
        method: str,
        path: str,
        *args: str,
        ok: frozenset[int] = OK,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Answer:
        """One request; a refusal that `ok` lets through is Notion's own, and a 404 is about the thing asked for."""
        answer = await self._http.request(method, path, *args, ok=ok, params=params, json=json)
        if answer.status not in OK:
            code = answer.read(Refusal).code
            if answer.status == GONE and code != "object_not_found":
                raise TryLater(f"{path} answered 404 about something else than it was asked for")
        return answer

    async def page(self, page: str) -> Answer | None:
        """A page; `None` when it is gone."""
        answer = await self.ask("GET", PAGE, page, ok=OR_GONE)
        return None if answer.status == GONE else answer

    async def users(self, cursor: str | None) -> Listing:
        """A page of the workspace's members. Guests are not among them."""
        params = {"page_size": str(self._config.page_size)} | ({"start_cursor": cursor} if cursor else {})
        return (await self.ask("GET", "/users", params=params)).read(Listing)

    async def has_content(self, page: str) -> bool:
        """Whether a page has any block."""
        answer = await self.ask("GET", CHILDREN, page, ok=OR_GONE, params={"page_size": "1"})
        return answer.status != GONE and bool(answer.read(Listing).results)

    async def blocks(self, parent: str) -> list[dict[str, Any]]:
        """The blocks of a page, as Notion words them, each with its own under `children`.

        Pages beneath are followed, and so are the rows of a table beneath, each a page with its blocks; not those of a
        table that the entry names: it is searched by itself.
        """
        blocks = await self._everything(CHILDREN, (parent,))
        tables = [each for each in blocks if each.get("type") == TABLE and self._config.nested_tables]
        nested = [each for each in blocks if each.get("has_children") and each.get("type") != TABLE]
        children = await together(self.blocks(str(each.get("id"))) for each in nested)
        rows = await together(self._rows(str(each.get("id"))) for each in tables)
        for block, its in zip([*nested, *tables], [*children, *rows], strict=True):
            block["children"] = its
        return blocks

    async def comments(self, page: str, blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The open comments on a page, and on its blocks if the entry says so. Notion does not give resolved ones."""
        if not self._config.comments:
            return []
        places = [page, *(_ids(blocks) if self._config.inline_comments else ())]
        found = await together(self._everything("/comments", (), block_id=place) for place in places)
        return [comment for some in found for comment in some]

    async def values(self, page: str, held: Mapping[str, Any]) -> list[Any]:
        """All values of a property that a page may have cut short."""
        kind = str(held.get("type"))
        path = f"{PAGE}/properties/{{}}"
        items = await self._everything(path, (page, unquote(str(held.get("id")))))
        return [item.get(kind) for item in items]

    async def whole(self, page: dict[str, Any]) -> dict[str, Any]:
        """A page, as Notion words it, with the rest of the values that it cuts short."""
        cut = {name: held for name, held in page["properties"].items() if may_be_cut(held)}
        rest = await together(self.values(str(page["id"]), held) for held in cut.values())
        full = {name: {**held, held["type"]: its} for (name, held), its in zip(cut.items(), rest, strict=True)}
        return {**page, "properties": {**page["properties"], **full}}

    async def must_see(self, sources: set[str]) -> None:
        """Raise `NeedsPerson` unless the connection sees these data sources.

        Notion answers alike about what was deleted and about what is no longer shared: a page that it does not show is
        gone only while the table that it was in is shown.
        """
        for source in sorted(sources):
            answer = await self.ask("GET", "/data_sources/{}", source, ok=OR_GONE)
            if answer.status == GONE:
                raise unshared(self._config)

    async def stream(self, url: str) -> AsyncIterator[bytes]:
        """Download a file from a signed address."""
        # A fragment is not sent: it only names the request in errors, as the path holds the file's name.
        async for chunk in self._files.stream("#file", base_url=url):
            yield chunk

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()
        await self._files.close()

    async def _rows(self, database: str) -> list[dict[str, Any]]:
        """The rows of a table inside a page, whole and with their blocks; none where Notion does not show it."""
        answer = await self.ask("GET", "/databases/{}", database, ok=OR_REFUSED)
        if answer.status not in OK:
            return []
        named = {source.id for source in self._config.data_sources}
        sources = [each.id for each in answer.read(Database).data_sources if each.id not in named]
        found = [row for source in sources for row in await self._queried(source)]
        wholes = await together(map(self.whole, found))
        blocks = await together(self.blocks(str(row["id"])) for row in found)
        return [{**row, "children": its} for row, its in zip(wholes, blocks, strict=True)]

    async def _queried(self, source: str) -> list[dict[str, Any]]:
        """Every page of a data source that the entry does not name."""
        found: list[dict[str, Any]] = []
        body: dict[str, Any] = {"sorts": OLDEST_FIRST, "page_size": self._config.page_size}
        while True:
            answer = await self.ask("POST", QUERY, source, ok=OR_GONE, json=body)
            if answer.status == GONE:
                return found
            listing = answer.read(Listing)
            pages(answer, listing)
            found += [each for each in listing.results if each.get("object") == "page"]
            if listing.capped:
                raise self._too_large()
            if not listing.has_more:
                return found
            body["start_cursor"] = listing.next_cursor

    def _too_large(self) -> NeedsPerson:
        return NeedsPerson(
            f"{self._config.title} holds a table inside a page that is larger than Notion gives for one query",
            "Copy the table by hand (open it as a page, ... > Export), then set nested_tables = false under "
            f"[{self._config.name}] in systems.toml, restart the worker and retry.",
        )

    async def _everything(self, path: str, where: Sequence[str], **params: str) -> list[dict[str, Any]]:
        """Every item of a list, all pages; nothing when what it belongs to is gone."""
        found: list[dict[str, Any]] = []
        paged = {**params, "page_size": str(self._config.page_size)}
        while True:
            answer = await self.ask("GET", path, *where, ok=OR_GONE, params=paged)
            if answer.status == GONE:
                return found
            listing = answer.read(Listing)
            found += listing.results
            if not listing.has_more or listing.next_cursor is None:
                return found
            paged["start_cursor"] = listing.next_cursor


def unshared(config: NotionConfig) -> NeedsPerson:
    """What a person does about a database that the connection does not see."""
    return NeedsPerson(
        f"{config.title} does not show a data source of systems.toml",
        f"Share each database named under [{config.name}] in systems.toml with the connection "
        "(open it, ... > Connections), or take a deleted one out of the file; then retry.",
    )


def object_of(answer: Answer) -> dict[str, Any]:
    """A page or block, as Notion words it, when it is one."""
    body = answer.json()
    if not isinstance(body, dict) or not isinstance(body.get("id"), str):
        raise TryLater(f"{answer.path} answered without a proper id")
    return body


def pages(answer: Answer, listing: Listing) -> list[Page]:
    """The pages among a query's results: a wiki lists data sources beside them."""
    return [shaped(Page, each, answer.path) for each in listing.results if each.get("object") == "page"]


def may_be_cut(held: Mapping[str, Any]) -> bool:
    """Whether a page may show only the beginning of a property."""
    value = held.get(str(held.get("type")))
    return held.get("type") in CUT_SHORT and isinstance(value, list) and len(value) >= SHOWN_AT_MOST


def _ids(blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    return [i for block in blocks for i in (str(block.get("id")), *_ids(block.get("children", ())))]
