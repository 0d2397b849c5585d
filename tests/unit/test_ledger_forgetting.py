"""What the ledger forgets by itself, and when: no sooner than it may, and at the latest with the next housekeeping."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from dsar.case import Ending, State
from dsar.identity import Key
from dsar.legal_holds import LegalHold
from ledger.callbacks import ATTEMPTS
from ledger.contact_changes import LONGEST
from ledger.forgetting import PARTNERS_AFTER
from ledger.ledger import Ledger
from ledger.mail_names import KEPT as NAMED
from ledger.mails import KEPT, SKEW, Position
from ledger.partners import KEPT_AFTER, NewPartnerRequest, PartnerRequest
from ledger.passphrases import TICKET
from ledger.proof_attempts import COUNTED
from ledger.tables import metadata
from tests.unit.ledger_rig import Clock, OpenLedger, new_request, sql

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
KEPT_UNTIL = dict(re.findall(r"(?m)^\| `(\w+)` \| .+ \| (.+) \|$", OPERATIONS.partition("## What the ledger keeps")[2]))
"""What is said of each table: how long it is kept."""

HASH = "a" * 64
URL = "https://partner.example.test/status"


async def answered(ledger: Ledger, request_id: str) -> None:
    await ledger.journal.append(request_id, "ended", "answered", state=State.ANSWERED, closed=Ending.COMPLIED)


async def asked_by_partner(ledger: Ledger, ref: str, *callbacks: str) -> PartnerRequest:
    request = new_request()
    await ledger.requests.receive(request)
    return await ledger.partners.bind(
        NewPartnerRequest(
            partner="drp:A",
            ref=ref,
            request_id=request.id,
            partner_ref=f"theirs-{ref}",
            digest=HASH,
            joined=False,
            callbacks=callbacks,
        )
    )


async def test_holds_that_an_older_version_lifted_forget_whom_they_were_about(
    ledger_url: str, open_ledger: OpenLedger
) -> None:
    """The one that is in force knows it still."""
    ledger = await open_ledger()
    for hold_id in ("legal-1", "legal-2"):
        hold = LegalHold(id=hold_id, reason="pending litigation", subject=HASH, kind=Key.EMAIL)
        await ledger.legal_holds.place(hold, by="Lea")
    await ledger.legal_holds.ask_lift("legal-1", by="Lea")
    await ledger.legal_holds.lift("legal-1", by="Dee")
    await sql(ledger_url, "UPDATE legal_holds SET subject = 'as it was'")

    await ledger.forgetting.purge()

    assert [row.subject for row in await ledger.legal_holds.list()] == [None, "as it was"]


async def test_tickets_and_passphrases_go_with_their_request(ledger_url: str, ledger: Ledger) -> None:
    """Those of a request that is answered, but not forgotten, still open its copy."""
    kept, gone = new_request(), new_request()
    for each in (kept, gone):
        await ledger.requests.receive(each)
        await ledger.passphrases.add(each.id, "abcd")
        await ledger.passphrases.add(each.id + TICKET, "efgh")
        await answered(ledger, each.id)
    await ledger.requests.mark_shredded(gone.id)

    await ledger.forgetting.purge()

    left = {row.request_id for row in await sql(ledger_url, "SELECT request_id FROM passphrases")}
    assert left == {kept.id, kept.id + TICKET}
    assert await ledger.passphrases.matches(kept.id, "abcd")
    assert not await ledger.passphrases.matches(gone.id, "abcd")


async def test_what_a_partner_sent_is_forgotten_some_time_after_the_request(
    ledger_url: str, ledger: Ledger, clock: Clock
) -> None:
    """For a month it may send the same once more, and hear the end; its status is asked by the protocol's name."""
    kept, gone = await asked_by_partner(ledger, "ref-1", URL), await asked_by_partner(ledger, "ref-2", URL)
    await answered(ledger, gone.request_id)
    await ledger.requests.mark_shredded(gone.request_id)
    clock.forward(PARTNERS_AFTER - timedelta(seconds=1))
    await ledger.forgetting.purge()
    on_the_last_day = await ledger.partners.get("drp:A", "ref-2")
    clock.forward(timedelta(seconds=1))

    await ledger.forgetting.purge()

    assert on_the_last_day == gone
    assert await ledger.partners.get("drp:A", "ref-1") == kept
    assert await ledger.partners.get("drp:A", "ref-2") == gone.model_copy(update={"digest": "", "partner_ref": None})
    assert await ledger.partners.named("drp:A", "theirs-ref-2") is None
    assert [row.ref for row in await sql(ledger_url, "SELECT ref FROM partner_callbacks")] == ["ref-1"]


