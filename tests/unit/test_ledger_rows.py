"""Tasks, letters, holds and policies in the ledger."""

import asyncio
from datetime import date, timedelta

import pytest

from dsar.case import TaskState
from ledger.digests import Digests
from ledger.facts import NotEvidence
from ledger.holds import HoldState
from ledger.ledger import Ledger
from ledger.links import Used
from ledger.policies import UnknownPolicy
from tests.unit.ledger_rig import KEY, NOON, Clock

DUE = date(2026, 6, 15)


async def open_task(ledger: Ledger, number: int = 1, request_id: str = "request-1", due: date = DUE) -> bool:
    return await ledger.tasks.open(f"{request_id}.{number}", request_id, "act", "notion", "privacy_lead", due)


async def test_a_task_is_opened_once_and_closed_once(ledger: Ledger, clock: Clock) -> None:
    """What became of it first is what became of it; opening it again does not open it."""
    opened = [await open_task(ledger), await open_task(ledger)]
    clock.forward(timedelta(days=1))
    closed = [await ledger.tasks.close("request-1.1", state) for state in (TaskState.DONE, TaskState.EXCEPTION)]
    await open_task(ledger)

    (task,) = await ledger.tasks.list(open_only=False)
    assert (opened, closed) == ([True, False], [True, False])
    assert (task.state, task.opened_at, task.closed_at) == (TaskState.DONE, NOON, NOON + timedelta(days=1))
    assert await ledger.tasks.list() == ()


async def test_tasks_come_by_due_date(ledger: Ledger) -> None:
    """All that are open, or one request's, or closed ones with them."""
    await open_task(ledger, 1, due=DUE + timedelta(days=2))
    await open_task(ledger, 2)
    await open_task(ledger, 1, "request-2", DUE + timedelta(days=1))
    await ledger.tasks.close("request-1.2", "not_found")

    assert [task.id for task in await ledger.tasks.list()] == ["request-2.1", "request-1.1"]
    assert [task.id for task in await ledger.tasks.list("request-1")] == ["request-1.1"]
    assert [task.id for task in await ledger.tasks.list("request-1", open_only=False)] == ["request-1.2", "request-1.1"]


async def test_a_letter_is_claimed_until_it_is_sent(ledger: Ledger, clock: Clock) -> None:
    """A crash before it was seen sent: claimed again. After: never again."""
    claims = [await ledger.letters.claim("request-1:answer", "request-1", "answer") for _ in range(2)]
    clock.forward(timedelta(minutes=1))
    await ledger.letters.sent("request-1:answer", "a" * 64)
    await ledger.letters.sent("request-1:answer", "b" * 64)
    late = await ledger.letters.claim("request-1:answer", "request-1", "answer")

    (letter,) = await ledger.letters.of("request-1")
    assert (claims, late) == ([True, True], False)
    digest = ledger.digests.of("a" * 64)
    assert (letter.state, letter.digest, letter.sent_at) == ("sent", digest, NOON + timedelta(minutes=1))


async def test_what_a_letter_said_cannot_be_tried_without_the_key(ledger: Ledger) -> None:
    """The same content has the same digest by the same key, and by no other."""
    made = ledger.digests.of("a" * 64)

    assert made == Digests(KEY).of("a" * 64)
    assert made.removeprefix("hmac-sha256:") not in {Digests(b"another key").of("a" * 64)[12:], "a" * 64}


async def test_letters_do_not_mix(ledger: Ledger) -> None:
    """Each has its own id."""
    await ledger.letters.claim("request-1:answer", "request-1", "answer")
    await ledger.letters.sent("request-1:answer", "a" * 64)

    assert await ledger.letters.claim("request-1:denial", "request-1", "denial")


