"""Whose mails: asked of the server folder by folder, and compared again when the heads are here."""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from connectors.imap_config import Folder, ImapConfig
from connectors.imap_letter import Letter, canonical, search_terms, spot_name
from connectors.imap_mailbox import Mailbox
from dsar.frozen import Frozen
from dsar.identity import Identity, Key
from dsar.records import Anchor, Record

ADDRESSES_AT_ONCE = 5
"""A command stays below what servers take in one line."""
FOLDERS_AT_ONCE = 20
"""So many are looked into for one page, whatever is found."""
_QUOTABLE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{3,250}")
WHERE = ("FROM", "TO", "CC", "BCC", "HEADER REPLY-TO", "HEADER SENDER")


class Spot(Frozen):
    """Where a search or a walk goes on: after this mail of this folder."""

    folder: str = ""
    validity: int = 0
    after: int = 0


class Where(Frozen):
    """What acting on a mail takes: where it was met, and what it is known by wherever it is moved."""

    folder: str
    validity: int
    uid: int
    size: int
    message_id: str
    mark: str

    @property
    def criterion(self) -> str:
        """What to ask a server for that may have it; whether it is the same mail, `mark` says."""
        if _QUOTABLE.fullmatch(self.message_id):
            return f'HEADER MESSAGE-ID "{self.message_id}"'
        return f"(LARGER {max(self.size - 1, 0)} SMALLER {self.size + 1})"


class Met(Frozen):
    """A mail that was met."""

    folder: Folder
    validity: int
    letter: Letter


class Search:
    """A page at a time of what a person's addresses, or all addresses, are found in."""

    def __init__(self, config: ImapConfig, identity: Identity | None) -> None:
        self._config = config
        given = identity.values(Key.EMAIL) if identity else ()
        self._addresses = {canonical(value) for value in given if search_terms(value)}
        terms = [term for value in given for term in search_terms(value)]
        self._criteria = _criteria(tuple(dict.fromkeys(terms))) if identity else [""]

    async def page(self, box: Mailbox, cursor: str | None) -> tuple[list[Met], str | None]:
        """The mails met, and where the next page starts. Folders come in the order of their names."""
        spot = Spot.model_validate_json(cursor) if cursor else Spot()
        met: list[Met] = []
        folders = [each for each in await box.folders() if each.name >= spot.folder] if self._criteria else []
        for seen, folder in enumerate(folders):
            if seen == FOLDERS_AT_ONCE or len(met) >= self._config.page_size:
                return met, Spot(folder=folder.name).model_dump_json()
            here, last = await self._in(box, folder, spot, self._config.page_size - len(met))
            met += here
            if last:
                return met, last.model_dump_json()
        return met, None

    async def _in(self, box: Mailbox, folder: Folder, spot: Spot, most: int) -> tuple[list[Met], Spot | None]:
        opened = await box.open(folder.name)
        if opened is None:
            return [], None
        again = (folder.name, opened.validity) == (spot.folder, spot.validity)
        after = spot.after if again else 0
        uids = sorted({u for each in self._criteria for u in await box.search(f"UID {after + 1}:*", each) if u > after})
        chosen = uids[:most]
        heads = await box.heads(chosen)
        met = [Met(folder=folder, validity=opened.validity, letter=each) for each in heads if self._wanted(each)]
        going_on = len(uids) > len(chosen)
        return met, Spot(folder=folder.name, validity=opened.validity, after=chosen[-1]) if going_on else None

    def _wanted(self, letter: Letter) -> bool:
        senders = {canonical(each) for each in self._config.leave_out_senders}
        if senders & set(letter.addresses("From", "Sender")):
            return False
        return self._criteria == [""] or bool(self._addresses & set(letter.addresses()))


def record(met: Met, config: ImapConfig, matched: Iterable[Key]) -> Record:
    """A mail as a record; it is dated by the server, for a sender may write any date."""
    letter = met.letter
    day: date = letter.received.date()
    where = Where(
        folder=met.folder.name,
        validity=met.validity,
        uid=letter.uid,
        size=letter.size,
        message_id=letter.head.get("Message-ID", ""),
        mark=letter.mark,
    )
    return Record(
        id=spot_name(met.folder, met.validity, letter.uid),
        category=config.category_of(met.folder),
        matched=frozenset(matched),
        dates={Anchor.CREATED: day, Anchor.LAST_INTERACTION: day},
        label=letter.subject or "(no subject)",
        state=where.model_dump(mode="json"),
    )


def _criteria(terms: Sequence[str]) -> list[str]:
    """One search for a few terms each: `OR FROM "a" OR TO "a" CC "a"`."""
    found = []
    for start in range(0, len(terms), ADDRESSES_AT_ONCE):
        keys = [f'{where} "{term}"' for term in terms[start : start + ADDRESSES_AT_ONCE] for where in WHERE]
        found.append(any_of(keys))
    return found


def any_of(keys: Sequence[str]) -> str:
    """A search for what one of these matches, at least one: `OR a OR b c`."""
    return " ".join(["OR " + key for key in keys[:-1]] + [*keys[-1:]])
