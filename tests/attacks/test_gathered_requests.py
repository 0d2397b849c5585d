"""Somebody types one person's address into the form on the web, again and again."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from dsar.case import Ending, State
from dsar.requests import Right
from dsar.submission import Channel, Person, Submission
from dsar.wish import Wish
from intake.desk import Receipt, Refused
from intake.gathering import Gathering
from ledger.gathered import A_DAY
from tests.attacks.threats import Threat, against
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, House, house, policy
from tests.flows.test_deletion import mine


def typed(address: str = ADA, right: Right = Right.DELETE, statement: str = "", **person: str) -> Submission:
    """What comes of the form."""
    wish = Wish(statement=statement)
    return Submission(right=right, person=Person(email=address, **person), wish=wish, channel=Channel.WEB)


async def flood(at: House, *submissions: Submission) -> list[Receipt]:
    """All of them, one after another."""
    return [await at.desk.submit(each) for each in submissions]


def letters(at: House, address: str = ADA) -> int:
    return len(at.mail.to(address))


@against(Threat.FLOOD)
async def test_a_hundred_of_the_same_cost_the_person_one_letter(tmp_path: Path) -> None:
    """Each has a number and a ticket of its own, and is kept; one begins."""
    async with house(tmp_path, FakeSystem("crm", [mine("a")])) as at:
        receipts = await flood(at, *[typed()] * 100)
        await at.code(receipts[0])
        await at.desk.dispatch(timedelta(0))
        rows = [await at.desk.row(each.request_id) for each in receipts]

        assert len({each.request_id for each in receipts}) == len({each.ticket for each in receipts}) == 100
        assert {row.behind for row in rows[1:]} == {receipts[0].request_id}
        assert letters(at) == 1


@against(Threat.FLOOD)
async def test_what_waits_looks_like_what_began(tmp_path: Path) -> None:
    """Whoever sent the second learns nothing of the first: state, dates, attempts, words."""
    async with house(tmp_path, FakeSystem("crm", [mine("a")])) as at:
        first, second = await flood(at, typed(), typed())
        await at.code(first)

        of_first, of_second = await at.status(first), await at.status(second)

        assert of_second == of_first.model_copy(update={"request_id": second.request_id})
        assert (second.joined, second.started) == (first.joined, first.started)


@against(Threat.FLOOD)
async def test_who_waits_behind_a_strangers_request_has_a_code_of_their_own_on_asking(tmp_path: Path) -> None:
    """The stranger was first; the person asks for another code, enters it, and is served."""
    async with house(tmp_path, system := FakeSystem("crm", [mine("a")])) as at:
        strangers, hers = await flood(at, typed(), typed())
        await at.code(strangers)
        await at.desk.send_another_code(hers.request_id)
        await at.until(lambda: letters(at) == 2)

        await at.proved(hers)
        closed = await at.ended(hers)

        assert closed.ending is Ending.COMPLIED
        assert system.records == {}


@against(Threat.FLOOD)
async def test_the_strangers_code_does_not_fit_and_hers_is_sent_at_once(tmp_path: Path) -> None:
    """She enters the code of the letter that came: it belongs to the stranger's request; a letter with hers follows."""
    async with house(tmp_path, FakeSystem("crm", [mine("a")])) as at:
        strangers, hers = await flood(at, typed(), typed())
        other = await at.code(strangers)

        attempt = await at.desk.confirm(hers.request_id, other)
        await at.until(lambda: letters(at) == 2)

        assert not attempt.verified
        assert (await at.desk.confirm(hers.request_id, await at.code(hers))).verified


@against(Threat.FLOOD)
@pytest.mark.parametrize("presses", [1, 30])
async def test_codes_on_demand_are_no_mail_bomb_either(tmp_path: Path, presses: int) -> None:
    """Thirty strangers press "another code", each on a page of their own: a dozen letters in a day, and no more."""
    async with house(tmp_path, FakeSystem("crm", [mine("a")])) as at:
        first, *others = await flood(at, *[typed()] * (presses + 1))
        await at.code(first)
        refused = 0
        for each in others:
            try:
                await at.desk.send_another_code(each.request_id)
            except Refused:
                refused += 1

        assert letters(at) == min(presses + 1, A_DAY)
        assert refused == presses + 1 - letters(at)


