"""Deleting single mails for good, and looking for them again."""

from collections import defaultdict
from collections.abc import Sequence

from connectors.imap_config import ImapConfig
from connectors.imap_finding import Finding, Place
from connectors.imap_mailbox import Mailbox
from dsar.records import Outcome, OutcomeKind, Record

ONE_BY_ONE = (
    "Delete this mail in a mail program, and take it out of the trash. The server cannot delete a single mail for good "
    "(UIDPLUS, RFC 4315): by itself it would delete whatever anybody has marked."
)
READ_ONLY = "Delete this mail in a mail program, and take it out of the trash: the folder may only be read."
KEPT = "The server took the order to delete this mail, and still has it: delete it in a mail program, trash included."


class Erasure:
    """Acts on the mailbox while it is open."""

    def __init__(self, box: Mailbox, config: ImapConfig) -> None:
        self._box = box
        self._config = config
        self._finding = Finding(box, config)

    async def erase(self, records: Sequence[Record]) -> dict[str, Outcome]:
        """Delete each mail wherever it is now; what it takes to do it by hand, where the server cannot."""
        places = await self._finding.places(records)
        if not self._box.erases_singly:
            return {record.id: self._by_hand(record, places[record.id], ONE_BY_ONE) for record in records}
        locked = await self._expunged([place for found in places.values() for place in found])
        left = await self._left([place for found in places.values() for place in found])
        return {record.id: self._outcome(record, places[record.id], locked, left) for record in records}

    async def check(self, records: Sequence[Record]) -> dict[str, Outcome]:
        """Whether each mail is gone from where it was, and from wherever it might have been moved to."""
        places = await self._finding.places(records)
        return {record.id: _checked(record, places[record.id]) for record in records}

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

    async def _left(self, places: Sequence[Place]) -> set[tuple[str, int]]:
        """Which of these are still there, asked anew."""
        left = set()
        for folder, uids in _by_folder(places).items():
            if await self._box.open(folder):
                left |= {(folder, letter.uid) for letter in await self._box.heads(sorted(uids))}
        return left

    def _outcome(
        self, record: Record, places: Sequence[Place], locked: set[str], left: set[tuple[str, int]]
    ) -> Outcome:
        if any(place.folder in locked for place in places):
            return self._by_hand(record, places, READ_ONLY)
        if any((place.folder, place.uid) in left for place in places):
            return self._by_hand(record, places, KEPT)
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED if places else OutcomeKind.NOT_FOUND)

    def _by_hand(self, record: Record, places: Sequence[Place], what: str) -> Outcome:
        if not places:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        return Outcome(
            record_id=record.id, kind=OutcomeKind.NEEDS_PERSON, instructions=instructions(record, places, what)
        )


def instructions(record: Record, places: Sequence[Place], what: str) -> str:
    """Which mail is meant, and what is to be done. Personal data: shown only inside a task."""
    folders = ", ".join(sorted({place.folder for place in places}))
    day = places[0].letter.received.date() if places else ""
    return f"{record.label} ({folders}, {day}).\n{what}"


def _checked(record: Record, places: Sequence[Place]) -> Outcome:
    if not places:
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)
    return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="the mail is still there")


def _by_folder(places: Sequence[Place]) -> dict[str, set[int]]:
    found: defaultdict[str, set[int]] = defaultdict(set)
    for place in places:
        found[place.folder].add(place.uid)
    return found
