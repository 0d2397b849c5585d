"""Somebody reads Ada's mail, or had her address changed, or says that they speak for her."""

import base64
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from dsar.agency import Permission, Word
from dsar.case import Ending, TaskState
from dsar.data_points import Point, Signature
from dsar.policy import Demand
from dsar.policy_check import parse_policy
from dsar.proof import demanded
from dsar.requests import Right
from dsar.submission import Channel, Submission
from intake.desk import Receipt, Refused
from tests.attacks.rig import EVE, Customers
from tests.attacks.threats import Threat, against
from tests.flows.house import ADA, House, house
from tests.flows.test_cooling_off import corrected
from tests.flows.test_cooling_off import crm as crm_with_address
from tests.flows.test_proof_levels import HELD, SIGNED, WEEKS, WRONG, crm, opened, told

PUBLIC = {Point.PHONE: "+1 415 555 0134", Point.COMPANY: "Difference Engines", Point.POSTAL_CODE: "94105"}


async def tried(at: House, receipt: Receipt, *tries: Mapping[Point, str], signed: Signature | None = SIGNED) -> None:
    """Tell us things, as often as we listen."""
    for each in tries:
        try:
            await told(at, receipt, each, signed)
        except Refused:
            return


@against(Threat.TAKEN_MAILBOX)
@pytest.mark.parametrize(
    ("tries", "signed"),
    [((), SIGNED), ((WRONG,) * 5, SIGNED), ((HELD,), None), (({Point.PROJECT: HELD[Point.PROJECT]},), SIGNED)],
    ids=["nothing told", "guesses", "unsigned", "one thing only"],
)
async def test_whoever_has_only_her_mailbox_gets_categories_and_no_copy(
    tmp_path: Path, tries: tuple[Mapping[Point, str], ...], signed: Signature | None
) -> None:
    """The code is entered; nothing that we hold is told with it: no file is made, no link goes out."""
    async with opened(tmp_path, know=Demand.REASONABLY_HIGH) as at:
        receipt = await at.submit(Right.KNOW)
        await at.proved(receipt)
        await tried(at, receipt, *tries, signed=signed)

        await at.ended(receipt, WEEKS)

        assert "/v1/downloads/" not in "".join(at.answers())
        assert "package.zip" not in await at.foundation.vault.names(receipt.request_id)


@against(Threat.TAKEN_MAILBOX)
@pytest.mark.parametrize("right", [Right.KNOW, Right.ACCESS, Right.PORTABILITY])
def test_the_policy_that_ships_asks_for_more_than_a_mailbox(right: Right) -> None:
    """For the data itself: three points, and a declaration."""
    shipped = parse_policy(Path("policy.toml").read_text(encoding="utf-8"))

    assert demanded(right, shipped) is Demand.REASONABLY_HIGH


@against(Threat.KNOWN_FACTS)
@pytest.mark.parametrize("right", [Right.ACCESS, Right.DELETE])
async def test_what_stands_under_every_mail_is_no_proof(tmp_path: Path, right: Right) -> None:
    """Name, address, telephone, company and postal code, all of them right: not enough for a copy or a deletion."""
    async with opened(tmp_path, system := crm(), delete=Demand.REASONABLY_HIGH) as at:
        receipt = await at.submit(right, email=ADA, name="Ada Lovelace")
        await at.proved(receipt)
        await tried(at, receipt, PUBLIC, PUBLIC, PUBLIC)

        await at.ended(receipt, WEEKS)

        assert "/v1/downloads/" not in "".join(at.answers())
        assert system.erased_calls == 0


@against(Threat.ORACLE)
@pytest.mark.parametrize("first", list(Point))
async def test_what_is_said_to_a_right_and_to_a_wrong_thing_is_the_same(tmp_path: Path, first: Point) -> None:
    """No feedback on a field: neither in the answer, nor in the attempts that are left."""
    said = []
    for number, value in enumerate(({**HELD, **PUBLIC}[first], "0000000")):
        async with opened(tmp_path / str(number)) as at:
            receipt = await at.submit(Right.ACCESS)
            await at.proved(receipt)
            answer = await told(at, receipt, {first: value})
            said.append((answer, (await at.status(receipt)).told_state))

    assert said[0] == said[1]


@against(Threat.CHANGED_CONTACT)
@pytest.mark.parametrize("channel", [Channel.WEB, Channel.EMAIL])
async def test_an_address_that_was_just_changed_has_no_copy_sent_to_it(tmp_path: Path, channel: Channel) -> None:
    """The old address hears of it, nothing goes out, and her no ends it as a fraud."""
    async with house(tmp_path, crm_with_address()) as at:
        await corrected(at, value=EVE)
        receipt = await at.desk.submit(at.submission(Right.ACCESS, email=EVE).model_copy(update={"channel": channel}))
        await at.proved(receipt, EVE)
        task = await at.task(receipt, "cool_off")

        assert at.answers(EVE) == []
        assert any("shortly after" in subject for subject, _ in at.mail.to(ADA))
        await at.desk.resolve(task, TaskState.NOT_FOUND, by="lead")
        closed = await at.ended(receipt, timedelta(days=1))

        assert closed.ending is not Ending.COMPLIED
        assert "/v1/downloads/" not in "".join(body for _, body in at.mail.to(EVE))


PAPER = Permission(content=base64.b64encode(b"I, Ada, permit everything. (forged)"), media_type="text/plain")


@against(Threat.FORGED_AGENT)
@pytest.mark.parametrize("right", [Right.ACCESS, Right.DELETE, Right.CORRECT])
@pytest.mark.parametrize("to_agent", [True, False])
async def test_a_forged_permission_has_the_person_asked_and_nothing_else(
    tmp_path: Path, right: Right, to_agent: bool
) -> None:
    """Her no ends it; the agent gets neither code nor answer, and no system was touched."""
    wish = {"changes": [{"field": "phone", "value": "1"}]} if right is Right.CORRECT else {}
    asked = Submission.model_validate(
        {
            "right": right, "person": {"email": ADA}, "permission": PAPER, "wish": wish,
            "agent": {"name": "Eve Agency", "email": EVE, "answer_to_agent": to_agent},
        }
    )  # fmt: skip
    async with house(tmp_path, system := Customers(ADA)) as at:
        receipt = await at.desk.submit(asked)
        await at.until(lambda: any("Somebody asks" in subject for subject, _ in at.mail.to(ADA)))
        with pytest.raises(Refused):
            await at.desk.say_of_permission(receipt.request_id, Word(token="A" * 43, given=True))
        word = "\n".join(body for _, body in at.mail.to(ADA)).partition(f"/permission/{receipt.request_id}/")[2]
        await at.attempts(receipt)
        await at.desk.say_of_permission(receipt.request_id, Word(token=word.split()[0], given=False))

        closed = await at.ended(receipt)

        assert closed.ending is Ending.FRAUDULENT
        assert at.mail.to(EVE) == []
        assert (set(system.records), "export" in system.tried, system.erased_calls) == ({ADA}, False, 0)
