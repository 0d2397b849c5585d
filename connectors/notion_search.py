"""Looking for a person in Notion: the workspace's members first, then each data source, then its trash."""

from collections.abc import Sequence
from typing import Any

from connectors.connector import NeedsPerson
from connectors.http import together
from connectors.notion_config import DataSource, NotionConfig
from connectors.notion_pages import days, people, title
from connectors.notion_position import Position
from connectors.notion_wanted import Wanted, shown_people
from connectors.notion_workspace import (
    GONE,
    OR_REFUSED,
    QUERY,
    Listing,
    Page,
    User,
    Workspace,
    pages,
    unshared,
)
from dsar.identity import Identifier, Identity, Key
from dsar.records import Located, Record


class Search:
    """Searches one workspace; keeps nothing between two pages: all of it is in the cursor."""

    def __init__(self, config: NotionConfig, workspace: Workspace) -> None:
        self._config = config
        self._sources = config.data_sources
        self._workspace = workspace

    async def page(self, identity: Identity, cursor: str | None) -> Located:
        """One page of the search."""
        wanted = Wanted.of(identity)
        at = Position.model_validate_json(cursor) if cursor else Position(members=self._reads_members(wanted))
        if at.members:
            return await self._among_members(wanted, at)
        while at.source < len(self._sources):
            source = self._sources[at.source]
            if (body := wanted.body(source, at, self._config.page_size)) is not None:
                return await self._queried(wanted, source, at, body)
            at = at.at(at.source + 1)
        return Located()

    def _reads_members(self, wanted: Wanted) -> bool:
        named = any(source.people_property for source in self._sources)
        return named and bool(wanted.addresses) and not wanted.users

    async def _among_members(self, wanted: Wanted, at: Position) -> Located:
        listing = await self._workspace.users(at.next)
        users = [user.id for user in people(listing.results) if wanted.has(user.person.email)]
        found = at.model_copy(update={"users": at.users + tuple(users), "next": listing.next_cursor})
        return Located(cursor=(found if listing.has_more else found.at(0)).cursor)

    async def _queried(self, wanted: Wanted, source: DataSource, at: Position, body: dict[str, Any]) -> Located:
        answer = await self._workspace.ask("POST", QUERY, source.id, ok=OR_REFUSED, json=body)
        if answer.status == GONE:
            raise unshared(self._config)
        if answer.status == 400 and at.next:
            # The cursor is one that Notion no longer knows: the query goes on from the last page that was seen.
            return Located(cursor=at.from_last().cursor)
        if answer.status == 400:
            raise self._misnamed()
        listing = answer.read(Listing)
        found = pages(answer, listing)
        located = await together(self._record(wanted, source, at, page) for page in at.fresh(found))
        following = self._following(at, at.after(listing, found))
        return Located(
            records=tuple(record for record, _ in located if record is not None),
            learned=self._learned(wanted, [user for record, users in located if record is not None for user in users]),
            cursor=None if following is None else following.cursor,
        )

    def _following(self, before: Position, at: Position) -> Position | None:
        if at.next:
            return at
        if at.capped:
            if at.last in {None, before.since}:
                raise self._too_many_at_once()
            return at.from_last()
        if self._config.search_trash and not at.trash:
            return at.at(at.source, trash=True)
        return at.at(at.source + 1) if at.source + 1 < len(self._sources) else None

    async def _record(
        self, wanted: Wanted, source: DataSource, at: Position, page: Page
    ) -> tuple[Record | None, list[User]]:
        """The page's record if it is the person's, and whom the page is about."""
        users, more = shown_people(page, source)
        matched = wanted.matched(page, source, at, users)
        if more and not matched:
            users = people(await self._workspace.values(page.id, page.properties[source.people_property]))
            matched = wanted.matched(page, source, at, users)
        if not matched:
            return None, []
        record = Record(
            id=f"page:{page.id}",
            category=source.category,
            matched=matched,
            dates=days(page, source),
            label=title(page),
            state={"page": page.id, "data_source": source.id, "in_trash": page.in_trash},
        )
        return record, users

    def _learned(self, wanted: Wanted, users: Sequence[User]) -> tuple[Identifier, ...]:
        """The users that have one of the person's addresses, as far as they are not known."""
        theirs = [u.id for u in users if wanted.has(u.person.email) and u.id not in wanted.users]
        return tuple(
            Identifier(kind=Key.NOTION_USER_ID, value=each, source=self._config.name) for each in dict.fromkeys(theirs)
        )

    def _misnamed(self) -> NeedsPerson:
        return NeedsPerson(
            f"{self._config.title}: {QUERY} answered 400",
            f"Compare the properties named under [{self._config.name}] in systems.toml with the database in Notion: "
            "one has another name or type there. Correct the file and restart the worker; then retry.",
        )

    def _too_many_at_once(self) -> NeedsPerson:
        return NeedsPerson(
            f"{self._config.title} holds more pages of one moment than it gives for one query",
            "Notion gives 10,000 results for one query, and more pages than that match the person and were created at "
            "the same moment. Move some of them to another database that systems.toml names, then retry.",
        )
