"""A mailbox on any IMAP server: every mail that a person sent or got, by the addresses in its head.

A record is a mail in a folder. It is exported with its files and expunged by its number, alone; looking never marks a
mail as read. What somebody has moved to another folder since, or the server has renumbered, is found again by its head.

What no call can do or tell: who is only named in a mail's text is not found; a server without UIDPLUS can expunge no
single mail, which makes each a person's task; copies in other people's mail programs, and a server's own backups, stay.
Nothing is moved to the trash in the meantime: a mail that comes back from there has another number, so that this could
not be undone exactly.

Source: RFC 3501, 4315 (UIDPLUS), 5530 (response codes), 6154 (special folders).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email.message import Message
from typing import ClassVar

from connectors.connector import Ability, Connector, TryLater
from connectors.imap_config import ImapConfig
from connectors.imap_content import WHOLE, chunks, exported, parser, part_of
from connectors.imap_erasure import Erasure
from connectors.imap_finding import Finding, Place
from connectors.imap_mailbox import Mailbox, logged_in
from connectors.imap_search import Met, Search, record
from dsar.identity import Identifier, Identity, Key
from dsar.records import Exported, FileRef, Located, Outcome, Record, Sighting, Walked


class Imap(Connector):
    """One mailbox."""

    Config = ImapConfig
    can: ClassVar[frozenset[Ability]] = frozenset({Ability.LOCATE, Ability.EXPORT, Ability.ERASE, Ability.WALK})

    def __init__(self, config: ImapConfig) -> None:
        super().__init__(config)
        self._entry = config
        self._key = config.key()

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """A page of the mails that one of the person's addresses is on, be it among many."""
        search = Search(self._entry, identity)
        async with self._open() as box:
            met, following = await search.page(box, cursor)
        records = tuple(record(each, self._entry, {Key.EMAIL}) for each in met)
        return Located(records=records, cursor=following)

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """Each mail: head, text, and its files by name."""
        if not records:
            return []
        async with self._open() as box:
            places = await Finding(box, self._entry).places(records)
            return [await self._exported(box, each, places[each.id][0]) for each in records if places[each.id]]

    async def open(self, file: FileRef) -> AsyncIterator[bytes]:
        """Stream a file of a mail, decoded; or the whole of a long mail, as it is."""
        meant, number = part_of(file.locator)
        async with self._open() as box:
            found = (await Finding(box, self._entry).places([meant]))[meant.id]
            if not found:
                raise TryLater(f"{self.config.title}: a mail went away while it was exported")
            if number == WHOLE:
                await box.open(found[0].folder)
                async for piece in box.pieces(found[0].uid):
                    yield piece
                return
            message = await self._parsed(box, found[0])
        for chunk in chunks(message, number):
            yield chunk

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Expunge each mail, and only these."""
        if not records:
            return []
        async with self._open() as box:
            outcomes = await Erasure(box, self._entry).erase(records)
        return [outcomes[each.id] for each in records]

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Look for each mail again, in every folder where it may be."""
        if not records:
            return []
        async with self._open() as box:
            outcomes = await Erasure(box, self._entry).check(records)
        return [outcomes[each.id] for each in records]

    async def walk(self, cursor: str | None = None) -> Walked:
        """A page of all mails, each with the addresses on it that are not the company's own."""
        async with self._open() as box:
            met, following = await Search(self._entry, None).page(box, cursor)
        return Walked(sightings=tuple(self._sighting(each) for each in met), cursor=following)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Mailbox]:
        async with self._entry.account.turn(), logged_in(self._entry, self._key) as box:
            yield box

    async def _exported(self, box: Mailbox, each: Record, place: Place) -> Exported:
        long = place.letter.size > self._entry.largest_parsed
        message = None if long else await self._parsed(box, place)
        data, files = exported(place, each, message)
        return Exported(record_id=each.id, category=each.category, label=each.label, data=data, files=files)

    async def _parsed(self, box: Mailbox, place: Place) -> Message:
        await box.open(place.folder)
        reading = parser()
        async for piece in box.pieces(place.uid):
            reading.feed(piece)
        return reading.close()

    def _sighting(self, met: Met) -> Sighting:
        others = [address for address in met.letter.addresses() if not self._entry.is_own(address)]
        identifiers = tuple(Identifier(kind=Key.EMAIL, value=address) for address in others)
        kinds = {Key.EMAIL} if identifiers else set[Key]()
        return Sighting(record=record(met, self._entry, kinds), identifiers=identifiers)