@against(Threat.FLOOD)
async def test_words_that_differ_are_no_way_around(tmp_path: Path) -> None:
    """Each time another statement, another right, another tag behind the address: a dozen of them begin in a day."""
    rights = (Right.OBJECT, Right.RESTRICT)
    many = [
        typed(f"ada+{n % 3}@example.com", right, f"because of {n}") for n, right in product(range(15), rights)
    ]  # fmt: skip
    async with house(tmp_path, FakeSystem("crm", [mine("a")])) as at:
        receipts = await flood(at, *many)
        rows = [await at.desk.row(each.request_id) for each in receipts]

        assert sum(row.behind is None for row in rows) == A_DAY
        assert {row.state for row in rows[A_DAY:]} == {State.AWAITING_PROOF}


@against(Threat.FLOOD)
async def test_the_first_taken_back_by_a_stranger_lets_the_next_begin(tmp_path: Path) -> None:
    """A stranger's own request is theirs to cancel; what waited behind it goes on."""
    async with house(tmp_path, system := FakeSystem("crm", [mine("a")])) as at:
        strangers, hers, third = await flood(at, typed(), typed(), typed())
        await at.code(strangers)
        await at.cancel(strangers)
        await at.ended(strangers)

        await at.desk.dispatch(timedelta(0))
        await at.desk.dispatch(timedelta(0))
        await at.proved(hers)
        await at.ended(hers)

        assert system.records == {}
        assert (await at.desk.row(third.request_id)).behind == hers.request_id


@against(Threat.FLOOD)
async def test_what_waits_can_be_taken_back_and_nobody_is_written_to(tmp_path: Path) -> None:
    """It ends as cancelled, once."""
    async with house(tmp_path, FakeSystem("crm", [mine("a")])) as at:
        first, second = await flood(at, typed(), typed())
        await at.code(first)
        await at.desk.cancel(second.request_id, "somebody", "no")

        with pytest.raises(Refused):
            await at.desk.cancel(second.request_id, "somebody", "no")

        assert (await at.desk.row(second.request_id)).outcome is Ending.CANCELLED
        assert letters(at) == 1


@against(Threat.FLOOD)
async def test_an_opt_out_asked_for_again_meanwhile_ends_with_the_first(tmp_path: Path) -> None:
    """No proof is waited for, so nobody comes back to it: one answer answers both."""
    async with house(tmp_path, system := FakeSystem("ads", [mine("a")])) as at:
        system.gates["locate"] = gate = asyncio.Event()
        first, second = await flood(at, typed(right=Right.OPT_OUT), typed(right=Right.OPT_OUT))
        gate.set()
        closed = await at.ended(first)
        await at.desk.dispatch(timedelta(0))

        row = await at.desk.row(second.request_id)
        assert row.outcome is closed.ending
        assert row.state is State.ANSWERED


@against(Threat.FLOOD)
@pytest.mark.parametrize("lead", [Ending.COMPLIED, Ending.DENIED_UNVERIFIED, None])
async def test_what_nobody_comes_back_to_ends_on_its_own_date_like_any_other(
    tmp_path: Path, lead: Ending | None
) -> None:
    """Not with the first: when that was answered is nobody's to see. By the safe date it is denied, unproved."""
    async with house(tmp_path, FakeSystem("crm", [mine("a")])) as at:
        first, second = await flood(at, typed(right=Right.ACCESS), typed(right=Right.ACCESS))
        ledger, open_for = at.foundation.ledger, first.safe - datetime.now(UTC).date()
        if lead:
            await ledger.journal.append(first.request_id, "ended", "over", closed=lead)

        await Gathering(ledger, policy(), lambda: datetime.now(UTC) + open_for - timedelta(days=2)).settle()
        before = (await at.desk.row(second.request_id)).outcome
        await Gathering(ledger, policy(), lambda: datetime.now(UTC) + open_for + timedelta(days=1)).settle()

        assert before is None
        assert (await at.desk.row(second.request_id)).outcome is Ending.DENIED_UNVERIFIED
        assert not (await ledger.journal.verify()).problems
