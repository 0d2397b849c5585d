"""An authorised agent asks: the person hears of it at the address on file, and says yes, or no, or nothing."""

import base64
import re
from datetime import timedelta
from pathlib import Path

import pytest

from dsar.agency import Basis, Permission, Word
from dsar.case import Ending, State, TaskState
from dsar.identity import Identifier, Key
from dsar.records import Record
from dsar.requests import Right
from dsar.submission import Channel, Submission
from intake.desk import Receipt, Refused
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, LEAD, House, house, policy

AGENT = "agent@agency.example"
SIGNED = Permission(content=base64.b64encode(b"I, Ada, give my permission. canary-signature"), media_type="text/plain")


def mine(name: str) -> Record:
    return Record(id=name, category="marketing data", matched=frozenset({Key.EMAIL}))


def news() -> FakeSystem:
    return FakeSystem("news", [mine("a")])


async def ask(at: House, *rights: Right, basis: Basis = Basis.PERMISSION, **more: object) -> Receipt:
    """An agent hands it in, with the permission."""
    agent = {"name": "Ann Agency Inc.", "email": AGENT, "basis": basis, **more}
    submission = Submission.model_validate(
        {"rights": rights or (Right.DELETE,), "person": {"email": ADA}, "agent": agent, "permission": SIGNED}
    )
    return await at.desk.submit(submission)


async def letter(at: House, subject: str, address: str = ADA) -> str:
    """A letter that was sent there, once it is."""
    await at.until(lambda: any(subject in each for each, _ in at.mail.to(address)))
    return "\n".join(body for each, body in at.mail.to(address) if subject in each)


async def token(at: House, receipt: Receipt) -> str:
    """What the link in the person's letter ends with."""
    found = re.search(rf"/privacy/permission/{receipt.request_id}/(\S+)", await letter(at, "Somebody asks"))
    assert found
    await at.stands(receipt, State.AWAITING_PROOF)
    return found[1]


async def says(at: House, receipt: Receipt, **word: bool) -> None:
    await at.desk.say_of_permission(receipt.request_id, Word(token=await token(at, receipt), **word))


def everything(folder: Path) -> list[bytes]:
    """What is on the disk."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def events(at: House, receipt: Receipt) -> dict[str, str]:
    """What the journal has of a request."""
    return {e.event: str(e.facts) for e in await at.foundation.ledger.journal.entries(receipt.request_id)}


async def test_the_code_goes_to_the_person_and_counts_as_theirs(tmp_path: Path) -> None:
    """They verify themselves (11 CCR 7063(a)(1)); the agent gets nothing, and the permission lies sealed."""
    async with house(tmp_path, news()) as at:
        receipt = await ask(at)
        await at.proved(receipt)
        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED
        assert "Ann Agency Inc." in await letter(at, "Somebody asks")
        assert at.mail.to(AGENT) == []
        assert (await at.desk.permission(receipt.request_id)).content == SIGNED.content
        facts = (await events(at, receipt))["somebody asks for the person"]
        assert at.foundation.ledger.digests.of(SIGNED.digest) in facts
        assert SIGNED.digest not in facts
        assert "Ann" not in facts


async def test_the_person_can_confirm_the_permission_instead(tmp_path: Path) -> None:
    """Directly with us (11 CCR 7063(a)(2)), by the link, which works once; the answer goes to the person."""
    async with house(tmp_path, news()) as at:
        receipt = await ask(at, answer_to_agent=True)
        word = Word(token=await token(at, receipt), given=True)
        await at.desk.say_of_permission(receipt.request_id, word)
        with pytest.raises(Refused, match="already"):
            await at.desk.say_of_permission(receipt.request_id, word)
        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED
        assert len(at.answers()) == 1
        assert at.mail.to(AGENT) == []


async def test_the_answer_goes_to_the_agent_only_if_permission_and_person_say_so(tmp_path: Path) -> None:
    """A permission says it, and the person who confirms it says it too."""
    async with house(tmp_path, news()) as at:
        receipt = await ask(at, answer_to_agent=True)
        await says(at, receipt, given=True, answer_to_agent=True)
        await at.ended(receipt)

        assert len(at.answers(AGENT)) == 1
        assert at.answers() == []


async def test_a_person_alone_cannot_send_an_answer_elsewhere(tmp_path: Path) -> None:
    """What no permission says, a tick in a form does not add."""
    async with house(tmp_path, news()) as at:
        receipt = await ask(at)
        await says(at, receipt, given=True, answer_to_agent=True)
        await at.ended(receipt)

        assert len(at.answers()) == 1
        assert at.mail.to(AGENT) == []


async def test_a_no_puts_everything_back_and_is_told_as_a_fraud(tmp_path: Path) -> None:
    """Also when the code was entered already, as long as nothing is erased; the privacy lead hears of it."""
    system = news()
    async with house(tmp_path, system, rules=policy(hold_before_erasure=timedelta(days=2))) as at:
        receipt = await ask(at)
        link = await token(at, receipt)
        await at.proved(receipt)
        await at.until(lambda: bool(system.suppressed))
        await at.quiet(receipt)
        await at.desk.say_of_permission(receipt.request_id, Word(token=link, given=False))
        closed = await at.ended(receipt)

        assert closed.ending is Ending.FRAUDULENT
        assert set(system.records) == {"a"}
        assert not system.suppressed
        assert receipt.request_id in await letter(at, "[FRAUD]", LEAD)
        assert "put back" in await letter(at, "We have ended this request")
        assert "the person says that they gave none" in await events(at, receipt)
        assert at.answers() == []


async def test_a_no_ends_all_that_was_asked_for_together(tmp_path: Path) -> None:
    """One letter with a link, one word, and each of the requests is a fraud."""
    async with house(tmp_path, news()) as at:
        receipt = await ask(at, Right.RESTRICT, Right.DELETE)
        await at.until(lambda: len(at.mail.to(ADA)) == 2)
        link = next(body for _, body in at.mail.to(ADA) if "/privacy/permission/" in body)
        asking = next(each for each in (receipt, *receipt.others) if f"/permission/{each.request_id}/" in link)
        await says(at, asking, given=False)
        endings = [(await at.ended(each)).ending for each in (receipt, *receipt.others)]

        assert endings == [Ending.FRAUDULENT] * 2
        codes = [body for _, body in at.mail.to(ADA) if re.search(r"\n    \d{6}\n", body)]
        assert len(codes) == 1


async def test_a_forged_letter_leads_to_contact_with_the_person_and_nothing_else(tmp_path: Path) -> None:
    """Nothing is looked up; unanswered, it is denied in the end, with reasons, to the person."""
    system = news()
    async with house(tmp_path, system) as at:
        receipt = await ask(at, Right.ACCESS)
        with pytest.raises(Refused, match="not one of ours"):
            await at.desk.say_of_permission(receipt.request_id, Word(token="x" * 43, given=True))
        closed = await at.ended(receipt)

        assert closed.ending is Ending.DENIED_UNVERIFIED
        assert system.asked_with == []
        assert at.mail.to(AGENT) == []


async def test_an_agent_is_never_the_person_on_file(tmp_path: Path) -> None:
    """Where the records lead to the agent's own address, nobody is written to there: a human finds another way."""
    crm = FakeSystem("crm", [mine("a")], learns=("email",))
    crm.teaches = (Identifier(kind=Key.EMAIL, value="Agent@Agency.example", source="crm"),)
    async with house(tmp_path, crm) as at:
        receipt = await at.desk.submit(
            Submission.model_validate(
                {
                    "right": "delete", "person": {"customer_id": "C-1"},
                    "agent": {"name": "Ann", "email": AGENT}, "permission": SIGNED,
                }
            )
        )  # fmt: skip
        await at.task(receipt, "reach")

        assert at.mail.to(AGENT) == []
        assert at.mail.to("Agent@Agency.example") == []


