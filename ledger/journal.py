"""The journal: what happened, entry after entry, chained so that a later change is seen.

What is in it: ids made by chance (of requests, holds, sweeps, questions about mails); what was asked, under which law,
when, and which request joined or waits behind which; what was done in which system, in counts, and how it ended;
partners, and the random ids that their protocols give to requests; reasons of legal holds; the names that our own
people sign with (`by`); keyed hashes of contents (`ledger.digests`).

So nobody who asked is known from it once their request is forgotten, but to whoever has kept a request's id: as a
rule, that person. Our own people are: who decided is part of the evidence.

It is kept for good, and so are their names. 24 months are the least (11 CCR 7101), disputes may come later, and each
entry carries all after it: a chain from which some are taken out cannot be told from one that was tampered with.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from types import MappingProxyType

import structlog
from sqlalchemy import bindparam, insert, select, update

from dsar.case import Ending, State
from dsar.frozen import Frozen
from ledger.chain import Chain, Entry, Head, stamp
from ledger.database import Database
from ledger.facts import Fact, canonical, checked
from ledger.group_commit import GroupCommit
from ledger.tables import journal, journal_head, requests
from ledger.transaction import Transaction
from ledger.verification import Verification, verify

log = structlog.get_logger()

NO_FACTS: Mapping[str, Fact] = MappingProxyType({})

# Made once: to build such a statement costs more than to run it.
_END = select(journal_head).with_for_update()
_ADD = insert(journal)
_MOVE = update(journal_head).values({name: bindparam(name) for name in ("seq", "hash", "seal")})
# Not pairs in one IN: for those, SQLite reads the whole journal.
_KNOWN = select(journal.c.at, journal.c.request_id, journal.c.step, journal.c.event, journal.c.facts).where(
    journal.c.request_id.in_(bindparam("requests", expanding=True)),
    journal.c.step.in_(bindparam("steps", expanding=True)),
)


class JournalEntry(Frozen):
    """One entry, as it is read."""

    seq: int
    at: datetime
    request_id: str
    step: str
    event: str
    facts: dict[str, Fact]
    hash: str


@dataclass(frozen=True, slots=True)
class Addition:
    """An entry to be written, and what becomes of its request with it."""

    entry: Entry
    moment: datetime
    state: State | None = None
    closed: Ending | None = None
    due: date | None = None
    safe: date | None = None

    @property
    def stands(self) -> dict[str, object]:
        """What becomes of its request's row."""
        now = {"state": self.state and str(self.state), "due": self.due, "safe": self.safe}
        return {name: value for name, value in now.items() if value is not None}


class Journal:
    """Append-only, in one order for all processes. Entries of one process share their transactions."""

    def __init__(self, database: Database, chain: Chain, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock
        self._additions = GroupCommit(self._commit)

    async def append(
        self,
        request_id: str,
        step: str,
        event: str,
        facts: Mapping[str, Fact] = NO_FACTS,
        *,
        state: str | None = None,
        closed: str | None = None,
        due: date | None = None,
        safe: date | None = None,
    ) -> bool:
        """Add an entry, once for each step of a request, and return when it is safely kept.

        Args:
            request_id: whose entry it is: a request's id, or a hold's.
            step: names the entry within its request; a repeat of a step adds nothing and changes nothing.
            event: what happened, in words.
            facts: the details.
            state: where the request stands now (`State`), in the same transaction.
            closed: how the request ended (`Ending`), in the same transaction.
            due: the legal date from now on, in the same transaction: lists are sorted by what is true now.
            safe: the cautious date from now on, likewise.

        Returns:
            Whether it was new. A repeat that says something else is no error, the first entry stands: the work that
            it repeats may not be stopped by its own evidence. It is logged.

        Raises:
            NotEvidence: a text cannot stand in the ledger.
        """
        addition = self.addition(request_id, step, event, facts, state=state, closed=closed, due=due, safe=safe)
        return await self._additions.put(addition)

    def addition(
        self,
        request_id: str,
        step: str,
        event: str,
        facts: Mapping[str, Fact] = NO_FACTS,
        *,
        state: str | None = None,
        closed: str | None = None,
        due: date | None = None,
        safe: date | None = None,
    ) -> Addition:
        """An entry to be written with `write`. The arguments are those of `append`."""
        moment = self._clock()
        entry = Entry(
            at=stamp(moment),
            request_id=checked("request_id", request_id),
            step=checked("step", step),
            event=checked("event", event),
            facts=canonical(facts),
        )
        stands, ended = State(state) if state else None, Ending(closed) if closed else None
        return Addition(entry, moment, stands, ended, due, safe)

    async def lock(self, connection: Transaction) -> Head:
        """Wait for the journal's end and hold it until the transaction's: all writers come one after another."""
        row = (await connection.execute(_END)).one()
        return Head(row.seq, row.hash)

    async def write(self, connection: Transaction, additions: Sequence[Addition]) -> list[bool]:
        """Add entries within a transaction of the caller's; which of them were new."""
        head = await self.lock(connection)
        known = await self._known(connection, additions)
        rows: list[dict[str, object]] = []
        new: list[bool] = []
        for addition in additions:
            entry = addition.entry
            first = known.setdefault((entry.request_id, entry.step), entry)
            new.append(first is entry)
            if first is entry:
                after = self._chain.after(head, entry)
                rows.append({**asdict(entry), "seq": after.seq, "prev": head.hash, "hash": after.hash})
                head = after
            elif not entry.same_as(first):
                log.warning("a repeated step says something else", request_id=entry.request_id, step=entry.step)
        if rows:
            await connection.execute(_ADD, rows)
            await connection.execute(_MOVE, {**asdict(head), "seal": self._chain.seal(head)})
            await self._stand(connection, [a for a, is_new in zip(additions, new, strict=True) if is_new])
        return new

    async def entries(self, request_id: str) -> list[JournalEntry]:
        """What happened to a request, or to a hold, in order."""
        query = select(journal).where(journal.c.request_id == request_id).order_by(journal.c.seq)
        rows = await self._database.rows(query)
        return [
            JournalEntry(
                **{name: row[name] for name in JournalEntry.model_fields} | {"facts": json.loads(row["facts"])}
            )
            for row in rows
        ]

    async def verify(self, expect_head: str | None = None) -> Verification:
        """Check the whole chain, in constant memory.

        Args:
            expect_head: a head that an earlier check returned. What was there then must be there still.
        """
        async with self._database.snapshot() as connection:
            return await verify(connection, self._chain, expect_head)

    async def close(self) -> None:
        """Wait for what is being written."""
        await self._additions.drain()

    async def _commit(self, additions: Sequence[Addition]) -> list[bool]:
        return await self._database.write(lambda connection: self.write(connection, additions))

    async def _known(self, connection: Transaction, additions: Sequence[Addition]) -> dict[tuple[str, str], Entry]:
        """Which of the steps have their entry already; some that were not asked for come with them."""
        entries = [addition.entry for addition in additions]
        asked = {"requests": [entry.request_id for entry in entries], "steps": [entry.step for entry in entries]}
        return {(row.request_id, row.step): Entry(*row) for row in await connection.execute(_KNOWN, asked)}

    async def _stand(self, connection: Transaction, additions: Sequence[Addition]) -> None:
        """Say where requests stand now. What is closed stays closed as it was."""
        for addition in additions:
            this = update(requests).where(requests.c.id == addition.entry.request_id)
            if addition.stands:
                await connection.execute(this.values(**addition.stands))
            if addition.closed:
                still_open = this.where(requests.c.closed_at.is_(None))
                await connection.execute(still_open.values(outcome=str(addition.closed), closed_at=addition.moment))
