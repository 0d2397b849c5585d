"""Mailboxes and mails in the ledger."""

import pytest

from ledger.facts import NotEvidence
from ledger.ledger import Ledger
from ledger.mails import Position
from tests.unit.ledger_rig import NOON


async def test_how_far_a_mailbox_was_read(ledger: Ledger) -> None:
    """Nothing at first; then the last word, for each mailbox by itself."""
    assert await ledger.mails.position("a" * 64) is None

    await ledger.mails.move("a" * 64, Position(uidvalidity=7, last_uid=2**32 - 1, since=NOON))
    await ledger.mails.move("b" * 64, Position(uidvalidity=1, last_uid=1, since=NOON))
    await ledger.mails.move("a" * 64, Position(uidvalidity=8, last_uid=0, since=NOON))

    assert await ledger.mails.position("a" * 64) == Position(uidvalidity=8, last_uid=0, since=NOON)


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
