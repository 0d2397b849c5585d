"""Personal data is nowhere but in the vault and in letters: planted, and looked for in all that the engine keeps."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from connectors.connector import NeedsPerson
from dsar.case import TaskState
from dsar.identity import Identifier, Key
from dsar.records import Record
from dsar.requests import Right
from intake.desk import Receipt
from tests.flows.fake_system import FakeSystem
from tests.flows.house import House, house, policy
from tests.flows.test_deletion import invoice, mine

EMAIL, NAME, CUSTOMER, CLIENT = "canary.mail@example.com", "Canary Lovelace", "canary-customer-7", "canary-client-9"
CANARIES = ("canary", "lovelace", "kanarienvogel")
PERSON = {"email": EMAIL, "name": NAME, "customer_id": CUSTOMER}


def planted(number: int, **facts: object) -> Record:
    return mine(f"canary-record-{number}", "marketing data", label=f"Kanarienvogel {number}", **facts)


def found_in(*texts: bytes | str) -> set[str]:
    """The canaries that sing in what a machine keeps."""
    everything = b"\n".join(t if isinstance(t, bytes) else t.encode() for t in texts).lower()
    return {canary for canary in CANARIES if canary.encode() in everything}


async def kept_by_the_engine(*sagas: WorkflowHandle[Any, Any]) -> list[bytes | str]:
    """Histories and descriptions as the engine stores them: ids, memos and search attributes are in there."""
    kept: list[bytes | str] = []
    for handle in sagas:
        history = await handle.fetch_history()
        kept += [event.SerializeToString() for event in history.events]
        description = await handle.describe()
        kept += [history.to_json(), description.id, description.raw_description.SerializeToString()]
    return kept


def ledger_files(folder: Path) -> list[bytes | str]:
    return [path.read_bytes() for path in folder.glob("ledger.sqlite*")]


def systems() -> tuple[FakeSystem, FakeSystem]:
    news = FakeSystem("news", [planted(1), planted(2), planted(3, matched={Key.NAME})], learns={Key.CLIENT_ID})
    news.teaches = (Identifier(kind=Key.CLIENT_ID, value=CLIENT),)
    books = FakeSystem("books", [invoice("canary-invoice"), planted(4)])
    books.failing = {
        "locate": [NeedsPerson("BOOKS answered 401", "renew the key"), KeyError(EMAIL)],
        "erase": [ValueError(f"no such record: {NAME}")],
        "export": [ValueError(f"no such record: {NAME}")],
    }
    return news, books


async def told(at: House, right: Right) -> Receipt:
    """A request with everything in it: wrong codes, tasks with notes, an extension, bugs that quote a record."""
    receipt = await at.submit(right, **PERSON)
    await at.code(receipt, EMAIL)
    await at.proved(receipt, EMAIL)
    await at.desk.resolve(await at.task(receipt, "unblock"), TaskState.DONE, by="ops", note=f"asked {NAME}")
    await at.desk.resolve(await at.task(receipt, "confirm"), TaskState.DONE, by="lead", note=f"it is {NAME}'s")
    await at.desk.extend(receipt.request_id, f"{NAME}'s archive is being restored")
    return receipt


@pytest.mark.parametrize("right", [Right.DELETE, Right.ACCESS])
async def test_nothing_of_the_person_is_in_clear(
    right: Right, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Histories, ids, search attributes, memos, descriptions, the ledger's file, logs and output: none of it."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, logger="asyncio")
    async with house(tmp_path, *systems(), rules=policy(hold_before_erasure=timedelta(days=1))) as at:
        receipt = await told(at, right)
        await at.ended(receipt)
        holds = [at.hold(receipt)] if right is Right.DELETE else []
        engine = await kept_by_the_engine(at.saga(receipt), *holds)
        ledger = ledger_files(tmp_path)

        assert at.answers(EMAIL)
        assert len(engine) > 50
        assert found_in(*engine) == set()
        assert found_in(*ledger) == set()
    out, err = capfd.readouterr()
    assert found_in(caplog.text, *map(str, caplog.records), out, err) == set()


async def test_what_is_looked_for_would_be_found(tmp_path: Path) -> None:
    """The search can find: the letters hold what the engine does not."""
    async with house(tmp_path, *systems()) as at:
        receipt = await at.submit(Right.DELETE, **PERSON)
        await at.code(receipt, EMAIL)

        assert found_in(str(at.mail.letters)) == {"canary"}


async def test_a_bug_is_named_by_type_and_place_and_retried(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A KeyError quotes its key, here an address: the failure that is kept says where it was, not what it said."""
    caplog.set_level(logging.DEBUG)
    crm = FakeSystem("crm", [mine("a")])
    crm.failing["locate"] = [KeyError("ada@example.com") for _ in range(8)]
    async with house(tmp_path, crm) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        await at.until(lambda: len(crm.failing["locate"]) < 8)
        failure = await at.failure_of(receipt)
        await at.ended(receipt)

        assert "bug in survey_and_withhold: KeyError at " in failure
        assert "fake_system.py" in failure
        assert "ada@" not in failure
        assert "ada@" not in caplog.text
        assert not crm.records
