"""Mailboxes and mails in the ledger."""

import asyncio
from datetime import timedelta

import pytest

from ledger.facts import NotEvidence
from ledger.ledger import Ledger
from ledger.mail_names import KEPT as NAMED
from ledger.mails import KEPT, SKEW, Position
from tests.unit.ledger_rig import NOON, Clock


async def test_how_far_a_mailbox_was_read(ledger: Ledger) -> None:
    """Nothing at first; then the last word, for each mailbox by itself."""
    assert await ledger.mails.position("a" * 64) is None

    await ledger.mails.move("a" * 64, Position(uidvalidity=7, last_uid=2**32 - 1, since=NOON))
    await ledger.mails.move("b" * 64, Position(uidvalidity=1, last_uid=1, since=NOON))
    anew = Position(uidvalidity=8, last_uid=0, since=NOON, whole_at=NOON, old_uid=2**32 - 1, old_before=NOON)
    await ledger.mails.move("a" * 64, anew)

    assert await ledger.mails.position("a" * 64) == anew


def test_what_was_settled_before_the_server_numbered_its_mails_anew() -> None:
    """Whatever can have been forgotten, and nothing that still waited; also when it happens twice."""
    waited = Position(uidvalidity=1, last_uid=9, since=NOON - 2 * KEPT)
    whole = waited.read_whole(NOON - SKEW)
    stuck = waited.read_whole(NOON - 2 * KEPT)

    anew = whole.numbered_anew(2, 5, NOON)
    twice = anew.numbered_anew(3, 7, NOON + KEPT)
    late = stuck.numbered_anew(2, 5, NOON)

    assert whole.read_whole(NOON - SKEW + timedelta(minutes=59)) == whole
    assert (anew.since, anew.last_uid, anew.whole_at) == (whole.since, 0, None)
    assert (anew.old_before, twice.old_before) == (NOON - KEPT, NOON - KEPT)
    assert late.old_before == NOON - 2 * KEPT - SKEW
    assert waited.numbered_anew(2, 5, NOON).was_settled(1, NOON - 2 * KEPT) is False
    old = NOON - KEPT - timedelta(seconds=1)
    assert [anew.was_settled(uid, came) for uid, came in ((5, old), (6, old), (5, NOON - KEPT))] == [True, False, False]


async def test_a_mail_is_settled_once(ledger: Ledger) -> None:
    """What became of it first is what became of it, with the reason."""
    assert await ledger.mails.settle("k", "automatic", "sent to many")
    assert not await ledger.mails.settle("k", "request", "asks to delete their data", "request-1")

    row = await ledger.mails.settled("k")

    assert row is not None
    assert (row.verdict, row.why, row.owner) == ("automatic", "sent to many", None)
    assert await ledger.mails.settled("other") is None
    assert await ledger.mails.list() == (row,)


async def test_nobodys_address_is_kept(ledger: Ledger) -> None:
    """A reason that holds one is refused; one that is too long is cut."""
    with pytest.raises(NotEvidence):
        await ledger.mails.settle("k", "unclear", "from a@b.example")

    assert await ledger.mails.settle("k", "unclear", "x" * 500)


async def test_a_question_is_forgotten_once_it_is_over(ledger: Ledger) -> None:
    """Asked once, ended once, and then its key may go."""
    assert await ledger.mails.ask("mail-1")
    assert not await ledger.mails.ask("mail-1")
    assert await ledger.mails.to_shred() == ()

    await ledger.mails.end("mail-1", "done")
    await ledger.mails.end("mail-1", "exception")

    assert await ledger.mails.to_shred() == ("mail-1",)
    await ledger.mails.mark_shredded("mail-1")
    assert await ledger.mails.to_shred() == ()


async def test_a_question_keeps_its_name_until_it_is_forgotten(ledger: Ledger, clock: Clock) -> None:
    """The first id given stands, also for many at once; after two weeks, the same mail would have another."""
    names = await asyncio.gather(*(ledger.mail_names.of("a" * 64, f"mail-{number}") for number in range(10)))
    other = await ledger.mail_names.of("b" * 64, "mail-other")
    clock.forward(NAMED)
    await ledger.forgetting.purge()
    on_the_last_day = await ledger.mail_names.of("a" * 64, "mail-late")
    clock.forward(timedelta(seconds=1))
    await ledger.forgetting.purge()

    assert len(set(names)) == 1
    assert (other, on_the_last_day) == ("mail-other", names[0])
    assert await ledger.mail_names.of("a" * 64, "mail-anew") == "mail-anew"
