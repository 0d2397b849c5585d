"""Deleting single mails for good, and looking for them again."""

from collections import defaultdict
from collections.abc import Sequence

from connectors.imap_config import Folder, ImapConfig
from connectors.imap_finding import Finding, Place, wanted
from connectors.imap_mailbox import Mailbox
from dsar.records import Outcome, OutcomeKind, Record

ONE_BY_ONE = (
    "Delete this mail in a mail program, and take it out of the trash. The server cannot delete a single mail for good "
    "(UIDPLUS, RFC 4315): by itself it would delete whatever anybody has marked."
)
READ_ONLY = "Delete this mail in a mail program, and take it out of the trash: the folder may only be read."
KEPT = "The server took the order to delete this mail, and still has it: delete it in a mail program, trash included."


NO_TRASH = (
    "Delete this mail in Gmail, and take it out of the trash. Only what lies there is deleted for good, and the folder "
    "is hidden from us: Settings > Labels > Trash > Show in IMAP."
)


class Erasure:
    """Acts on the mailbox while it is open. A mail's copies go with it."""

    def __init__(self, box: Mailbox, config: ImapConfig) -> None:
        self._box = box
        self._finding = Finding(box, config)

    async def erase(self, records: Sequence[Record]) -> dict[str, Outcome]:
        """Delete each mail wherever it is now; what it takes to do it by hand, where the server cannot."""
        places = await self._finding.every_copy(records)
        if not self._box.erases_singly:
            return {record.id: _by_hand(record, places[record.id], ONE_BY_ONE) for record in records}
        going = [place for found in places.values() for place in found]
        if self._box.keeps_expunged:
            trash = next((folder for folder in await self._box.folders() if folder.is_trash), None)
            if trash is None:
                return {record.id: _by_hand(record, places[record.id], NO_TRASH) for record in records}
            going = await self._trashed(going, trash, records)
        locked = await self._expunged(going)
        left = await self._finding.every_copy([record for record in records if places[record.id]])
        return {r.id: _erased(r, places[r.id], locked, left.get(r.id, ())) for r in records}

    async def check(self, records: Sequence[Record]) -> dict[str, Outcome]:
        """Whether each mail is gone from where it was, and from wherever it might have been moved to."""
        places = await self._finding.every_copy(records)
        return {record.id: _checked(record, places[record.id]) for record in records}

    async def _trashed(self, places: Sequence[Place], trash: Folder, records: Sequence[Record]) -> list[Place]:
        """Move these to the trash, and say where they are there. Stopped in between, they are found there again."""
        for folder, uids in _by_folder(places).items():
            if folder != trash.name and await self._box.open(folder, write=True):
                await self._box.move(uids, trash.name)
        return [place for _, place in await self._finding.in_folder(trash, wanted(records))]

    async def _expunged(self, places: Sequence[Place]) -> set[str]:
        """Expunge these; the folders in which nothing may be written."""
        locked = set()
        for folder, uids in _by_folder(places).items():
            opened = await self._box.open(folder, write=True)
            if opened and not opened.writable:
                locked.add(folder)
            elif opened:
                await self._box.expunge(uids)
        return locked


def _erased(record: Record, places: Sequence[Place], locked: set[str], left: Sequence[Place]) -> Outcome:
    if left:
        return _by_hand(record, left, READ_ONLY if any(place.folder in locked for place in left) else KEPT)
    return Outcome(record_id=record.id, kind=OutcomeKind.ERASED if places else OutcomeKind.NOT_FOUND)


def _by_hand(record: Record, places: Sequence[Place], what: str) -> Outcome:
    """Which mail is meant, and what is to be done."""
    if not places:
        return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
    folders = ", ".join(sorted({Folder(name=place.folder).shown for place in places}))
    meant = f"{record.label} ({folders}, {places[0].letter.received.date()}).\n{what}"
    return Outcome(record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=meant)


def _checked(record: Record, places: Sequence[Place]) -> Outcome:
    if not places:
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
    return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="the mail is still there")


def _by_folder(places: Sequence[Place]) -> dict[str, set[int]]:
    found: defaultdict[str, set[int]] = defaultdict(set)
    for place in places:
        found[place.folder].add(place.uid)
    return found
