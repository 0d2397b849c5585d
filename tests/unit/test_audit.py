"""What an auditor is told."""

from ledger.audit import audit
from ledger.ledger import Ledger
from tests.unit.ledger_rig import new_request, sql


async def test_a_whole_journal_is_said_to_be_whole(ledger: Ledger) -> None:
    """With its head, to be noted; exit code 0."""
    await ledger.requests.receive(new_request())

    report = await audit(ledger)

    head = (await ledger.journal.verify()).head
    assert report.exit_code == 0
    assert report.lines[0] == "Checked the journal: 1 entry."
    assert f"Head: {head}" in report.lines


async def test_a_head_that_was_noted_is_compared(ledger: Ledger) -> None:
    """And so said."""
    await ledger.journal.append("request-1", "first", "event")
    noted = (await ledger.journal.verify()).head
    await ledger.journal.append("request-1", "second", "event")

    good = await audit(ledger, expect_head=noted)
    bad = await audit(ledger, expect_head=f"1:{'0' * 64}")

    assert (good.exit_code, good.lines[2]) == (0, "It goes on from the head noted earlier.")
    assert bad.exit_code == 1
    assert "  the head noted earlier, entry 1, is not in the journal: it was cut or changed" in bad.lines


async def test_a_changed_journal_is_said_to_be_changed(ledger: Ledger, ledger_url: str) -> None:
    """Where, and exit code 1; no head to be noted."""
    await ledger.journal.append("request-1", "erase", "erased", {"records": 3})
    guard = "journal_refuses_update" if "sqlite" in ledger_url else "journal_append_only ON journal"
    await sql(ledger_url, f"DROP TRIGGER {guard}")
    await sql(ledger_url, "UPDATE journal SET facts = '{\"records\":4}'")

    report = await audit(ledger)

    assert report.exit_code == 1
    assert report.lines[:3] == (
        "Checked the journal: 1 entry.",
        "It is not what was written:",
        "  entry 1 is not as it was written",
    )
    assert not any(line.startswith("Head:") for line in report.lines)
