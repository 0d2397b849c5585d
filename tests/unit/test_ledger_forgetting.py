"""What the ledger forgets by itself, and when: no sooner than it may, and at the latest with the next housekeeping."""

from dsar.identity import Key
from dsar.legal_holds import LegalHold
from tests.unit.ledger_rig import OpenLedger, sql

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
