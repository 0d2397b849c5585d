"""What a person told to prove who they are, held against what systems hold: by keyed hashes, and counted only."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date

from temporalio import activity

from activities.heartbeat import heartbeating
from activities.policies import Policies
from connectors.connector import Ability, Connector, NeedsPerson, TryLater
from dsar.data_points import FIELDS, Declaration, Point, agreeing, counted, forms, month_of, said_in, tag
from dsar.frozen import Frozen
from dsar.identity import Identity, Key
from dsar.matching import Belonging, belonging
from dsar.policy import Proving
from dsar.records import Anchor, Record
from ledger.facts import Fact
from ledger.ledger import Ledger
from vault.vault import Vault

MOST_PAGES = 50
"""Of one system: whoever has more there is known by what these say, too."""

BY_PERSON = "person"
"""The kind of system that nobody can ask but a person."""


class Given(Frozen):
    """What a person told, as the saga has it: nothing that says what it was."""

    id: str
    """Random: the vault's names of the key, and of the declaration, end in it."""
    tags: dict[Point, str]
    declared: bool = False


class Weigh(Frozen):
    """Order: count what of this agrees with what is held."""

    request_id: str
    given: Given
    identity: Identity
    """Only what is proven: by what the person merely claims, nobody's records are opened."""
    asks: tuple[Point, ...]
    needed: int
    """How many have to agree."""
    policy: str
    systems: tuple[str, ...]


class Weighed(Frozen):
    """How many data points agree; never which."""

    points: int


class Settle(Frozen):
    """Order: what was told is judged; keep the declaration as evidence, if it counted, and nothing else."""

    request_id: str
    given: str
    keep: str = ""
    """The owner under whose key the declaration is kept; empty: it is not."""


class Expire(Frozen):
    """Order: a declaration has been kept for as long as the law asks."""

    request_id: str
    owner: str


def key_name(given: str) -> str:
    """The vault's name of the key of one comparison."""
    return f"points/{given}"


def declaration_name(given: str) -> str:
    """The vault's name of a declaration."""
    return f"declaration/{given}"


class ProofPoints:
    """The systems of the data map, as far as they say who somebody is."""

    def __init__(self, connectors: Mapping[str, Connector], vault: Vault, ledger: Ledger, policies: Policies) -> None:
        self._connectors = connectors
        self._vault = vault
        self._ledger = ledger
        self._policies = policies

    @activity.defn
    async def weigh(self, order: Weigh) -> Weighed:
        """Ask every system that can tell, also where enough has agreed before; compare all with all.

        Raises:
            TryLater: not enough is known while a system does not answer.
        """
        key = await self._vault.get(order.request_id, key_name(order.given.id))
        proving = (await self._policies.get(order.policy)).proving
        held: set[tuple[Point, str]] = set()
        silent: list[str] = []
        identity, invoiced = order.identity, set[date]()
        async with heartbeating() as beat:
            for connector in self._in_order(order.systems):
                try:
                    async for record, learned in _theirs(connector, identity):
                        beat(0)
                        identity = identity.widened(learned.identifiers)
                        held |= set(_of(record, learned, proving))
                        if record.category == proving.invoices and Anchor.CREATED in record.dates:
                            invoiced.add(record.dates[Anchor.CREATED])
                        held |= set(await _fields(connector, record))
                except (TryLater, NeedsPerson):
                    silent.append(connector.config.title)
        if invoiced:
            held.add((Point.LAST_INVOICE, month_of(max(invoiced))))
        known = [(point, tag(key, point, form)) for point, form in held if point in order.asks]
        points = counted(agreeing(order.given.tags, known))
        if silent and points < order.needed:
            raise TryLater(f"not everything could be compared: {', '.join(silent)} did not answer")
        return Weighed(points=points)

    @activity.defn
    async def settle(self, order: Settle) -> None:
        """Forget what was compared; a declaration that counted is kept, and the journal has its hash."""
        name = declaration_name(order.given)
        if order.keep:
            await self._vault.create(order.keep)
            if await self._vault.exists(order.request_id, name):
                signed = await self._vault.get_model(order.request_id, name, Declaration)
                await self._vault.put_model(order.keep, name, signed)
                facts: dict[str, Fact] = {"sha256": signed.digest, "kept": order.keep}
                await self._ledger.journal.append(order.request_id, "declared", "signed declaration kept", facts)
        for each in (name, key_name(order.given)):
            await self._vault.delete(order.request_id, each)

    @activity.defn
    async def expire(self, order: Expire) -> None:
        """Destroy a declaration whose time is over."""
        await self._vault.destroy(order.owner)
        await self._ledger.journal.append(order.request_id, "declaration forgotten", "key destroyed", {})

    def _in_order(self, systems: Iterable[str]) -> Sequence[Connector]:
        """Those that teach what others are searched by, first."""
        asked = [self._connectors[name] for name in systems if name in self._connectors]
        return sorted((c for c in asked if c.config.kind != BY_PERSON), key=lambda c: bool(c.config.needs))


async def _theirs(connector: Connector, identity: Identity) -> AsyncIterator[tuple[Record, Identity]]:
    """The records that are surely the person's, each with what its page teaches of them."""
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        found = await connector.locate(identity, cursor)
        sure = [r for r in found.records if belonging(r.matched & identity.proven_kinds) is Belonging.YES]
        teaches = found.learned if len(sure) == len(found.records) else ()
        learned = Identity(identifiers=tuple(i.model_copy(update={"proven": True}) for i in teaches))
        for record in sure:
            yield record, learned
        cursor = found.cursor
        if cursor is None:
            return


def _of(record: Record, learned: Identity, proving: Proving) -> Iterable[tuple[Point, str]]:
    """What a record itself says."""
    for number in learned.values(Key.CUSTOMER_ID):
        yield from ((Point.CUSTOMER_ID, form) for form in forms(Point.CUSTOMER_ID, number))
    if record.category == proving.projects:
        yield from ((Point.PROJECT, form) for form in forms(Point.PROJECT, record.label))


async def _fields(connector: Connector, record: Record) -> Iterable[tuple[Point, str]]:
    """What a record's fields say, where they can be read."""
    if Ability.RECTIFY not in connector.can:
        return ()
    said = await connector.values([record], list(FIELDS))
    return [found for values in said if values for found in said_in(values)]
