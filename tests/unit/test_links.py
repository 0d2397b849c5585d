"""Download links: once, in time, with the passphrase, and never by looking."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from ledger.ledger import Ledger
from ledger.links import ATTEMPTS, Expired, Granted, Locked, Ready, Unknown, Used, WrongPassphrase
from tests.unit.ledger_rig import Clock, OpenLedger, sql

WORDS = "abcd-efgh-ijkl"
A_WEEK = timedelta(days=7)


async def issued(ledger: Ledger, clock: Clock) -> str:
    """A link of request-1, its passphrase known."""
    await ledger.passphrases.add("request-1", WORDS)
    return await ledger.links.issue("request-1", "package.zip", clock.now + A_WEEK)


async def test_the_passphrase_opens_a_link_once(ledger: Ledger, clock: Clock) -> None:
    """Then it is used, and the journal has when."""
    token = await issued(ledger, clock)

    first = await ledger.links.consume(token, WORDS)
    again = await ledger.links.consume(token, WORDS)

    assert first == Granted(request_id="request-1", name="package.zip")
    assert again == Used()
    assert [entry.event for entry in await ledger.journal.entries("request-1")] == ["package collected"]


async def test_looking_at_a_link_does_not_use_it_up(ledger: Ledger, clock: Clock) -> None:
    """A mail scanner opens it a hundred times; the person's turn is still to come."""
    token = await issued(ledger, clock)

    seen = {await ledger.links.peek(token) for _ in range(100)}
    granted = await ledger.links.consume(token, WORDS)

    assert seen == {Ready(expires_at=clock.now + A_WEEK, attempts_left=ATTEMPTS)}
    assert isinstance(granted, Granted)
    assert await ledger.links.peek(token) == Used()


async def test_wrong_passphrases_are_counted_and_the_fifth_ends_the_link(ledger: Ledger, clock: Clock) -> None:
    """The right one comes too late then; the journal has it."""
    token = await issued(ledger, clock)

    answers = [await ledger.links.consume(token, f"wrong-{n}") for n in range(ATTEMPTS)]
    right = await ledger.links.consume(token, WORDS)

    assert answers == [*(WrongPassphrase(attempts_left=n) for n in (4, 3, 2, 1)), Locked()]
    assert right == Locked()
    assert await ledger.links.peek(token) == Locked()
    assert [entry.event for entry in await ledger.journal.entries("request-1")] == ["link locked"]


async def test_a_link_ends_with_its_time(ledger: Ledger, clock: Clock) -> None:
    """To the moment: what is good until then is not good then."""
    token = await issued(ledger, clock)

    clock.forward(A_WEEK - timedelta(microseconds=1))
    before = await ledger.links.peek(token)
    clock.forward(timedelta(microseconds=1))

    assert isinstance(before, Ready)
    assert await ledger.links.peek(token) == Expired()
    assert await ledger.links.consume(token, WORDS) == Expired()


@pytest.mark.parametrize("token", ["", "x", "ü" * 43, "\ud800", "a" * 10_000])
async def test_what_was_never_issued_is_unknown(ledger: Ledger, token: str) -> None:
    """Whatever is typed into the address."""
    assert await ledger.links.peek(token) == Unknown()
    assert await ledger.links.consume(token, WORDS) == Unknown()


async def test_of_many_at_once_one_is_granted(open_ledger: OpenLedger, clock: Clock) -> None:
    """In two processes; the others find it used."""
    ledgers = [await open_ledger() for _ in range(2)]
    token = await issued(ledgers[0], clock)

    answers = await asyncio.gather(*(ledgers[n % 2].links.consume(token, WORDS) for n in range(10)))

    assert Counter(map(type, answers)) == {Granted: 1, Used: 9}


async def test_guessing_at_once_gives_no_more_guesses(open_ledger: OpenLedger, clock: Clock) -> None:
    """Twenty wrong ones in two processes: five are looked at."""
    ledgers = [await open_ledger() for _ in range(2)]
    token = await issued(ledgers[0], clock)

    answers = await asyncio.gather(*(ledgers[n % 2].links.consume(token, f"wrong-{n}") for n in range(20)))

    left = sorted(answer.attempts_left for answer in answers if isinstance(answer, WrongPassphrase))
    assert left == [1, 2, 3, 4]
    assert answers.count(Locked()) == 16
    assert len(await ledgers[0].journal.entries("request-1")) == 1


async def test_each_passphrase_of_a_request_opens_its_links(ledger: Ledger, clock: Clock) -> None:
    """Whoever asked twice has two; another request's opens nothing."""
    await ledger.passphrases.add("request-1", "aaaa-bbbb-cccc")
    await ledger.passphrases.add("request-1", "aaaa-bbbb-cccc")
    await ledger.passphrases.add("request-2", "qqqq-rrrr-ssss")
    token = await issued(ledger, clock)
    another = await ledger.links.issue("request-1", "package.zip", clock.now + A_WEEK)

    assert await ledger.passphrases.matches("request-1", "aaaa-bbbb-cccc")
    assert not await ledger.passphrases.matches("request-1", "qqqq-rrrr-ssss")
    assert await ledger.links.consume(token, "qqqq-rrrr-ssss") == WrongPassphrase(attempts_left=4)
    assert isinstance(await ledger.links.consume(token, "aaaa-bbbb-cccc"), Granted)
    assert isinstance(await ledger.links.consume(another, WORDS), Granted)


@pytest.mark.parametrize("written", ["ABCD-EFGH-IJKL", " abcd efgh ijkl ", "abcdefghijkl", "abcd\u2013efgh\u2013ijkl"])
async def test_a_passphrase_is_taken_as_people_write_it(ledger: Ledger, clock: Clock, written: str) -> None:
    """Heard on the phone, it has no hyphens."""
    token = await issued(ledger, clock)

    assert isinstance(await ledger.links.consume(token, written), Granted)


@pytest.mark.parametrize("written", ["", "---", "abcd-efgh-ijk", "abcd-efgh-ijkl-m", "\ud800"])
async def test_nearly_is_not_enough(ledger: Ledger, clock: Clock, written: str) -> None:
    """Nor is nothing."""
    token = await issued(ledger, clock)

    assert await ledger.links.consume(token, written) == WrongPassphrase(attempts_left=4)


async def test_a_request_without_a_passphrase_opens_to_nobody(ledger: Ledger, clock: Clock) -> None:
    """No second factor is not a second factor that is empty."""
    token = await ledger.links.issue("request-1", "package.zip", clock.now + A_WEEK)

    assert await ledger.links.consume(token, "") == WrongPassphrase(attempts_left=4)


async def test_neither_token_nor_passphrase_is_kept(ledger: Ledger, clock: Clock, ledger_url: str) -> None:
    """A copy of the ledger opens no package."""
    token = await issued(ledger, clock)
    await ledger.links.consume(token, "wrong")

    rows = [*await sql(ledger_url, "SELECT * FROM links"), *await sql(ledger_url, "SELECT * FROM passphrases")]

    text = str(rows)
    assert len(rows) == 2
    assert token not in text
    assert WORDS not in text
    assert WORDS.replace("-", "") not in text
