"""Looking for a person in Notion: the workspace's members first, then each data source, then its trash."""

from collections.abc import Sequence
from typing import Any

from connectors.http import together
from connectors.notion_config import DataSource, NotionConfig
from connectors.notion_mentions import mentions
from connectors.notion_pages import people, record_of
from connectors.notion_position import Position
from connectors.notion_results import Results
from connectors.notion_wanted import Wanted, shown_people
from connectors.notion_workspace import Page, User, Workspace
from dsar.identity import Identifier, Identity, Key
from dsar.records import Located, Record


class Search:
    """Searches one workspace; keeps nothing between two pages: all of it is in the cursor."""

    def __init__(self, config: NotionConfig, workspace: Workspace) -> None:
        self._config = config
        self._sources = config.data_sources
        self._workspace = workspace
        self._results = Results(config, workspace)

    async def page(self, identity: Identity, cursor: str | None) -> Located:
        """One page of the search; on the last one, what only a person can look for."""
        wanted = Wanted.of(identity)
        at = Position.model_validate_json(cursor) if cursor else Position(members=self._reads_members(wanted))
        found = await self._found(wanted, at)
        if found.cursor is not None or self._config.mentions == "none":
            return found
        led_by = dict.fromkeys(at.users, Key.EMAIL) | dict.fromkeys(wanted.users, Key.NOTION_USER_ID)
        elsewhere = [mentions(user, self._sources[0].category, key) for user, key in sorted(led_by.items())]
        return found.model_copy(update={"records": (*found.records, *elsewhere)})

    async def _found(self, wanted: Wanted, at: Position) -> Located:
        if at.members:
            return await self._among_members(wanted, at)
        while at.source < len(self._sources):
            source = self._sources[at.source]
            if (body := wanted.body(source, at, self._config.page_size)) is not None:
                return await self._queried(wanted, source, at, body)
            at = at.at(at.source + 1)
        return Located()

    def _reads_members(self, wanted: Wanted) -> bool:
        named = self._config.mentions == "person" or any(source.people_property for source in self._sources)
        return named and bool(wanted.addresses) and not wanted.users

    async def _among_members(self, wanted: Wanted, at: Position) -> Located:
        listing = await self._workspace.users(at.next)
        users = [user.id for user in people(listing.results) if wanted.has(user.person.email)]
        found = at.model_copy(update={"users": at.users + tuple(users), "next": listing.next_cursor})
        return Located(cursor=(found if listing.has_more else found.at(0)).cursor)

    async def _queried(self, wanted: Wanted, source: DataSource, at: Position, body: dict[str, Any]) -> Located:
        found, following = await self._results.page(at, body)
        located = await together(self._record(wanted, source, at, page) for page in found)
        return Located(
            records=tuple(record for record, _ in located if record is not None),
            learned=self._learned(wanted, [user for record, users in located if record is not None for user in users]),
            cursor=None if following is None else following.cursor,
        )

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
        return record_of(page, source, matched, about=bool(wanted.written(page, source))), users

    def _learned(self, wanted: Wanted, users: Sequence[User]) -> tuple[Identifier, ...]:
        """The users that have one of the person's addresses, as far as they are not known."""
        theirs = [u.id for u in users if wanted.has(u.person.email) and u.id not in wanted.users]
        return tuple(
            Identifier(kind=Key.NOTION_USER_ID, value=each, source=self._config.name) for each in dict.fromkeys(theirs)
        )
