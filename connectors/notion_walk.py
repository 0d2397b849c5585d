"""Every page of the data sources, whoever's it is, and those in their trash."""

from collections.abc import Sequence

from connectors.http import together
from connectors.notion_config import DataSource, NotionConfig
from connectors.notion_pages import filled, people, record_of, text
from connectors.notion_position import Position
from connectors.notion_results import Results
from connectors.notion_wanted import query, shown_people
from connectors.notion_workspace import Page, User, Workspace
from dsar.identity import Identifier, Key
from dsar.records import Sighting, Walked


class Walk:
    """One page of Notion's results at a time; keeps nothing in between."""

    def __init__(self, config: NotionConfig, workspace: Workspace) -> None:
        self._config = config
        self._workspace = workspace
        self._results = Results(config, workspace)

    async def page(self, cursor: str | None) -> Walked:
        """What the next results show. An erased page, empty and in the trash, is nobody's any more: it is left out."""
        at = Position.model_validate_json(cursor) if cursor else Position()
        source = self._config.data_sources[at.source]
        found, following = await self._results.page(at, query(at, self._config.page_size))
        met = [page for page in found if filled(page) or not page.in_trash]
        return Walked(
            sightings=tuple(await together(self._sighting(page, source) for page in met)),
            cursor=None if following is None else following.cursor,
        )

    async def _sighting(self, page: Page, source: DataSource) -> Sighting:
        users, more = shown_people(page, source)
        if more:
            users = people(await self._workspace.values(page.id, page.properties[source.people_property]))
        said = _said(page, source, users)
        identifiers = tuple(Identifier(kind=kind, value=value, source=self._config.name) for kind, value in said)
        kinds = frozenset(kind for kind, _ in said)
        about = bool(kinds & {Key.EMAIL, Key.NAME})
        return Sighting(record=record_of(page, source, kinds, about=about), identifiers=identifiers)


def _said(page: Page, source: DataSource, users: Sequence[User]) -> list[tuple[Key, str]]:
    """What a page says of whose it is, in its own words and by the users that it is about."""
    addresses = [text(page.properties.get(source.email_property, {})), *(user.person.email for user in users)]
    said = [(Key.EMAIL, each.strip()) for each in addresses if "@" in each.strip()[1:-1]]
    said += [(Key.NOTION_USER_ID, user.id) for user in users]
    name = text(page.properties.get(source.name_property, {})).strip()
    return list(dict.fromkeys([*said, *([(Key.NAME, name)] if name else [])]))
