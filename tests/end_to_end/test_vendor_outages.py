"""Vendors that misbehave delay themselves and nobody else, and no request is lost over it."""

import pytest

from tests.end_to_end.company import Company, until
from tests.end_to_end.holdings import NOTHING, Somebody, held, plant

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

FAULTS = ("rate_limit", "rate_limit_without_hint", "server_error", "overloaded_529", "timeout", "html")
VENDORS = ("ga4", "mailchimp", "notion", "figma")


@pytest.mark.parametrize("turn", range(0, len(FAULTS), len(VENDORS)))
async def test_each_vendor_in_its_own_way(habeas: Company, turn: int) -> None:
    """429 with and without a wait, 500, 529, silence, a gateway's page: asked again until it is done, and then once."""
    person = Somebody()
    await plant(habeas.stack, person)
    kinds = {vendor: FAULTS[(turn + number) % len(FAULTS)] for number, vendor in enumerate(VENDORS)}
    receipt = await habeas.hand_in("delete", person)
    for vendor, kind in kinds.items():
        await habeas.stack.break_vendor(vendor, kind, times=2)

    await habeas.prove(receipt["request_id"], person)
    row = await habeas.answered(receipt["request_id"])

    assert row.outcome == "complied"
    assert await held(habeas.stack, person) == NOTHING
    assert len(await habeas.letters(person)) == 2


async def test_errors_inside_a_200(habeas: Company) -> None:
    """BigQuery answers 200 and no result: nothing is taken for done, the others are erased meanwhile, then it too."""
    person = Somebody()
    await plant(habeas.stack, person)
    seeded = await habeas.stack.state("ga4")
    await habeas.stack.seed("ga4", {**seeded, "fails": "backendError"})
    receipt = await habeas.asked("delete", person)

    await others_erased(habeas, receipt["request_id"], but="ga4")
    meanwhile = await held(habeas.stack, person)
    unanswered = {row.id for row in await habeas.foundation.ledger.requests.open()}
    await habeas.stack.seed("ga4", await habeas.stack.state("ga4") | {"fails": None})
    row = await habeas.answered(receipt["request_id"])

    assert receipt["request_id"] in unanswered
    assert len(meanwhile.pop("ga4")) == 4
    assert meanwhile.items() <= NOTHING.items()
    assert row.outcome == "complied"
    assert await held(habeas.stack, person) == NOTHING


async def test_a_vendor_that_is_down_delays_itself(habeas: Company) -> None:
    """While one vendor is down, all others are erased; the answer waits for it, and comes once it is back."""
    person = Somebody()
    await plant(habeas.stack, person)
    await habeas.stack.break_vendor("figma", "down")
    receipt = await habeas.asked("delete", person)

    await others_erased(habeas, receipt["request_id"], but="figma")
    meanwhile = await held(habeas.stack, person)
    letters = len(await habeas.letters(person))
    await habeas.stack.mend_vendor("figma")
    row = await habeas.answered(receipt["request_id"])

    assert len(meanwhile.pop("figma")) == 2
    assert meanwhile.items() <= NOTHING.items()
    assert letters == 1
    assert row.outcome == "complied"
    assert await held(habeas.stack, person) == NOTHING


async def others_erased(habeas: Company, request_id: str, but: str) -> None:
    """Wait until every system has left its evidence, but for one."""
    steps = {f"erase:{system}" for system in NOTHING if system != but}

    async def all_there() -> bool:
        return steps <= {entry.step for entry in await habeas.journal(request_id)}

    await until(f"all are erased but {but}", all_there)
