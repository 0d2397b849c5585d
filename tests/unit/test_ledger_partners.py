"""What partners asked for is kept once, is theirs only, and is told to them until they heard it."""

from datetime import timedelta

import pytest

from dsar.case import Ending, State
from ledger.callbacks import ATTEMPTS, LEASE
from ledger.facts import NotEvidence
from ledger.ledger import Ledger
from ledger.partners import NewPartnerRequest
from tests.unit.ledger_rig import NOON, Clock, OpenLedger, new_request

URL = "https://partner.example.test/status"


def asked(request_id: str, ref: str = "ref-1", *, joined: bool = False, partner: str = "drp:A") -> NewPartnerRequest:
    return NewPartnerRequest(
        partner=partner, ref=ref, request_id=request_id, digest="0" * 64, joined=joined, callbacks=(URL,), told="open"
    )


async def test_what_was_asked_is_kept_once_and_is_its_partners_only(ledger: Ledger) -> None:
    """The first stands, with one entry in the journal; to another partner there is nothing of this name."""
    request = new_request()
    await ledger.requests.receive(request)

    first = await ledger.partners.bind(asked(request.id))
    second = await ledger.partners.bind(asked("request-other"))

    assert first == second
    assert await ledger.partners.get("drp:B", "ref-1") is None
    assert [
        entry.facts["partner"] for entry in await ledger.journal.entries(request.id) if "partner" in entry.facts
    ] == ["drp:A"]
    assert (await ledger.journal.verify()).problems == ()


async def test_a_message_is_used_once_by_whichever_process(open_ledger: OpenLedger) -> None:
    """Of two ledgers, one takes it; another partner's same bytes are another message."""
    one, two = await open_ledger(), await open_ledger()

    uses = [await each.partners.first_use("drp:A", b"message", NOON + timedelta(minutes=10)) for each in (one, two)]

    assert uses == [True, False]
    assert await one.partners.first_use("drp:B", b"message", NOON + timedelta(minutes=10))


async def test_a_message_is_forgotten_only_after_it_expired(ledger: Ledger, clock: Clock) -> None:
    """While it could still be taken for new, it is remembered."""
    until = NOON + timedelta(minutes=10)
    await ledger.partners.first_use("drp:A", b"message", until)
    clock.forward(timedelta(minutes=10))
    at_its_end = await ledger.partners.first_use("drp:A", b"message", until)
    clock.forward(timedelta(minutes=6))
    later = await ledger.partners.first_use("drp:A", b"message", until)

    assert (at_its_end, later) == (False, True)


async def test_a_new_token_is_the_only_one(ledger: Ledger) -> None:
    """The last one is dead, and none is kept in clear."""
    old = await ledger.partners.issue_token("drp:A")
    new = await ledger.partners.issue_token("drp:A")

    assert await ledger.partners.partner_of(old) is None
    assert await ledger.partners.partner_of(new) == "drp:A"


async def test_who_asked_last_takes_all_back(ledger: Ledger) -> None:
    """Not while another partner wants it, nor when the person asked the same."""
    request = new_request()
    await ledger.requests.receive(request)
    first = await ledger.partners.bind(asked(request.id))
    alone = await ledger.partners.is_last(first)
    await ledger.requests.receive(new_request(subject=request.subject))
    with_the_person = await ledger.partners.is_last(first)
    second = await ledger.partners.bind(asked(request.id, "ref-2", joined=True, partner="drp:B"))
    with_another = await ledger.partners.is_last(first)
    await ledger.partners.withdraw(first)
    left = await ledger.partners.is_last(second)

    assert (alone, with_the_person, with_another, left) == (True, False, False, True)


async def test_what_the_person_asked_first_no_partner_takes_back(ledger: Ledger) -> None:
    """The partner joined it."""
    request = new_request()
    await ledger.requests.receive(request)
    await ledger.requests.receive(new_request(subject=request.subject))

    joined = await ledger.partners.bind(asked(request.id, joined=True))

    assert not await ledger.partners.is_last(joined)


async def test_nothing_personal_comes_in_by_a_partner(ledger: Ledger) -> None:
    """An address in a name or a callback is refused."""
    with pytest.raises(NotEvidence):
        await ledger.partners.bind(asked("request-1").model_copy(update={"partner_ref": "canary@person.test"}))
    with pytest.raises(NotEvidence):
        await ledger.partners.bind(asked("request-1").model_copy(update={"callbacks": (URL + "/canary@person.test",)}))


async def test_each_change_is_told_once_and_in_turn(open_ledger: OpenLedger, clock: Clock) -> None:
    """Two processes see the same change; one takes it. What is told is not due; the next change is."""
    one, two = await open_ledger(), await open_ledger()
    request = new_request()
    await one.requests.receive(request)
    await one.partners.bind(asked(request.id))
    (seen,) = await one.callbacks.due()
    taken = [await each.callbacks.take(seen) for each in (one, two)]
    await one.callbacks.settle(seen, "open", final=False)
    quiet = await two.callbacks.due()
    await one.journal.append(request.id, "answered", "answered", state=State.ANSWERED, closed=Ending.COMPLIED)
    (change,) = await two.callbacks.due()
    await two.callbacks.settle(change, "fulfilled", final=True)

    assert (taken, quiet) == ([True, False], [])
    assert (change.told, change.now_seen) == ("open", "answered:complied")
    assert await one.callbacks.due() == []


async def test_who_dies_with_a_callback_gives_it_back(ledger: Ledger, clock: Clock) -> None:
    """After a while it is another's turn."""
    request = new_request()
    await ledger.requests.receive(request)
    await ledger.partners.bind(asked(request.id))
    (seen,) = await ledger.callbacks.due()
    await ledger.callbacks.take(seen)
    during = await ledger.callbacks.due()
    clock.forward(LEASE)

    assert (during, len(await ledger.callbacks.due())) == ([], 1)


async def test_what_fails_is_tried_again_ever_later_and_not_for_ever(ledger: Ledger, clock: Clock) -> None:
    """For more than a week."""
    request = new_request()
    await ledger.requests.receive(request)
    await ledger.partners.bind(asked(request.id))
    tries, begun = 0, clock.now
    again = True
    while again:
        (seen,) = await ledger.callbacks.due()
        tries, again = tries + 1, await ledger.callbacks.postpone(seen)
        if again:
            clock.forward(timedelta(hours=6))

    assert tries == ATTEMPTS
    assert clock.now - begun > timedelta(days=7)
    assert await ledger.callbacks.due() == []
