"""The pages of a data source that a query gives, past Notion's limit of 10,000, then those of its trash."""

from typing import Any

from connectors.connector import NeedsPerson
from connectors.notion_config import NotionConfig
from connectors.notion_position import Position
from connectors.notion_workspace import GONE, OR_REFUSED, QUERY, Listing, Page, Workspace, pages, unshared


class Results:
    """One request a call; keeps nothing between two."""

    def __init__(self, config: NotionConfig, workspace: Workspace) -> None:
        self._config = config
        self._workspace = workspace

    async def page(self, at: Position, body: dict[str, Any]) -> tuple[list[Page], Position | None]:
        """The pages of this position that were not given before, and the next position; `None` at the end of all."""
        source = self._config.data_sources[at.source]
        answer = await self._workspace.ask("POST", QUERY, source.id, ok=OR_REFUSED, json=body)
        if answer.status == GONE:
            raise unshared(self._config)
        if answer.status == 400 and at.next:
            # The cursor is one that Notion no longer knows: the query goes on from the last page that was seen.
            return [], at.from_last()
        if answer.status == 400:
            raise self._misnamed()
        listing = answer.read(Listing)
        found = pages(answer, listing)
        return at.fresh(found), self._following(at, at.after(listing, found))

    def _following(self, before: Position, at: Position) -> Position | None:
        if at.next:
            return at
        if at.capped:
            if at.last in {None, before.since}:
                raise self._too_many_at_once()
            return at.from_last()
        if self._config.search_trash and not at.trash:
            return at.at(at.source, trash=True)
        return at.at(at.source + 1) if at.source + 1 < len(self._config.data_sources) else None

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
