"""What an auditor is told of the journal, in words."""

from dsar.frozen import Frozen
from ledger.ledger import Ledger


class Report(Frozen):
    """Lines to print, and the exit code of the command that prints them."""

    lines: tuple[str, ...]
    exit_code: int
    """0: the journal is what was written. 1: it is not."""


async def audit(ledger: Ledger, expect_head: str | None = None) -> Report:
    """Check the journal from the first entry to the last.

    Args:
        ledger: whose journal.
        expect_head: the head that an earlier run printed.
    """
    found = await ledger.journal.verify(expect_head)
    checked = f"Checked the journal: {found.entries} {'entry' if found.entries == 1 else 'entries'}."
    if found.problems:
        problems = [f"  {problem}" for problem in found.problems]
        advice = "If every entry is named, this may be another ledger's key."
        return Report(lines=(checked, "It is not what was written:", *problems, advice), exit_code=1)
    whole = "Every entry is as it was written, in its place, and none is missing."
    compared = ["It goes on from the head noted earlier."] if expect_head else []
    note = f"Head: {found.head}"
    why = "Note the head outside this database: --expect-head shows later that nothing before it was changed or cut."
    return Report(lines=(checked, whole, *compared, note, why), exit_code=0)
