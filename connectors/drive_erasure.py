"""Taking files to Google's trash and out of it, marking them, deleting them for good, and taking accesses away."""

from collections.abc import Sequence
from typing import Any, Literal

from connectors.connector import NeedsPerson
from connectors.drive_files import File, Files, quoted
from connectors.http import together
from dsar.frozen import Frozen
from dsar.records import Outcome, OutcomeKind, Record

NOT_EMPTY = "the folder still holds other files in Google Drive, and goes when it is empty"


MARK = "habeas-restricted"
"""A custom property: kept for one purpose only. Its value is the moment at which the request that set it located the
file: only that request takes it off again, and its restriction outlives another request's change of mind."""


class Thing(Frozen):
    """What a `Record.state` holds."""

    kind: Literal["file", "folder", "access"]
    file: str
    access: str = ""
    trashed: bool = False
    """Whether it was in the trash by itself when it was located."""
    located: str = ""
    """When."""

    @classmethod
    def of(cls, record: Record) -> "Thing":
        """What a record stands for."""
        return cls.model_validate(record.state)


class Erasure:
    """Acts on one record at a time; folders only when nothing is left in them, whoever's it is."""

    def __init__(self, files: Files, title: str) -> None:
        self._files = files
        self._title = title

    async def suppress(self, record: Record) -> Outcome:
        """Move a file to the trash. A folder stays: with it would go what others have in it. So does an access."""
        thing = Thing.of(record)
        if thing.kind != "file":
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        found = await self._files.get(thing.file)
        if found is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        if not found.trashed and not found.capabilities.canTrash:
            return self._by_hand(record, "move it to the trash")
        there = found.trashed or await self._files.change(thing.file, {"trashed": True})
        return Outcome(record_id=record.id, kind=OutcomeKind.SUPPRESSED if there else OutcomeKind.NOT_FOUND)

    async def restrict(self, record: Record) -> Outcome:
        """Put the mark on a file or folder; one that is there already stays. An access has no content to be used."""
        thing = Thing.of(record)
        found = await self._files.get(thing.file) if thing.kind != "access" else None
        if found is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        marked = MARK in found.properties
        if not marked and not found.capabilities.canEdit:
            return self._by_hand(record, "see to it that it is used for nothing else")
        there = marked or await self._files.change(thing.file, {"properties": {MARK: thing.located}})
        return Outcome(record_id=record.id, kind=OutcomeKind.RESTRICTED if there else OutcomeKind.NOT_FOUND)

    async def restore(self, record: Record) -> Outcome:
        """Out of the trash, if it was not there when it was located, and without the mark, if this request set it."""
        thing = Thing.of(record)
        if thing.kind == "access":
            return Outcome(record_id=record.id, kind=OutcomeKind.RESTORED)
        found = await self._files.get(thing.file)
        if found is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        changes: dict[str, Any] = {}
        if found.explicitlyTrashed and not thing.trashed:
            changes["trashed"] = False
        if found.properties.get(MARK) == thing.located:
            changes["properties"] = {MARK: None}
        there = await self._files.change(thing.file, changes) if changes else True
        return Outcome(record_id=record.id, kind=OutcomeKind.RESTORED if there else OutcomeKind.NOT_FOUND)

    async def erase(self, records: Sequence[Record]) -> list[Outcome]:
        """Files and accesses at once, then the folders, in the order given: the deepest come first."""
        folders = [record for record in records if Thing.of(record).kind == "folder"]
        others = [record for record in records if Thing.of(record).kind != "folder"]
        outcomes = {each.record_id: each for each in await together(self._erased(record) for record in others)}
        for record in folders:
            outcomes[record.id] = await self._erased(record)
        return [outcomes[record.id] for record in records]

    async def check(self, record: Record) -> Outcome:
        """Whether our account still sees it."""
        thing = Thing.of(record)
        found = (
            await self._files.access(thing.file, thing.access)
            if thing.kind == "access"
            else await self._files.get(thing.file)
        )
        if found is None:
            return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
        return Outcome(
            record_id=record.id, kind=OutcomeKind.REFUSED, reason=f"Google Drive still has this {thing.kind}"
        )

    async def _erased(self, record: Record) -> Outcome:
        thing = Thing.of(record)
        if thing.kind == "access":
            there = await self._files.revoke(thing.file, thing.access)
            return _deleted(record, there=there)
        found = await self._files.get(thing.file)
        if found is None:
            return _deleted(record, there=False)
        if not found.capabilities.canDelete:
            return self._by_hand(record, "delete it for good, or ask its owner to")
        if found.is_folder and await self._holds_anything(found):
            return Outcome(record_id=record.id, kind=OutcomeKind.RETAINED, basis=NOT_EMPTY)
        return await self._deleted(record, found)

    async def _deleted(self, record: Record, found: File) -> Outcome:
        try:
            there = await self._files.delete(found.id)
        except NeedsPerson:
            again = await self._files.get(found.id)
            if again is None or again.capabilities.canDelete:
                raise
            return self._by_hand(record, "delete it for good, or ask its owner to")
        return _deleted(record, there=there)

    async def _holds_anything(self, folder: File) -> bool:
        """Asked right before it is deleted, the trash included: deleting a folder takes all that is in it."""
        found, _ = await self._files.search(f"{quoted(folder.id)} in parents", 1)
        return bool(found)

    def _by_hand(self, record: Record, what: str) -> Outcome:
        thing = Thing.of(record)
        instructions = (
            f"{self._title} does not let our account do it: open https://drive.google.com/open?id={thing.file} "
            f"({record.label}) and {what}. In a shared drive that takes its manager, elsewhere the file's owner. "
            "Then mark this task done."
        )
        return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions)


def _deleted(record: Record, *, there: bool) -> Outcome:
    return Outcome(record_id=record.id, kind=OutcomeKind.ERASED if there else OutcomeKind.NOT_FOUND)
