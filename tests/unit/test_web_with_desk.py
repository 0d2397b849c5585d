"""The web door in front of the real desk, ledger and vault, with an engine that is down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from activities.policies import Policies
from dsar.case import Case
from dsar.policy import People, Policy, Terms
from intake.desk import Desk
from intake.engine import Engine
from intake.handing_over import CASE
from ledger.ledger import Ledger
from tests.unit.web_rig import BODY, CONTROLLER, Door, door
from vault.keys import KeyRing
from vault.store import DiskStore, one
from vault.vault import Vault

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
POLICY = Policy(
    controller=CONTROLLER,
    terms=Terms(people=People(privacy_lead="lead@example.test", deputy="deputy@example.test")),
    categories={},
)


class Office:
    """The desk and what it stands on."""

    def __init__(self, ledger: Ledger, vault: Vault) -> None:
        self.ledger = ledger
        self.vault = vault
        self.desk = Desk(
            engine=Engine(_no_engine, "none"),
            ledger=ledger,
            vault=vault,
            policies=Policies(ledger),
            policy=POLICY,
            systems=(),
            subject_key=b"s" * 32,
            now=lambda: NOW,
        )


async def _no_engine() -> NoReturn:
    raise ConnectionRefusedError


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite'}", b"a" * 32)
    keys = KeyRing(DiskStore(tmp_path / "vault", durable=False), {"m1": b"k" * 32}, "m1")
    yield Office(ledger, Vault(DiskStore(tmp_path / "vault", durable=False), keys))
    await ledger.close()


@asynccontextmanager
async def opened(office: Office) -> AsyncIterator[Door]:
    async with door(office.desk) as web:
        yield web


async def test_a_request_is_kept_while_the_engine_is_down(office: Office) -> None:
    """It has an id, lies sealed in the vault, and its status can be read; it is found again to be started."""
    async with opened(office) as web:
        receipt = (await web.signed(BODY)).json
        status = await web.get(f"/v1/requests/{receipt['request_id']}")

    case = await office.vault.get_model(receipt["request_id"], CASE, Case)
    assert receipt["started"] is False
    assert case.channel == "webhook"
    assert (status.status, status.json["state"]) == (200, "received")
    assert (status.json["due"], status.json["safe"]) == (receipt["due"], receipt["safe"])
    assert await office.ledger.requests.unstarted(timedelta(0)) == [receipt["request_id"]]


async def test_a_duplicate_joins_and_has_a_ticket_of_its_own(office: Office) -> None:
    """Whichever of them comes with the code brings a passphrase; many at once are still one request."""
    async with opened(office) as web:
        answers = await asyncio.gather(*(web.signed(BODY, webhook_id=f"msg-{n}") for n in range(10)))

    receipts = [answer.json for answer in answers]
    assert len({receipt["request_id"] for receipt in receipts}) == 1
    assert len({receipt["ticket"] for receipt in receipts}) == 10
    assert sum(not receipt["joined"] for receipt in receipts) == 1


IMPOSSIBLE: dict[str, dict[str, object]] = {
    "in the future": {"received": "2026-05-06"},
    "far in the past": {"received": "2020-05-05"},
    "the first day there is": {"received": "0001-01-01"},
    "the last day there is": {"received": "9999-12-31"},
    "the last moment there is": {"received": "9999-12-31T23:59:59-23:59"},
    "the first moment there is": {"received": "0001-01-01T00:00:00+23:59"},
    "a time without its offset": {"received": "2026-05-05T10:00:00"},
    "no such zone": {"zone": "Canary/Person"},
    "a zone that is a path": {"zone": "../canary"},
    "no such region": {"regime": "eu", "region": "QQ"},
    "a region of elsewhere": {"regime": "eu", "region": "US-CA"},
    "an appeal of nothing": {"right": "appeal", "wish": {"about": "request-none", "statement": "canary"}},
    "no such consent": {"right": "withdraw", "wish": {"consents": ["canary"]}},
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
async def test_what_cannot_be_is_refused_and_leaves_nothing(office: Office, name: str) -> None:
    """422, with what to change; no row, no sealed case, no word of what was sent."""
    async with opened(office) as web:
        answer = await web.signed({**BODY, **IMPOSSIBLE[name]})

    assert (answer.status, answer.json["type"]) == (422, "/problems/refused")
    assert b"canary" not in answer.body.lower()
    assert await office.ledger.requests.open() == []


async def test_a_package_comes_out_as_it_was_sealed_and_once(office: Office) -> None:
    """Through the real link, passphrase and cipher; of ten at once, one gets it."""
    package = b"PK" + bytes(range(256)) * 4_000
    async with opened(office) as web:
        receipt = (await web.signed(BODY)).json
        await office.vault.write(receipt["request_id"], "package.zip", one(package))
        token = await office.ledger.links.issue(
            receipt["request_id"], "package.zip", datetime.now(UTC) + timedelta(days=1)
        )
        page = await web.get(f"/v1/downloads/{token}")
        wrong = await web.form("wrong", token)
        as_ticket = await web.form(receipt["ticket"], token)
        await office.ledger.passphrases.add(receipt["request_id"], "abcd-efgh-ijkl")
        typed = "ABCD EFGH IJKL"
        answers = await asyncio.gather(*(web.form(typed, token) for _ in range(10)))

    assert (page.status, wrong.status, as_ticket.status) == (200, 403, 403)
    assert sorted(answer.status for answer in answers) == [200] + [410] * 9
    assert next(answer.body for answer in answers if answer.status == 200) == package


async def test_a_package_whose_key_is_destroyed_is_not_handed_out(office: Office) -> None:
    """A page says that it could not begin."""
    async with opened(office) as web:
        receipt = (await web.signed(BODY)).json
        token = await office.ledger.links.issue(
            receipt["request_id"], "package.zip", datetime.now(UTC) + timedelta(days=1)
        )
        await office.ledger.passphrases.add(receipt["request_id"], "abcd-efgh-ijkl")
        await office.vault.destroy(receipt["request_id"])
        page = await web.form("abcd-efgh-ijkl", token)

    assert page.status == 503
    assert b"could not begin" in page.body


async def test_with_the_ledger_gone_nothing_is_promised(office: Office) -> None:
    """503; whoever runs this sees it by /readyz."""
    async with opened(office) as web:
        ready = await web.get("/readyz")
        await office.ledger.close()
        for path in Path(str(office.ledger._database.url.database)).parent.glob("ledger.sqlite*"):  # noqa: SLF001
            path.write_bytes(b"not a database any more" * 1_000)
        answer = await web.signed(BODY)
        not_ready = await web.get("/readyz")

    assert (ready.status, ready.json) == (200, {"ledger": True, "vault": True, "engine": False})
    assert (answer.status, answer.json["type"]) == (503, "/problems/unavailable")
    assert (not_ready.status, not_ready.json["ledger"]) == (503, False)


async def test_one_kept_request_that_cannot_be_read_holds_up_no_other(office: Office) -> None:
    """The round goes on to the next, and says at its end that it failed."""
    async with opened(office) as web:
        first = (await web.signed(BODY)).json["request_id"]
        await web.signed({**BODY, "right": "delete"}, webhook_id="msg-2")
    await office.vault.destroy(first)
    started: list[str] = []

    class Up(Engine):
        async def start(self, case: Case) -> None:
            started.append(case.right)

    office.desk._submitting._engine = Up(_no_engine, "none")  # noqa: SLF001 - the engine comes back
    with pytest.raises(Exception, match="destroyed"):
        await office.desk.dispatch(timedelta(0))

    assert started == ["delete"]
