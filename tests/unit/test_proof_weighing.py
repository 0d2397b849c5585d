"""Holding what was told against what systems hold: only records that are surely the person's say who they are."""

import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.policies import Policies
from activities.proof_points import Given, ProofPoints, Weigh, key_name
from connectors.connector import TryLater
from dsar.correction import Field
from dsar.data_points import Point, tags
from dsar.identity import Identifier, Identity, Key
from dsar.policy import Proving
from dsar.policy_check import parse_policy
from dsar.records import Anchor, Record
from ledger.ledger import Ledger
from tests.flows.fake_system import FakeSystem
from tests.unit.test_policy_check import POLICY
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault

REQUEST = "request-abcdefghijklmnopqrstuvwx"
PROVEN = Identity(identifiers=(Identifier(kind=Key.EMAIL, value="ada@example.com", proven=True),))
RULES = parse_policy(POLICY).model_copy(update={"proving": Proving(invoices="bills", projects="work")})
PHONE = {Point.PHONE: "4155550134"}


class Scales:
    """The activity, over a real vault and ledger."""

    def __init__(self, vault: Vault, ledger: Ledger) -> None:
        self._vault = vault
        self._ledger = ledger

    async def weigh(self, told: Mapping[Point, str], *systems: FakeSystem, needed: int = 1) -> int:
        """How many points agree."""
        key, policies = secrets.token_bytes(32), Policies(self._ledger)
        await self._vault.put(REQUEST, key_name("g"), key)
        order = Weigh(
            request_id=REQUEST,
            given=Given(id="g", tags=tags(key, told)),
            identity=PROVEN,
            asks=tuple(Point),
            needed=needed,
            policy=await policies.remember(RULES),
            systems=tuple(system.config.name for system in systems),
        )
        points = ProofPoints({s.config.name: s for s in systems}, self._vault, self._ledger, policies)
        return (await ActivityEnvironment().run(points.weigh, order)).points


@pytest.fixture
async def scales(tmp_path: Path) -> AsyncIterator[Scales]:
    """Ready, with the request's key."""
    store = DiskStore(tmp_path / "vault")
    vault = Vault(store, KeyRing(store, {"m": bytes(32)}, "m"))
    await vault.create(REQUEST)
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite'}", bytes(32))
    yield Scales(vault, ledger)
    await ledger.close()


def system(*records: Record, name: str = "crm", **config: object) -> FakeSystem:
    """A system whose first record has a telephone number."""
    made = FakeSystem(name, records, **config)
    if records:
        made.fields[records[0].id] = {Field.PHONE: "+1 415 555 0134"}
    return made


def record(name: str, *matched: Key, category: str = "letters", **facts: object) -> Record:
    return Record.model_validate({"id": name, "category": category, "matched": frozenset(matched), **facts})


async def test_what_a_record_of_theirs_says_counts(scales: Scales) -> None:
    """By whatever system holds it."""
    assert await scales.weigh(PHONE, system(record("a", Key.EMAIL))) == 1
    assert await scales.weigh({Point.PHONE: "4155550199"}, system(record("a", Key.EMAIL))) == 0


@pytest.mark.parametrize("matched", [(Key.NAME,), (Key.PHONE,), (Key.CUSTOMER_ID,), ()])
async def test_what_somebody_elses_record_says_does_not(scales: Scales, matched: tuple[Key, ...]) -> None:
    """A namesake, or a number that the person merely claimed, proves nothing."""
    assert await scales.weigh(PHONE, system(record("a", *matched))) == 0


async def test_a_page_with_somebody_elses_record_teaches_no_number(scales: Scales) -> None:
    """Whose it is cannot be told."""
    mixed = system(record("a", Key.EMAIL), record("b", Key.NAME))
    alone = system(record("a", Key.EMAIL))
    for each in (mixed, alone):
        each.teaches = (Identifier(kind=Key.CUSTOMER_ID, value="C-1"),)

    assert await scales.weigh({Point.CUSTOMER_ID: "c1"}, mixed) == 0
    assert await scales.weigh({Point.CUSTOMER_ID: "c1"}, alone) == 1


async def test_who_teaches_a_number_is_asked_before_who_needs_it(scales: Scales) -> None:
    """Whatever order the data map has: invoices lie under the customer number."""
    bills = [
        record(f"i{m}", Key.CUSTOMER_ID, category="bills", dates={Anchor.CREATED: date(2026, m, 1)}) for m in (3, 7)
    ]
    shop = system(*bills, name="shop", needs={Key.CUSTOMER_ID})
    crm = system(record("a", Key.EMAIL))
    crm.teaches = (Identifier(kind=Key.CUSTOMER_ID, value="C-1"),)

    told = {Point.LAST_INVOICE: "July 2026", Point.CUSTOMER_ID: "C-1", **PHONE}
    assert await scales.weigh(told, shop, crm, needed=2) == 3
    assert await scales.weigh({Point.LAST_INVOICE: "March 2026"}, shop, crm) == 0


async def test_a_silent_system_matters_only_where_too_little_agrees(scales: Scales) -> None:
    """Otherwise it is asked again: what was told may stand there."""
    down = system(name="down")
    down.down = True

    assert await scales.weigh(PHONE, down, system(record("a", Key.EMAIL))) == 1
    with pytest.raises(TryLater, match="Down did not answer"):
        await scales.weigh({Point.COMPANY: "Acme"}, down, system(record("a", Key.EMAIL)))


async def test_where_only_a_person_can_look_nothing_is_asked(scales: Scales) -> None:
    """Its one record means "look", and says nothing of anybody."""
    by_hand = system(record("by-hand", Key.EMAIL, category="work", label="Business records"), kind="person")

    assert await scales.weigh({Point.PROJECT: "Business records"}, by_hand) == 0