async def test_a_hold_is_kept_in_each_system_and_released_as_one(ledger: Ledger, clock: Clock) -> None:
    """Then its key may go; until then it may not."""
    await ledger.holds.keep("hold-1", "request-1", "stripe", date(2033, 1, 1), "26 U.S.C. 6001", 4)
    await ledger.holds.keep("hold-1", "request-1", "s3", None, "S3 legal hold", 1)
    await ledger.holds.keep("hold-2", "request-2", "s3", date(2030, 1, 1), "contract", 2)

    before = [(hold.id, hold.system, hold.records) for hold in await ledger.holds.list()]
    none_yet = await ledger.holds.to_shred()
    clock.forward(timedelta(days=3000))
    await ledger.holds.release("hold-1")
    to_shred = await ledger.holds.to_shred()
    await ledger.holds.mark_shredded("hold-1")

    released = await ledger.holds.list("request-1", held_only=False)
    assert before == [("hold-2", "s3", 2), ("hold-1", "stripe", 4), ("hold-1", "s3", 1)]
    assert (none_yet, to_shred, await ledger.holds.to_shred()) == ((), ("hold-1",), ())
    assert {(hold.state, hold.released_at, hold.shredded_at) for hold in released} == {
        (HoldState.RELEASED, clock.now, clock.now)
    }
    assert [hold.id for hold in await ledger.holds.list()] == ["hold-2"]


async def test_a_hold_said_again_holds_what_was_said_last(ledger: Ledger) -> None:
    """Some of it has gone by then."""
    await ledger.holds.keep("hold-1", "request-1", "stripe", date(2033, 1, 1), "26 U.S.C. 6001", 4)
    await ledger.holds.keep("hold-1", "request-1", "stripe", date(2034, 1, 1), "26 U.S.C. 6001", 3)

    (hold,) = await ledger.holds.list("request-1")
    assert (hold.until, hold.records) == (date(2034, 1, 1), 3)


async def test_a_policy_is_kept_word_for_word_under_its_digest(ledger: Ledger) -> None:
    """The first time; it may name the company's own people."""
    text = '{"people":{"privacy_lead":"lead@opensession.co"},"name":"Ünïcode\\n"}'
    await ledger.policies.remember("d1", text)
    await ledger.policies.remember("d1", "something else")

    assert await ledger.policies.get("d1") == text
    with pytest.raises(UnknownPolicy, match="d2"):
        await ledger.policies.get("d2")


async def test_rows_hold_no_personal_data(ledger: Ledger) -> None:
    """What looks like an address is refused wherever a text goes in."""
    address = "somebody@example.com"
    attempts = [
        ledger.tasks.open("t", "request-1", "act", address, "privacy_lead", DUE),
        ledger.letters.claim(f"request-1:{address}", "request-1", "answer"),
        ledger.letters.sent("request-1:answer", address),
        ledger.links.issue("request-1", address, NOON),
        ledger.passphrases.add(address, "abcd"),
        ledger.holds.keep("hold-1", "request-1", "s3", None, address, 1),
    ]

    refused = await asyncio.gather(*attempts, return_exceptions=True)

    assert {type(each) for each in refused} == {NotEvidence}
    assert address not in str(refused)


async def test_the_same_at_the_same_time_is_kept_once(ledger: Ledger) -> None:
    """Repeats that overlap."""
    opened = await asyncio.gather(*(open_task(ledger) for _ in range(10)))
    claims = await asyncio.gather(*(ledger.letters.claim("a", "request-1", "answer") for _ in range(10)))
    await asyncio.gather(*(ledger.policies.remember("d1", "text") for _ in range(10)))

    assert sorted(opened) == [False] * 9 + [True]
    assert all(claims)
    assert len(await ledger.letters.of("request-1")) == 1


async def test_a_caller_that_is_cancelled_leaves_no_transaction_behind(ledger: Ledger, clock: Clock) -> None:
    """At whatever point of it: the next one is served, and finds either all of it or nothing."""
    await ledger.passphrases.add("request-1", "abcd")
    for pauses in range(0, 40, 3):
        token = await ledger.links.issue("request-1", "package.zip", clock.now + timedelta(days=1))
        consuming = asyncio.create_task(ledger.links.consume(token, "abcd"))
        for _ in range(pauses):
            await asyncio.sleep(0.0003)
        consuming.cancel()
        await asyncio.gather(consuming, return_exceptions=True)

        used = isinstance(await ledger.links.peek(token), Used)
        collected = len(await ledger.journal.entries("request-1"))
        await ledger.links.consume(token, "abcd")
        assert len(await ledger.journal.entries("request-1")) == collected + (not used)

    assert (await ledger.journal.verify()).problems == ()
