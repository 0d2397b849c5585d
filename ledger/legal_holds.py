"""Legal holds that people place; two people are needed to lift one."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import insert, select, update

from dsar.frozen import Frozen
from dsar.identity import Key
from dsar.legal_holds import LegalHold
from ledger.database import Database
from ledger.facts import Fact, NotEvidence, checked
from ledger.journal import Journal
from ledger.tables import legal_holds
from ledger.transaction import Transaction

# Asked for at each step in each system, so made once.
_ACTIVE = (
    select(*(legal_holds.c[name] for name in LegalHold.model_fields))
    .where(legal_holds.c.lifted_at.is_(None))
    .order_by(legal_holds.c.id)
)


class NoSuchHold(LookupError):
    """There is no legal hold of this id in force."""


class TwoPeople(ValueError):
    """The one who asks for a hold to be lifted cannot be the one who lifts it; nor can it be lifted unasked."""


class HoldsEverything(ValueError):
    """A hold names a system, a category or a person: one that names none would stop every erasure there is."""


class LegalHoldRow(Frozen):
    """A legal hold, and who placed and lifted it: names of our own staff, never addresses.

    `subject` is empty once it is lifted: nobody has to be known again by it.
    """

    id: str
    reason: str
    system: str | None
    category: str | None
    subject: str | None
    placed_by: str
    placed_at: datetime
    lift_asked_by: str | None
    lift_asked_at: datetime | None
    lifted_by: str | None
    lifted_at: datetime | None
    kind: Key | None


class LegalHolds:
    """One row a hold. What people do here is journalled under the hold's id."""

    def __init__(self, database: Database, journal: Journal, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._journal = journal
        self._clock = clock

    async def place(self, hold: LegalHold, by: str) -> None:
        """From now on, nothing that it covers is erased.

        Raises:
            HoldsEverything: it names neither a system, nor a category, nor a person.
            NotEvidence: the reason, or who places it, could be personal data.
        """
        if hold.system is hold.category is hold.subject is None:
            raise HoldsEverything("a legal hold needs a system, a category or a person")
        row = {name: value and checked(name, value) for name, value in hold.model_dump().items()}
        row |= {"placed_by": _named(by), "placed_at": self._clock()}

        async def work(connection: Transaction) -> None:
            await connection.execute(insert(legal_holds).values(row))
            facts: dict[str, Fact] = {"reason": hold.reason, "system": hold.system, "category": hold.category, "by": by}
            facts["of_one_person"] = hold.subject is not None
            await self._note(connection, hold.id, "placed", facts)

        await self._database.write(work)

    async def ask_lift(self, hold_id: str, by: str) -> None:
        """One person says that a hold can go; another has to agree.

        Raises:
            NoSuchHold: it is not in force.
        """
        values = {"lift_asked_by": _named(by), "lift_asked_at": self._clock()}
        await self._change(hold_id, "lift asked", by, values, lambda _: None)

    async def lift(self, hold_id: str, by: str) -> None:
        """Another person agrees: the hold ends, and whom it was about is forgotten.

        Raises:
            NoSuchHold: it is not in force.
            TwoPeople: nobody asked for it, or the same person did.
        """

        def by_another(row: LegalHoldRow) -> None:
            if row.lift_asked_by is None:
                raise TwoPeople("nobody has asked yet for this hold to be lifted")
            if _name(row.lift_asked_by) == _name(by):
                raise TwoPeople("somebody else than who asked for it has to lift this hold")

        values = {"lifted_by": _named(by), "lifted_at": self._clock(), "subject": None}
        await self._change(hold_id, "lifted", by, values, by_another)

    async def active(self) -> tuple[LegalHold, ...]:
        """All that are in force now."""
        return tuple(LegalHold(**row) for row in await self._database.rows(_ACTIVE))

    async def list(self) -> tuple[LegalHoldRow, ...]:
        """All that there were, the newest last."""
        query = select(legal_holds).order_by(legal_holds.c.placed_at, legal_holds.c.id)
        return tuple(LegalHoldRow(**row) for row in await self._database.rows(query))

    async def _change(
        self, hold_id: str, event: str, by: str, values: dict[str, object], allowed: Callable[[LegalHoldRow], None]
    ) -> None:
        async def work(connection: Transaction) -> None:
            await self._journal.lock(connection)  # asking and lifting come one after another
            allowed(await self._in_force(connection, hold_id))
            await connection.execute(update(legal_holds).where(legal_holds.c.id == hold_id).values(values))
            await self._note(connection, hold_id, event, {"by": by})

        await self._database.write(work)

    async def _in_force(self, connection: Transaction, hold_id: str) -> LegalHoldRow:
        query = select(legal_holds).where(legal_holds.c.id == hold_id, legal_holds.c.lifted_at.is_(None))
        row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            raise NoSuchHold(f"no legal hold {hold_id} is in force")
        return LegalHoldRow(**row)

    async def _note(self, connection: Transaction, hold_id: str, event: str, facts: dict[str, Fact]) -> None:
        step = f"{event}:{self._clock().isoformat()}"
        await self._journal.write(connection, [self._journal.addition(hold_id, step, f"legal hold {event}", facts)])


def _named(by: str) -> str:
    """A name, or there would be nobody who did it."""
    if not by.strip():
        raise NotEvidence("by must say who it is")
    return checked("by", by)


def _name(by: str) -> str:
    """The same person, however they write their name."""
    return " ".join(by.casefold().split())
