"""Requests that anybody can send in somebody's name: the first are begun, the others wait behind them, all are kept.

Whoever types somebody else's address into a form a thousand times would have a thousand letters sent there. So what
says the very same as an open request, and what comes after the first dozen of a day in one person's name, has its
number and its dates, but no letter and no saga, until whoever sent it asks for a code.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select, update

from dsar.case import Ending, State
from dsar.frozen import Frozen
from dsar.requests import Right
from ledger.database import Database
from ledger.tables import requests
from ledger.transaction import Transaction

A_DAY = 12
"""So many are begun for one mailbox within 24 hours: as many as there are rights."""
DAY = timedelta(days=1)


class Arrival(Frozen):
    """What tells whether a request waits behind another."""

    id: str
    mailbox: str
    """A keyed hash of where letters about it would arrive, or of whom it names."""
    same: str
    """A keyed hash of all that it says."""
    takes_code: bool
    """Whether it goes on by a code: only such a one can be begun later by whoever sent it."""


class Waiting(Frozen):
    """A request that waits, and how the one before it ended."""

    id: str
    behind: str
    right: Right
    state: State
    due: date
    safe: date
    received_at: datetime
    lead: Ending | None
    """`None`: it is open."""


class Gathered:
    """What waits behind what."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def place(self, connection: Transaction, arrivals: Sequence[Arrival]) -> dict[str, str]:
        """Behind which request each of these waits; those that begin are not named."""
        if not arrivals:
            return {}
        twins = await self._open_twins(connection, [each.same for each in arrivals])
        begun = await self._begun(connection, [each.mailbox for each in arrivals])
        behind: dict[str, str] = {}
        for each in arrivals:
            today = begun.setdefault(each.mailbox, [])
            lead = twins.get(each.same) or (today[-1] if each.takes_code and len(today) >= A_DAY else None)
            if lead:
                behind[each.id] = lead
            else:
                twins[each.same] = each.id
                today.append(each.id)
        return behind

    async def begin(self, request_id: str) -> bool:
        """Let one go on by itself; whether it may today. One that has begun already may."""
        return await self._database.write(lambda connection: self._begin(connection, request_id))

    async def waiting(self, until: date) -> list[Waiting]:
        """Those about which something is to be done: the one before is over, or their own safe date is near.

        Args:
            until: safe dates up to this day are near.
        """
        lead = requests.alias("lead")
        over = and_(
            lead.c.closed_at.is_not(None),
            or_(lead.c.outcome == str(Ending.CANCELLED), requests.c.state == str(State.RECEIVED)),
        )
        query = (
            select(
                requests.c.id, requests.c.behind, requests.c.right, requests.c.state, requests.c.due,
                requests.c.safe, requests.c.received_at, lead.c.outcome.label("lead"),
            )
            .join(lead, lead.c.id == requests.c.behind)
            .where(requests.c.closed_at.is_(None), or_(over, requests.c.safe <= until))
            .order_by(requests.c.opened_at, requests.c.id)
        )  # fmt: skip
        return [Waiting(**row) for row in await self._database.rows(query)]

    async def follow(self, lead: str, after: str) -> None:
        """What waited behind one that is no more waits behind another."""
        still = update(requests).where(requests.c.behind == lead, requests.c.closed_at.is_(None))
        await self._database.change(still.where(requests.c.id != after).values(behind=after))

    async def _begin(self, connection: Transaction, request_id: str) -> bool:
        this = requests.c.id == request_id
        query = select(requests.c.mailbox, requests.c.behind).where(this)
        row = (await connection.execute(query)).one()
        if row.behind is None:
            return True
        if row.mailbox and len((await self._begun(connection, [row.mailbox])).get(row.mailbox, [])) >= A_DAY:
            return False
        begins = {"behind": None, "begun_at": self._clock(), "state": str(State.RECEIVED)}
        await connection.execute(update(requests).where(this).values(begins))
        return True

    async def _open_twins(self, connection: Transaction, same: Sequence[str]) -> dict[str, str]:
        """The open requests that have begun and say the same, by what they say."""
        query = select(requests.c.same, requests.c.id).where(
            requests.c.same.in_(same), requests.c.closed_at.is_(None), requests.c.behind.is_(None)
        )
        return {says: found for says, found in await connection.execute(query)}  # noqa: C416 - rows are no pairs to mypy

    async def _begun(self, connection: Transaction, mailboxes: Sequence[str]) -> dict[str, list[str]]:
        """What began within a day for these mailboxes, by mailbox, the latest last."""
        query = select(requests.c.mailbox, requests.c.id).where(
            requests.c.mailbox.in_(sorted(set(mailboxes))),
            requests.c.same.is_not(None),
            requests.c.behind.is_(None),
            requests.c.begun_at > self._clock() - DAY,
        )
        found: dict[str, list[str]] = {}
        for mailbox, request_id in await connection.execute(query.order_by(requests.c.begun_at, requests.c.id)):
            found.setdefault(mailbox, []).append(request_id)
        return found
