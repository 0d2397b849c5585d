"""The rights of access and portability."""

import asyncio
from pathlib import Path
from zipfile import ZipFile

import pytest

from dsar.case import Ending, TaskState
from dsar.identity import Key
from dsar.records import Record
from dsar.requests import Right
from intake.desk import Receipt, Refused
from ledger.links import Granted
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, House, house
from vault.package import check_package


def mine(name: str, **facts: object) -> Record:
    return Record.model_validate({"id": name, "category": "marketing data", "matched": {Key.EMAIL}, **facts})


async def test_the_person_gets_a_package_that_opens_behind_two_factors(tmp_path: Path) -> None:
    """The link goes to the address on file, the passphrase to who asked and has the code: both open it, once."""
    news = FakeSystem("news", [mine("a"), mine("b"), mine("c")])
    async with house(tmp_path, news) as at:
        receipt = await at.submit(Right.ACCESS)
        passphrase = await at.proved(receipt)
        await at.until(lambda: bool(at.answers()))
        token = at.answers()[0].split("/v1/downloads/")[1].split()[0]

        use = await at.desk.collect(token, passphrase)

        assert isinstance(use, Granted)
        package = tmp_path / "package.zip"
        package.write_bytes(b"".join([chunk async for chunk in at.desk.package(use.request_id, use.name)]))
        assert check_package(package) == []
        with ZipFile(package) as opened:
            report = opened.read("report.html").decode()
        assert "Used for the newsletter" in report
        assert "found in these systems: News. Whoever runs" in report
        assert "You can complain to the California Privacy Protection Agency" in report
        assert not isinstance(await at.desk.collect(token, passphrase), Granted)

        assert (await at.ended(receipt)).ending is Ending.COMPLIED
        assert set(news.records) == {"a", "b", "c"}


async def test_an_unknown_person_is_told_that_nothing_is_held(tmp_path: Path) -> None:
    """Nothing found everywhere is an answer, without a package."""
    async with house(tmp_path, FakeSystem("news"), FakeSystem("crm")) as at:
        receipt = await at.submit(Right.ACCESS)
        await at.proved(receipt)

        assert (await at.ended(receipt)).ending is Ending.NOTHING_FOUND
        assert "hold no personal data" in at.answers()[0]
        assert "/v1/downloads/" not in at.answers()[0]


async def test_only_what_a_person_confirms_of_the_ambiguous_is_exported(tmp_path: Path) -> None:
    """Confirmed records are in the package."""
    crm = FakeSystem("crm", [mine("maybe", matched={Key.NAME})])
    async with house(tmp_path, crm) as at:
        receipt = await at.submit(Right.PORTABILITY, email=ADA, name="Ada")
        await at.proved(receipt)

        await at.desk.resolve(await at.task(receipt, "confirm"), TaskState.DONE, by="lead")
        await at.until(lambda: bool(at.answers()))

        assert "1 record" in at.answers()[0]


async def test_when_it_is_over_the_key_is_destroyed_and_with_it_everything_held_here(tmp_path: Path) -> None:
    """After the link's last day nothing of the person's is readable: not in the vault, not in the history.

    The ledger forgets their ticket and passphrase; who comes back with the ticket reads that it is over.
    """
    news = FakeSystem("news", [mine("a")])
    async with house(tmp_path, news) as at:
        receipt = await at.submit(Right.ACCESS)
        passphrase = await at.proved(receipt)
        await at.ended(receipt)
        assert await at.foundation.vault.names(receipt.request_id)

        await at.forget()

        assert await at.foundation.vault.names(receipt.request_id) == []
        row = await at.foundation.ledger.requests.get(receipt.request_id)
        assert row is not None
        assert row.shredded_at is not None
        assert not await at.foundation.ledger.passphrases.matches(receipt.request_id, passphrase)
        with pytest.raises(Refused, match="over"):
            await at.desk.confirm(receipt.request_id, "123456", receipt.ticket)


async def test_a_passphrase_needs_ticket_and_code_or_one_of_our_people(tmp_path: Path) -> None:
    """A wrong ticket costs no attempt; the code alone brings none; by telephone, not before there is proof."""
    async with house(tmp_path, FakeSystem("news", [mine("a")])) as at:
        receipt = await at.submit(Right.ACCESS)
        code, left = await at.code(receipt), await at.attempts(receipt)
        with pytest.raises(Refused, match="not the ticket"):
            await at.desk.confirm(receipt.request_id, code, "abcd-efgh-ijkl")
        with pytest.raises(Refused, match="has not proved"):
            await at.desk.passphrase(receipt.request_id, by="lead")
        attempts = (await at.status(receipt)).attempts_left
        alone = await at.desk.confirm(receipt.request_id, code)
        await at.until(lambda: bool(at.answers()))
        token = at.answers()[0].split("/v1/downloads/")[1].split()[0]
        read_out = await at.desk.passphrase(receipt.request_id, by="lead")

        assert (attempts, alone.verified, alone.passphrase) == (left, True, "")
        assert not isinstance(await at.desk.collect(token, receipt.ticket), Granted)
        assert isinstance(await at.desk.collect(token, read_out), Granted)


async def first_to_ask(at: House, receipt: Receipt) -> Receipt:
    """Of what was asked for together, the one whose code counts for all; it may be on its way."""
    for _ in range(400):
        for each in (receipt, *receipt.others):
            if (await at.status(each)).attempts_left:
                return each
        await asyncio.sleep(0.025)
    raise AssertionError("none of them asks for a code")


async def test_one_code_brings_one_passphrase_for_all_copies_of_a_submission(tmp_path: Path) -> None:
    """It counts for what was asked for together; a deletion has nothing to open."""
    async with house(tmp_path, FakeSystem("news", [mine("a")])) as at:
        submission = at.submission(Right.ACCESS).model_copy(
            update={"right": None, "rights": (Right.ACCESS, Right.PORTABILITY, Right.RESTRICT)}
        )
        receipt = await at.desk.submit(submission)
        await at.until(lambda: len(at.mail.to(ADA)) == 3)
        passphrase = await at.proved(await first_to_ask(at, receipt))

        matches = at.foundation.ledger.passphrases.matches
        known = {each.right: await matches(each.request_id, passphrase) for each in (receipt, *receipt.others)}
        assert known == {Right.ACCESS: True, Right.PORTABILITY: True, Right.RESTRICT: False}
