"""Notion: the tables of pages that are shared with the connection, as far as they say whose a page is.

Notion's own search knows titles only, so each data source is asked for the person by its properties. Pages in the trash
are found too.

No call deletes a page for good. Erasing empties its properties and blocks, which cannot be undone through the
interface, and leaves the empty page in the trash, from where Notion, or a person, deletes it; until then its page
history, its comments and the tables inside it are there too. Nor can a call find or delete a comment that somebody else
wrote: the person's comments on the pages of others, and mentions of them there, are a person's task (`mentions`).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from mimetypes import guess_type
from typing import ClassVar, Literal, TypeVar

from connectors.connector import Ability, Connector, NeedsPerson, TryLater
from connectors.http import together
from connectors.notion_config import NotionConfig
from connectors.notion_correction import Correction
from connectors.notion_mentions import is_mentions, nothing_done, to_look_for, told
from connectors.notion_pages import bare, hosted, unsigned
from connectors.notion_search import Search
from connectors.notion_trash import Clock, Trash, page_id
from connectors.notion_walk import Walk
from connectors.notion_workspace import GONE, OR_GONE, Page, Workspace, object_of
from dsar.correction import Field, Values
from dsar.frozen import Frozen
from dsar.identity import Identity
from dsar.records import Exported, FileRef, Located, Outcome, OutcomeKind, Record, Walked

T = TypeVar("T")
Kind = Literal["pages", "blocks", "comments"]


class Place(Frozen):
    """Where a file is: read again when it is opened, because its address is signed for an hour only."""

    kind: Kind
    id: str
    address: str


class Notion(Connector):
    """One Notion workspace."""

    Config = NotionConfig
    can: ClassVar[frozenset[Ability]] = frozenset(
        {Ability.LOCATE, Ability.EXPORT, Ability.ERASE, Ability.SUPPRESS, Ability.RECTIFY, Ability.WALK}
    )

    def __init__(self, config: NotionConfig, now: Clock = lambda: datetime.now(UTC)) -> None:
        super().__init__(config)
        self._file_addresses = (config.files_url, config.older_files_url)
        self._workspace = Workspace(config)
        self._search = Search(config, self._workspace)
        self._trash = Trash(config, self._workspace, now)
        self._correction = Correction(config, self._workspace, self.manually)
        self._walk = Walk(config, self._workspace)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """The person's pages, one page of Notion's results at a time; each call is one request to Notion.

        The members of the workspace are read first where a data source has a people property and the person's Notion
        user is not known. Teaches that user.
        """
        return await self._search.page(identity, cursor)

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """Each page with its properties, its blocks however deep, and the open comments on it."""
        exported = await self._each([r for r in records if not is_mentions(r)], self._exported)
        return [*(each for each in exported if each is not None), *(told(r) for r in records if is_mentions(r))]

    async def open(self, file: FileRef) -> AsyncIterator[bytes]:
        """Stream a file that Notion keeps."""
        url = await self._signed(Place.model_validate_json(file.locator))
        if not url.startswith(self._file_addresses):
            raise NeedsPerson(
                f"{self.config.title} keeps a file at an address that systems.toml does not name",
                f"If Notion keeps files at a new address, make it the files_url under [{self.config.name}] in "
                "systems.toml and restart the worker; then retry.",
            )
        async for chunk in self._workspace.stream(url):
            yield chunk

    async def suppress(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Move each page to the trash."""
        return await self._outcomes(records, self._trash.put, _as(OutcomeKind.NOT_FOUND))

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Take each page out of the trash, unless that is where it was located."""
        return await self._outcomes(records, self._trash.take_out, _as(OutcomeKind.RESTORED))

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Empty each page and leave it in the trash: `ACCEPTED` until Notion deletes it, or `NEEDS_PERSON`."""
        return await self._outcomes(records, self._trash.empty, _asked("Delete what is theirs."))

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """`ERASED` when the page is gone, `ACCEPTED` while it is empty and in the trash."""
        return await self._outcomes(records, self._trash.check, _as(OutcomeKind.ACCEPTED), gone=OutcomeKind.ERASED)

    async def values(self, records: Sequence[Record], fields: Sequence[Field]) -> Sequence[Values | None]:
        """What the properties of each page say that are about the person, by their address or name in it.

        A page that only refers to their Notion user has no such field: whose its words are, it does not say.
        """
        pages = [record for record in records if not is_mentions(record)]
        words = await self._each(pages, self._correction.said)
        said = {record.id: each and each.said for record, each in zip(pages, words, strict=True)}
        every = [said.get(record.id, {}) for record in records]
        return [None if each is None else {f: v for f, v in each.items() if f in fields} for each in every]

    async def rectify(self, records: Sequence[Record], values: Sequence[Values]) -> Sequence[Outcome]:
        """Change the properties. What Notion computes, lets choose or has formatted is a person's task.

        Free text in pages and comments is not touched. Who is a member changes name and address in their own account.
        """
        wished = {record.id: value for record, value in zip(records, values, strict=True)}
        by_hand = _asked("Correct what is wrong.")
        return await self._outcomes(records, lambda record: self._correction.make(record, wished[record.id]), by_hand)

    async def walk(self, cursor: str | None = None) -> Walked:
        """One page of Notion's results for everything in a data source, and a request for each property cut short.

        Pages in the trash are met where `search_trash` is on, emptied ones never.
        """
        return await self._walk.page(cursor)

    async def close(self) -> None:
        """Release the connections."""
        await self._workspace.close()

    async def _each(self, records: Sequence[Record], act: Callable[[Record], Awaitable[T | None]]) -> list[T | None]:
        """Each record's result; `None` where the page is gone, and is known to be."""

        async def one(record: Record) -> T | None:
            return await act(record)

        results = await together(one(record) for record in records)
        missing = {str(r.state["data_source"]) for r, result in zip(records, results, strict=True) if result is None}
        await self._workspace.must_see(missing)
        return results

    async def _outcomes(
        self,
        records: Sequence[Record],
        act: Callable[[Record], Awaitable[Outcome | None]],
        elsewhere: Callable[[Record], Outcome],
        gone: OutcomeKind = OutcomeKind.NOT_FOUND,
    ) -> list[Outcome]:
        """`elsewhere`: the outcome of what only a person can look for."""
        pages = [record for record in records if not is_mentions(record)]
        done = dict(zip([record.id for record in pages], await self._each(pages, act), strict=True))
        return [
            elsewhere(record) if is_mentions(record) else done[record.id] or Outcome(record_id=record.id, kind=gone)
            for record in records
        ]

    async def _exported(self, record: Record) -> Exported | None:
        answer = await self._workspace.page(page_id(record))
        if answer is None:
            return None
        answer.read(Page)
        page = await self._workspace.whole(object_of(answer))
        blocks = await self._workspace.blocks(page_id(record))
        comments = await self._workspace.comments(page_id(record), blocks)
        files = _files("pages", [page]) + _files("blocks", blocks) + _files("comments", comments)
        return Exported(
            record_id=record.id,
            category=record.category,
            label=record.label,
            data={"page": unsigned(page), "blocks": unsigned(blocks), "comments": unsigned(comments)},
            files=tuple({file.locator: file for file in files}.values()),
        )

    async def _signed(self, place: Place) -> str:
        answer = await self._workspace.ask("GET", f"/{place.kind}/{{}}", place.id, ok=OR_GONE)
        held = [] if answer.status == GONE else [url for _, url in hosted(object_of(answer))]
        for url in held:
            if bare(url) == place.address:
                return url
        raise TryLater(f"{self.config.title}: a file went away while it was exported")


def _as(kind: OutcomeKind) -> Callable[[Record], Outcome]:
    return lambda record: nothing_done(record, kind)


def _asked(what: str) -> Callable[[Record], Outcome]:
    return lambda record: to_look_for(record, what)


def _files(kind: Kind, things: Sequence[dict[str, object]]) -> list[FileRef]:
    """Every file of these pages, blocks or comments, and of what is beneath them; a table's rows are pages."""
    files: list[FileRef] = []
    for thing in things:
        kind = "pages" if thing.get("object") == "page" else "blocks" if thing.get("object") == "block" else kind
        for name, url in hosted(thing):
            place = Place(kind=kind, id=str(thing.get("id")), address=bare(url))
            media_type = guess_type(name)[0] or "application/octet-stream"
            files.append(FileRef(name=name, locator=place.model_dump_json(), media_type=media_type))
        beneath = thing.get("children")
        files += _files(kind, beneath) if isinstance(beneath, list) else []
    return files
