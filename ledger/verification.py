"""Reads the journal from the first entry to the last, and says in words where it is not what was written."""

import hmac
import re
from typing import Any

from sqlalchemy import Row, func, select

from dsar.frozen import Frozen
from ledger.chain import RECEIVED, Chain, Entry, Head
from ledger.tables import journal, journal_head, requests
from ledger.transaction import Transaction

WITHOUT_RECEIPT = (
    select(func.count())
    .select_from(requests)
    .where(~select(journal.c.seq).where(journal.c.request_id == requests.c.id, journal.c.step == RECEIVED).exists())
)

PAGE = 1000
MOST_PROBLEMS = 100


class Verification(Frozen):
    """The result of a check."""

    entries: int
    head: str
    """`seq:hash` of the last entry. Noted elsewhere, it proves later that nothing before it was changed or cut."""
    problems: tuple[str, ...]
    """One sentence each, the first hundred of them. None: the journal is what was written."""


async def verify(connection: Transaction, chain: Chain, expect_head: str | None) -> Verification:
    """Check the chain as this connection's snapshot shows it, a page at a time."""
    walk = _Walk(chain, expect_head)
    query, after = select(journal).order_by(journal.c.seq).limit(PAGE), None
    while rows := (await connection.execute(query if after is None else query.where(journal.c.seq > after))).all():
        for row in rows:
            walk.see(row)
        after = rows[-1].seq
    walk.end((await connection.execute(select(journal_head))).one_or_none())
    walk.compare_with_requests((await connection.execute(WITHOUT_RECEIPT)).scalar_one())
    return Verification(entries=walk.entries, head=str(walk.head), problems=tuple(walk.problems))


class _Walk:
    """Goes along the chain, always one entry behind."""

    def __init__(self, chain: Chain, expect_head: str | None) -> None:
        self.entries = 0
        self.head = Head()
        self.problems: list[str] = []
        self._chain = chain
        self._expected = _parsed(expect_head)
        self._noted_is_there = not self._expected.seq
        if expect_head is not None and not self._expected.seq and expect_head != str(Head()):
            self._say("the head to compare with is not one: a number, a colon and 64 hexadecimal digits")

    def see(self, row: Row[*tuple[Any, ...]]) -> None:
        """Take the next entry."""
        self.entries += 1
        entry = Entry(row.at, row.request_id, row.step, row.event, row.facts)
        place = self.head.seq + 1
        if row.seq < place:
            self._say(f"entry {row.seq} was put in")
            return
        if row.seq > place:
            self._say(_missing(place, row.seq - 1))
        elif row.prev != self.head.hash:
            self._say(f"entry {row.seq} does not follow the one before it: one of the two was changed or put in")
        if not _same(self._chain.hash(row.seq, entry, row.prev), row.hash):
            self._say(f"entry {row.seq} is not as it was written")
        self.head = Head(row.seq, row.hash)
        self._noted_is_there |= self.head == self._expected

    def end(self, row: Row[*tuple[Any, ...]] | None) -> None:
        """Compare the end with the head, and with the one that was noted."""
        if row is None:
            self._say("the journal's head is missing")
        else:
            self._compare(Head(row.seq, row.hash), row.seal)
        if not self._noted_is_there:
            self._say(
                f"the head noted earlier, entry {self._expected.seq}, is not in the journal: it was cut or changed"
            )

    def compare_with_requests(self, without_receipt: int) -> None:
        """A journal that was emptied, head and all, is a chain without a fault; the requests remember it."""
        if without_receipt:
            self._say(f"requests whose receipt is not in the journal: {without_receipt}")

    def _compare(self, kept: Head, seal: str) -> None:
        if kept.seq and not _same(self._chain.seal(kept), seal):
            self._say("the journal's head was changed by somebody without the key: entries may be missing at the end")
        if kept.seq > self.head.seq:
            self._say(f"at the end, {_missing(self.head.seq + 1, kept.seq)}")
        elif kept.seq < self.head.seq:
            self._say(f"the entries after {kept.seq} are not the journal's own, or its head was set back")
        elif kept.hash != self.head.hash:
            self._say(f"entry {kept.seq} is not the one that the journal's head names")

    def _say(self, sentence: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(sentence)


def _same(made: str, found: object) -> bool:
    return isinstance(found, str) and hmac.compare_digest(made.encode(), found.encode(errors="replace"))


def _missing(first: int, last: int) -> str:
    return f"entry {first} is missing" if first == last else f"entries {first} to {last} are missing"


def _parsed(head: str | None) -> Head:
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", head or "")
    return Head(int(found[1]), found[2]) if found else Head()
