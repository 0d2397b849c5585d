"""What a sweep found, page by page, in the vault."""

from collections.abc import AsyncIterator

from activities.pages import Pages, outcome_pages
from activities.sweep_orders import Round
from dsar.frozen import Frozen
from dsar.labels import shown_label
from dsar.policy import Policy
from dsar.records import OutcomeKind, Sighting
from dsar.sweeping import Verdict
from vault.vault import Vault


class Finding(Frozen):
    """A record that something is to be done about. Personal data."""

    sighting: Sighting
    verdict: Verdict


class FindingPage(Frozen):
    """What several pages of a system came to, and where the walk goes on."""

    findings: tuple[Finding, ...]
    looked_at: int
    cursor: str | None


class Line(Frozen):
    """A finding as a person reads it."""

    label: str
    category: str
    fate: str
    why: str


def finding_pages(vault: Vault, sweep_id: str, system: str, round_: Round) -> Pages[FindingPage]:
    """What a system came to in one round."""
    return Pages(vault, sweep_id, f"{round_}/{system}", FindingPage)


async def read(vault: Vault, sweep_id: str, system: str, policy: Policy) -> AsyncIterator[Line]:
    """What was found in a system, line by line; where only a person can erase it, with what they have to do."""
    outcomes = outcome_pages(vault, sweep_id, system, Round.FOUND)
    done = await outcomes.done()
    number = 0
    async for page in finding_pages(vault, sweep_id, system, Round.FOUND).all():
        seen = (await outcomes.get(number)).outcomes if number < done else ()
        by_hand = {o.record_id: o.instructions for o in seen if o.kind is OutcomeKind.NEEDS_PERSON}
        for finding in page.findings:
            record = finding.sighting.record
            why = by_hand.get(record.id) or finding.verdict.why
            fate = "by hand" if record.id in by_hand else finding.verdict.fate
            yield Line(label=shown_label(record, policy), category=record.category, fate=fate, why=why)
        number += 1