@pytest.mark.parametrize("heard", [True, False])
async def test_an_address_that_nothing_more_is_told_to_is_forgotten(
    ledger_url: str, ledger: Ledger, *, heard: bool
) -> None:
    """Told to its end, or given up."""
    asked = await asked_by_partner(ledger, "ref-1", URL, URL + "/other")
    await answered(ledger, asked.request_id)
    for callback in await ledger.callbacks.due():
        if heard or callback.url == URL:
            await ledger.callbacks.settle(callback, "fulfilled", final=True)
        else:
            assert not await ledger.callbacks.postpone(callback.model_copy(update={"attempts": ATTEMPTS - 1}))

    assert await sql(ledger_url, "SELECT url FROM partner_callbacks") == []


async def test_what_counts_for_some_days_goes_without_another_like_it(
    ledger_url: str, ledger: Ledger, clock: Clock
) -> None:
    """A changed address, an attempt to prove, a message that could be sent twice: on their last day they are there."""
    await ledger.contact_changes.add("request-1", [HASH], clock.now, forget_before=clock.now)
    clock.forward(LONGEST - COUNTED)
    await ledger.proof_attempts.claim("attempt-1", HASH, clock.now, clock.now - COUNTED, 3)
    clock.forward(COUNTED - timedelta(minutes=5))
    await ledger.partners.first_use("drp:A", b"message", clock.now)

    async def left() -> list[int]:
        await ledger.forgetting.purge()
        tables = ("contact_changes", "proof_attempts", "partner_messages")
        return [len(await sql(ledger_url, f"SELECT * FROM {table}")) for table in tables]  # noqa: S608 - our own names

    at_first = await left()
    clock.forward(timedelta(minutes=5))
    proof_and_message_over = await left()
    clock.forward(timedelta(seconds=1))

    assert at_first == [1, 1, 1]
    assert proof_and_message_over == [1, 0, 0]
    assert await left() == [0, 0, 0]


async def test_a_mail_is_known_until_its_mailbox_was_read_whole_and_long_enough_after(
    ledger: Ledger, clock: Clock
) -> None:
    """While a mail waits in front of it, it would be taken again."""
    position = Position(uidvalidity=1, last_uid=1, since=clock.now)
    await ledger.mails.move(HASH, position)
    await ledger.mails.settle("k", "request", "asks to delete")
    clock.forward(KEPT + 2 * SKEW)

    async def known() -> bool:
        await ledger.forgetting.purge()
        return await ledger.mails.settled("k") is not None

    await ledger.mails.move(HASH, position.read_whole(clock.now))
    on_the_last_day = await known()
    clock.forward(timedelta(seconds=1))
    await ledger.mails.move(HASH, position)
    while_one_waits = await known()
    await ledger.mails.move(HASH, position.read_whole(clock.now))

    assert (on_the_last_day, while_one_waits, await known()) == (True, True, False)


def test_of_each_table_it_is_said_until_when_it_is_kept() -> None:
    """None is missing, and none is there no more; the periods are those of the program."""
    periods = {
        "contact_changes": f"{LONGEST.days} days",
        "proof_attempts": f"{COUNTED.days} days",
        "partner_callbacks": f"{PARTNERS_AFTER.days} days",
        "partner_requests": f"{PARTNERS_AFTER.days} days",
        "partner_messages": f"{KEPT_AFTER.seconds // 60} minutes",
        "mails": f"{(KEPT + 2 * SKEW).days} days",
        "mail_names": f"{NAMED.days} days",
    }

    assert set(KEPT_UNTIL) == set(metadata.tables)
    assert {name: said for name, said in periods.items() if said not in KEPT_UNTIL[name]} == {}
