"""The requests themselves: what was asked, when, under whose law, and how it ended. Never by whom."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Select, insert, select, update

from dsar.case import Ending, State
from dsar.frozen import Frozen
from dsar.requests import Regime, Right
from dsar.submission import Channel
from ledger.chain import RECEIVED
from ledger.database import Database
from ledger.facts import Fact, checked
from ledger.gathered import Arrival, Gathered
from ledger.group_commit import GroupCommit
from ledger.journal import Addition, Journal
from ledger.tables import journal, requests
from ledger.transaction import Transaction


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
    group: str | None = None
    """A keyed hash of who asks, the same for all their requests, whether or not they join. Forgotten with the key."""

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


class OpenDoor(NewRequest):
    """One that anybody can have sent in somebody's name: the same again waits behind the first."""

    same: str
    """A keyed hash of all that it says. Forgotten with the key."""
    mailbox: str
    """A keyed hash of where letters about it would arrive, or of whom it names. Forgotten with the key."""
    takes_code: bool

    @property
    def arrival(self) -> Arrival:
        """What tells whether it waits behind another."""
        return Arrival(id=self.id, mailbox=self.mailbox, same=self.same, takes_code=self.takes_code)


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
    group: str | None = None
    behind: str | None = None
    """The request that it waits behind, without a saga of its own."""


_ROW = [requests.c[name].label(name) for name in RequestRow.model_fields]


class Received(Frozen):
    """The id under which a request goes on."""

    id: str
    joined: bool
    """The person's request for the same right was open already: this is its id."""
    behind: str | None = None
    """The request that it waits behind; `None`: it begins."""


