"""What the ledger forgets by itself, and when: no sooner than it may, and at the latest with the next housekeeping."""

from dsar.case import Ending, State
from dsar.identity import Key
from dsar.legal_holds import LegalHold
from ledger.ledger import Ledger
from ledger.passphrases import TICKET
from tests.unit.ledger_rig import OpenLedger, new_request, sql

HASH = "a" * 64


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
        await ledger.journal.append(each.id, "ended", "answered", state=State.ANSWERED, closed=Ending.COMPLIED)
    await ledger.requests.mark_shredded(gone.id)

    await ledger.forgetting.purge()

    left = {row.request_id for row in await sql(ledger_url, "SELECT request_id FROM passphrases")}
    assert left == {kept.id, kept.id + TICKET}
    assert await ledger.passphrases.matches(kept.id, "abcd")
    assert not await ledger.passphrases.matches(gone.id, "abcd")
