"""Where mails are now: where they were met, or wherever they were moved to since, or renumbered."""

from collections import defaultdict
from collections.abc import Sequence

from connectors.imap_config import Folder, ImapConfig
from connectors.imap_letter import Letter
from connectors.imap_mailbox import Mailbox
from connectors.imap_search import Where
from dsar.frozen import Frozen
from dsar.records import Record


class Place(Frozen):
    """A mail in a folder."""

    folder: str
    uid: int
    letter: Letter


class Finding:
    """Looks for mails, and keeps nothing.

    A mail that is not where it was is looked for in every folder whose mails are of the same category: by its size, and
    by a digest of its head. In the others it lies by somebody's decision, under other rules, as a record of its own.
    """

    def __init__(self, box: Mailbox, config: ImapConfig) -> None:
        self._box = box
        self._config = config

    async def places(self, records: Sequence[Record]) -> dict[str, list[Place]]:
        """Where each record's mail is, by the record's id; nowhere, if it is gone."""
        wanted = {record.id: Where.model_validate(record.state) for record in records}
        places = await self._where_they_were(wanted)
        missing = [record for record in records if not places[record.id]]
        for folder in await self._box.folders() if missing else []:
            for record in missing:
                if self._config.category_of(folder) == record.category:
                    places[record.id] += await self._moved(folder, wanted[record.id])
        return places

    async def _where_they_were(self, wanted: dict[str, Where]) -> dict[str, list[Place]]:
        places: dict[str, list[Place]] = {record_id: [] for record_id in wanted}
        by_folder: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for record_id, where in wanted.items():
            by_folder[where.folder, where.validity].append(record_id)
        for (folder, validity), ids in by_folder.items():
            opened = await self._box.open(folder)
            if opened is None or opened.validity != validity:
                continue
            heads = {letter.uid: letter for letter in await self._box.heads([wanted[i].uid for i in ids])}
            for record_id in ids:
                letter = heads.get(wanted[record_id].uid)
                if letter and _same(letter, wanted[record_id]):
                    places[record_id].append(Place(folder=folder, uid=letter.uid, letter=letter))
        return places

    async def _moved(self, folder: Folder, where: Where) -> list[Place]:
        if await self._box.open(folder.name) is None:
            return []
        uids = await self._box.search(f"LARGER {max(where.size - 1, 0)} SMALLER {where.size + 1}")
        heads = await self._box.heads(uids)
        return [Place(folder=folder.name, uid=each.uid, letter=each) for each in heads if _same(each, where)]


def _same(letter: Letter, where: Where) -> bool:
    return (letter.size, letter.mark) == (where.size, where.mark)