class Requests:
    """One row a request; at most one open request of each person for each right."""

    def __init__(self, database: Database, journal: Journal, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock
        self.gathered = Gathered(database, clock)
        self._arrivals = GroupCommit(self._receive)

    async def receive(self, new: NewRequest) -> Received:
        """Keep a request, or join it to the open one, with its entry in the journal: both or neither.

        Given the same request again, it changes nothing and answers the same. Of a flood, many share a transaction.
        """
        checked("id", new.id)
        return await self._arrivals.put(new)

    async def close(self) -> None:
        """Wait for what is being written."""
        await self._arrivals.drain()

    async def get(self, request_id: str) -> RequestRow | None:
        """A request, or `None`."""
        return next(iter(await self._rows(select(*_ROW).where(requests.c.id == request_id))), None)

    async def open(self) -> list[RequestRow]:
        """The requests that are not answered yet, the most urgent first."""
        query = select(*_ROW).where(requests.c.closed_at.is_(None))
        return await self._rows(query.order_by(requests.c.safe, requests.c.opened_at, requests.c.id))

    async def open_of(self, group: str, rights: Sequence[Right]) -> list[str]:
        """Ids of a person's open requests for any of these rights, the oldest first."""
        query = select(requests.c.id).where(
            requests.c.group == group,
            requests.c.closed_at.is_(None),
            requests.c.right.in_([str(right) for right in rights]),
        )
        return await self._ids(query.order_by(requests.c.opened_at, requests.c.id))

    async def mark_started(self, request_id: str) -> None:
        """The engine took the request."""
        await self._set(request_id, started=True)

    async def unstarted(self, older_than: timedelta) -> list[str]:
        """Ids of open requests that the engine did not take within this time, the oldest first."""
        query = select(requests.c.id).where(
            requests.c.started.is_(False),
            requests.c.behind.is_(None),
            requests.c.closed_at.is_(None),
            requests.c.opened_at <= self._clock() - older_than,
        )
        return await self._ids(query.order_by(requests.c.opened_at, requests.c.id))

    async def to_shred(self) -> list[str]:
        """Ids of answered requests whose key is not destroyed yet. Their saga may still need it."""
        query = select(requests.c.id).where(requests.c.closed_at.is_not(None), requests.c.shredded_at.is_(None))
        return await self._ids(query.order_by(requests.c.closed_at, requests.c.id))

    async def having(self, step: str) -> list[str]:
        """Ids of the requests that have this step in their journal, and are not forgotten yet."""
        entered = (journal.c.request_id == requests.c.id) & (journal.c.step == step)
        query = select(requests.c.id).join(journal, entered).where(requests.c.shredded_at.is_(None))
        return await self._ids(query.order_by(requests.c.opened_at, requests.c.id))

    async def mark_shredded(self, request_id: str) -> None:
        """The request's key is destroyed: forget by whom it was, too."""
        await self._set(request_id, shredded_at=self._clock(), subject=None, group=None, same=None, mailbox=None)

    async def _receive(self, arrivals: Sequence[NewRequest]) -> list[Received]:
        received = await self._database.write(lambda connection: self._receive_on(connection, arrivals))
        return [received[new.id] for new in arrivals]

    async def _receive_on(self, connection: Transaction, arrivals: Sequence[NewRequest]) -> dict[str, Received]:
        """What becomes of each."""
        await self._journal.lock(connection)  # receiving and closing come one after another
        known = await self._known(connection, arrivals)
        open_now = await self._open_twins(connection, arrivals)
        fresh = {new.id: new for new in arrivals if new.id not in known}
        becomes = {new.id: open_now.setdefault((new.subject, new.right), new.id) for new in fresh.values()}
        own = [new for new in fresh.values() if becomes[new.id] == new.id]
        behind = await self.gathered.place(connection, [new.arrival for new in own if isinstance(new, OpenDoor)])
        if own:
            await connection.execute(insert(requests), [self._row(new, behind.get(new.id)) for new in own])
        additions = [self._entry(new, becomes[new.id], behind.get(new.id)) for new in fresh.values()]
        await self._journal.write(connection, additions)
        return {
            new.id: Received(
                id=(goes_on := becomes.get(new.id, new.id)),
                joined=goes_on != new.id,
                behind=behind.get(new.id) or known.get(new.id),
            )
            for new in arrivals
        }

    def _entry(self, new: NewRequest, goes_on: str, behind: str | None) -> Addition:
        if goes_on == new.id:
            waits: dict[str, Fact] = {"behind": behind} if behind else {}
            return self._journal.addition(new.id, RECEIVED, "received", new.facts() | waits)
        facts: dict[str, Fact] = {"joined": new.id, "channel": new.channel}
        return self._journal.addition(goes_on, f"joined:{new.id}", "the same was asked again", facts)

    async def _known(self, connection: Transaction, arrivals: Sequence[NewRequest]) -> dict[str, str | None]:
        """Those that are there already, and behind what they wait."""
        query = select(requests.c.id, requests.c.behind).where(requests.c.id.in_([new.id for new in arrivals]))
        return {known: behind for known, behind in await connection.execute(query)}  # noqa: C416 - rows, not pairs

    async def _open_twins(
        self, connection: Transaction, arrivals: Sequence[NewRequest]
    ) -> dict[tuple[str, Right], str]:
        """The ids of the open requests of these people, by person and right."""
        query = select(requests.c.subject, requests.c.right, requests.c.id).where(
            requests.c.subject.in_([new.subject for new in arrivals]), requests.c.closed_at.is_(None)
        )
        return {(subject, Right(right)): found for subject, right, found in await connection.execute(query)}

    def _row(self, new: NewRequest, behind: str | None) -> dict[str, object]:
        row = {"same": None, "mailbox": None} | new.model_dump(exclude={"takes_code"})
        row |= {"right": str(new.right), "regime": str(new.regime), "channel": str(new.channel)}
        proving = behind and isinstance(new, OpenDoor) and new.takes_code
        now, state = self._clock(), State.AWAITING_PROOF if proving else State.RECEIVED
        begun = {"behind": behind, "begun_at": None if behind else now}
        return row | begun | {"state": str(state), "started": False, "opened_at": now}

    async def _set(self, request_id: str, **values: object) -> None:
        await self._database.change(update(requests).where(requests.c.id == request_id).values(**values))

    async def _rows(self, query: Select[*tuple[Any, ...]]) -> list[RequestRow]:
        return [RequestRow(**row) for row in await self._database.rows(query)]

    async def _ids(self, query: Select[str]) -> list[str]:
        return [row["id"] for row in await self._database.rows(query)]
