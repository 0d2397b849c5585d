"""Where mails are now: where they were met, or wherever they were moved to since, or renumbered."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from connectors.imap_config import Folder, ImapConfig
from connectors.imap_letter import Letter
from connectors.imap_mailbox import Mailbox
from connectors.imap_search import Where, any_of
from dsar.frozen import Frozen
from dsar.records import Record

MAILS_AT_ONCE = 25
"""A command stays below what servers take in one line."""


class Place(Frozen):
    """A mail in a folder."""

    folder: str
    uid: int
    letter: Letter


class Finding:
    """Looks for mails, and keeps nothing.

    A mail is known again by a digest of its head: in the trash, and in every folder whose mails are of
    the same category. In the others it lies by somebody's decision, under other rules, as a record of its own.
    """

    def __init__(self, box: Mailbox, config: ImapConfig) -> None:
        self._box = box
        self._config = config

    async def places(self, records: Sequence[Record]) -> dict[str, list[Place]]:
        """Where each record's mail is, by the record's id: where it was, or wherever it is now; nowhere, if gone."""
        places = await self._where_they_were(records)
        return places | await self._elsewhere([record for record in records if not places[record.id]])

    async def every_copy(self, records: Sequence[Record]) -> dict[str, list[Place]]:
        """Where each record's mail is, and is once more: what is to be gone is gone everywhere."""
        places, others = await self._where_they_were(records), await self._elsewhere(records)
        return {i: list({(p.folder, p.uid): p for p in (*places[i], *others[i])}.values()) for i in places}

    async def _elsewhere(self, records: Sequence[Record]) -> dict[str, list[Place]]:
        places: dict[str, list[Place]] = {record.id: [] for record in records}
        for folder in await self._box.folders() if records else []:
            sought = [r for r in records if folder.is_trash or self._config.category_of(folder) == r.category]
            for record_id, place in await self.in_folder(folder, wanted(sought)):
                places[record_id].append(place)
        return places

    async def in_folder(self, folder: Folder, sought: Mapping[str, Where]) -> list[tuple[str, Place]]:
        """Those of these mails that are in a folder, be it more than once."""
        if not sought or await self._box.open(folder.name) is None:
            return []
        criteria = sorted({where.criterion for where in sought.values()})
        batches = [criteria[start : start + MAILS_AT_ONCE] for start in range(0, len(criteria), MAILS_AT_ONCE)]
        uids = {uid for batch in batches for uid in await self._box.search(any_of(batch))}
        heads = await self._box.heads(sorted(uids))
        return [
            (record_id, Place(folder=folder.name, uid=letter.uid, letter=letter))
            for letter in heads
            for record_id, where in sought.items()
            if letter.mark == where.mark
        ]

    async def _where_they_were(self, records: Sequence[Record]) -> dict[str, list[Place]]:
        sought = wanted(records)
        places: dict[str, list[Place]] = {record_id: [] for record_id in sought}
        by_folder: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for record_id, where in sought.items():
            by_folder[where.folder, where.validity].append(record_id)
        for (folder, validity), ids in by_folder.items():
            opened = await self._box.open(folder)
            if opened is None or opened.validity != validity:
                continue
            heads = {letter.uid: letter for letter in await self._box.heads([sought[i].uid for i in ids])}
            for record_id in ids:
                letter = heads.get(sought[record_id].uid)
                if letter and letter.mark == sought[record_id].mark:
                    places[record_id].append(Place(folder=folder, uid=letter.uid, letter=letter))
        return places


def wanted(records: Sequence[Record]) -> dict[str, Where]:
    """What each record's mail is known by, by the record's id."""
    return {record.id: Where.model_validate(record.state) for record in records}