async def test_an_opt_out_waits_for_nobody(tmp_path: Path) -> None:
    """Written permission only (11 CCR 7026(j)): done at once, and the person reads of it."""
    system = news()
    async with house(tmp_path, system) as at:
        receipt = await ask(at, Right.OPT_OUT)
        closed = await at.ended(receipt)

        assert closed.ending in {Ending.COMPLIED, Ending.NOTHING_FOUND}
        asked = await letter(at, "Somebody asks")
        assert "no proof" in asked
        assert "/privacy/permission/" not in asked


async def test_a_power_of_attorney_is_looked_at_by_a_human_and_bypasses_the_person(tmp_path: Path) -> None:
    """No code (11 CCR 7063(b)); the person hears of it all the same; the answer goes where the document says."""
    async with house(tmp_path, news()) as at:
        receipt = await ask(at, basis=Basis.POWER_OF_ATTORNEY, answer_to_agent=True)
        task = await at.desk.task(await at.task(receipt, "authority"))
        await at.desk.resolve(task.id, TaskState.DONE, by="lead")
        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED
        assert "power of attorney" in task.instructions
        asked = await letter(at, "Somebody asks")
        assert "need not prove" in asked
        assert not re.search(r"\n    \d{6}\n", asked)
        assert len(at.answers(AGENT)) == 1


async def test_a_power_of_attorney_that_is_none_waits_for_the_person(tmp_path: Path) -> None:
    """Not accepted, it is an agent's request like any other: the person is asked for a code, or denies it."""
    async with house(tmp_path, news()) as at:
        receipt = await ask(at, basis=Basis.POWER_OF_ATTORNEY, answer_to_agent=True)
        await at.desk.resolve(await at.task(receipt, "authority"), TaskState.EXCEPTION, by="lead")
        await at.proved(receipt)
        closed = await at.ended(receipt)

        assert closed.ending is Ending.COMPLIED
        assert len(at.answers()) == 1
        assert at.mail.to(AGENT) == []


async def test_an_agent_joins_nobodys_request(tmp_path: Path) -> None:
    """The person's own goes on by itself: an agent is not handed it, by whatever door."""
    async with house(tmp_path, news()) as at:
        own = await at.submit()
        agents = await ask(at)

        assert agents.request_id != own.request_id
        assert not agents.joined


async def test_nothing_of_agent_or_permission_is_in_clear(tmp_path: Path) -> None:
    """Name, address and signature: not in the ledger, not on the disk."""
    async with house(tmp_path, news()) as at:
        receipt = await ask(at)
        await says(at, receipt, given=False)
        await at.ended(receipt)

    lying_there = b"".join(everything(tmp_path))
    for canary in (b"Ann Agency", AGENT.encode(), b"canary-signature", ADA.encode()):
        assert canary not in lying_there


async def test_a_protocols_agent_is_heard_the_same_way(tmp_path: Path) -> None:
    """Its door gives no more than any other: the person has the word."""
    async with house(tmp_path, news()) as at:
        submission = Submission.model_validate(
            {"right": "delete", "person": {"email": ADA}, "agent": {"name": "Ann"}, "channel": Channel.AGENT}
        )
        receipt = await at.desk.submit(submission)
        await says(at, receipt, given=True)

        assert (await at.ended(receipt)).ending is Ending.COMPLIED
