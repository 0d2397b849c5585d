"""The requests themselves: what was asked, when, under whose law, and how it ended. Never by whom."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dsar.case import Ending, State
from dsar.frozen import Frozen
from dsar.requests import Regime, Right
from dsar.submission import Channel
from ledger.chain import RECEIVED
from ledger.database import Database, insert_new
from ledger.facts import Fact, checked
from ledger.journal import Journal
from ledger.tables import requests


class NewRequest(Frozen):
    """What is known of a request when it comes in."""

    id: str
    right: Right
    regime: Regime
    channel: Channel
    received_at: AwareDatetime
    acknowledge_by: date
    due: date
    """The legal date."""
    safe: date
    """The cautious one; alarms run on it."""
    subject: str
    """A keyed hash of who asks: how a duplicate is recognised. Forgotten with the request's key."""
    policy: str
    """Digest of the policy that decides."""

    def facts(self) -> dict[str, Fact]:
        """What 11 CCR 7101(b) asks to be kept of the asking: its date, its nature and its manner."""
        return {
            "right": self.right,
            "regime": self.regime,
            "channel": self.channel,
            "received": self.received_at.astimezone(UTC).isoformat(timespec="seconds"),
            "acknowledge_by": self.acknowledge_by.isoformat(),
            "due": self.due.isoformat(),
            "safe": self.safe.isoformat(),
            "policy": self.policy,
        }


class RequestRow(Frozen):
    """What the ledger knows of a request. Times are UTC."""

    id: str
    right: Right
    regime: Regime
    channel: Channel
    received_at: datetime
    acknowledge_by: date
    due: date
    safe: date
    state: State
    subject: str | None
    policy: str
    started: bool
    """Whether the engine took it."""
    opened_at: datetime
    closed_at: datetime | None
    outcome: Ending | None
    shredded_at: datetime | None
    """When the key to its copies was destroyed."""


class Received(Frozen):
    """The id under which a request goes on."""

    id: str
    joined: bool
    """The person's request for the same right was open already: this is its id."""


class Requests:
    """One row a request; at most one open request of each person for each right."""

    def __init__(self, database: Database, journal: Journal, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock

    async def receive(self, new: NewRequest) -> Received:
        """Keep a request, or join it to the open one, with its entry in the journal: both or neither.

        Given the same request again, it changes nothing and answers the same.
        """
        checked("id", new.id)
        async with self._database.write() as connection:
            await self._journal.lock(connection)  # receiving and closing come one after another
            if await self._exists(connection, new.id):
                return Received(id=new.id, joined=False)
            if first := await self._open_twin(connection, new):
                facts: dict[str, Fact] = {"joined": new.id, "channel": new.channel}
                joined = self._journal.addition(first, f"joined:{new.id}", "the same was asked again", facts)
                await self._journal.write(connection, [joined])
                return Received(id=first, joined=True)
            await self._insert(connection, new)
            received = self._journal.addition(new.id, RECEIVED, "received", new.facts())
            await self._journal.write(connection, [received])
        return Received(id=new.id, joined=False)

    async def get(self, request_id: str) -> RequestRow | None:
        """A request, or `None`."""
        return next(iter(await self._rows(select(requests).where(requests.c.id == request_id))), None)

    async def open(self) -> list[RequestRow]:
        """The requests that are not answered yet, the most urgent first."""
        query = select(requests).where(requests.c.closed_at.is_(None))
        return await self._rows(query.order_by(requests.c.safe, requests.c.opened_at, requests.c.id))

    async def mark_started(self, request_id: str) -> None:
        """The engine took the request."""
        await self._set(request_id, started=True)

    async def unstarted(self, older_than: timedelta) -> list[str]:
        """Ids of open requests that the engine did not take within this time, the oldest first."""
        query = select(requests.c.id).where(
            requests.c.started.is_(False),
            requests.c.closed_at.is_(None),
            requests.c.opened_at <= self._clock() - older_than,
        )
        return await self._ids(query.order_by(requests.c.opened_at, requests.c.id))

    async def to_shred(self) -> list[str]:
        """Ids of answered requests whose key is not destroyed yet. Their saga may still need it."""
        query = select(requests.c.id).where(requests.c.closed_at.is_not(None), requests.c.shredded_at.is_(None))
        return await self._ids(query.order_by(requests.c.closed_at, requests.c.id))

    async def mark_shredded(self, request_id: str) -> None:
        """The request's key is destroyed: forget by whom it was, too."""
        await self._set(request_id, shredded_at=self._clock(), subject=None)

    async def _exists(self, connection: AsyncConnection, request_id: str) -> bool:
        query = select(requests.c.id).where(requests.c.id == request_id)
        return (await connection.execute(query)).first() is not None

    async def _open_twin(self, connection: AsyncConnection, new: NewRequest) -> str | None:
        query = select(requests.c.id).where(
            requests.c.subject == new.subject, requests.c.right == new.right, requests.c.closed_at.is_(None)
        )
        return (await connection.execute(query)).scalar_one_or_none()

    async def _insert(self, connection: AsyncConnection, new: NewRequest) -> None:
        row = new.model_dump() | {"right": str(new.right), "regime": str(new.regime), "channel": str(new.channel)}
        row |= {"state": str(State.RECEIVED), "started": False, "opened_at": self._clock()}
        await insert_new(connection, requests, row)

    async def _set(self, request_id: str, **values: object) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(requests).where(requests.c.id == request_id).values(**values))

    async def _rows(self, query: Select[*tuple[Any, ...]]) -> list[RequestRow]:
        async with self._database.read() as connection:
            return [RequestRow(**row) for row in (await connection.execute(query)).mappings()]

    async def _ids(self, query: Select[str]) -> list[str]:
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())
