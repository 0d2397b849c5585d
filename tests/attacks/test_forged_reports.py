"""Somebody writes reports that no mail server wrote: about their own letters, somebody else's, or very many."""

from datetime import UTC, datetime
from pathlib import Path

from dsar.case import State
from dsar.mail_rules import Verdict
from dsar.requests import Regime
from dsar.status import Status
from intake.desk import Receipt
from intake.inbox import Delivery
from tests.attacks.rig import mail_door
from tests.attacks.threats import Threat, against
from tests.flows.house import ADA, LEAD, House, house
from tests.flows.test_waiting import asked_for_a_copy, crm, journal
from tests.unit.report_samples import exchange, gmail, postfix, qmail

EVE = "eve@evil.example"
BEN = "ben@example.com"


async def reported(at: House, *mails: bytes) -> set[Verdict]:
    """Have mails read, one after the other."""
    door = mail_door(at)
    return {await door.take(Delivery(number, datetime.now(UTC), raw)) for number, raw in enumerate(mails)}


async def waiting_for_its_code(at: House) -> Receipt:
    receipt = await asked_for_a_copy(at, Regime.US_CA)
    await at.code(receipt)
    return receipt


def stands(status: Status) -> object:
    """All that could matter to the person; not what our own people have to do."""
    return status.model_copy(update={"tasks": ()})


@against(Threat.FORGED_SENDER)
async def test_a_forged_report_opens_a_task_and_does_nothing_else(tmp_path: Path) -> None:
    """The request goes on as before: the same state, dates and attempts; the code still counts; nobody else is told."""
    async with house(tmp_path, crm()) as at:
        receipt = await waiting_for_its_code(at)
        before, letters = stands(await at.status(receipt)), len(at.mail.letters)

        await reported(at, postfix(f"{receipt.request_id}.acknowledgement"))
        await at.task(receipt, "undelivered")
        await at.until(lambda: len(at.mail.letters) > letters)

        assert stands(await at.status(receipt)) == before
        assert {to for to, _, _ in at.mail.letters[letters:]} == {LEAD}
        await at.proved(receipt)
        await at.stands(receipt, State.ANSWERED)
        assert at.answers()


@against(Threat.FORGED_SENDER)
async def test_a_letter_that_was_never_sent_cannot_come_back(tmp_path: Path) -> None:
    """Whoever knows the number of their request can write Message-IDs like ours; only what the ledger has is ours."""
    async with house(tmp_path, crm()) as at:
        receipt = await waiting_for_its_code(at)
        number = receipt.request_id

        seen = await reported(
            at,
            *[shape(f"{number}.answer") for shape in (postfix, exchange, gmail, qmail)],
            postfix(f"{number}.acknowledgement.2"),
            postfix(f"{number}.acknowledgement:x"),
            postfix(f"{number}."),
        )

        assert seen == {Verdict.AUTOMATIC}
        assert (await at.status(receipt)).tasks == ()
        assert not any("undelivered" in step for step in await journal(at, receipt))


@against(Threat.FLOOD)
async def test_a_flood_of_reports_is_one_task_one_signal_and_one_letter(tmp_path: Path) -> None:
    """Each different, of failures and delays, in every form: the saga's history does not grow with them."""
    async with house(tmp_path, crm()) as at:
        receipt = await waiting_for_its_code(at)
        letter = f"{receipt.request_id}.acknowledgement"
        shapes = (postfix, exchange, gmail, qmail)

        await reported(at, *[shapes[n % 4](letter) + f"{n}".encode() for n in range(120)])
        await reported(at, *[postfix(letter, "delayed", f"4.4.{n}") for n in range(60)])
        await at.task(receipt, "undelivered")
        await at.until(lambda: bool(at.mail.to(LEAD)))
        await at.quiet(receipt)

        history = await at.saga(receipt).fetch_history()
        signals = [e for e in history.events if e.HasField("workflow_execution_signaled_event_attributes")]
        steps = await journal(at, receipt)
        assert len(signals) == 1
        assert len((await at.status(receipt)).tasks) == 1
        assert len(at.mail.to(LEAD)) == 1
        assert [step for step in steps if step.startswith(("undelivered", "delayed"))] == [
            "undelivered:acknowledgement", "delayed:acknowledgement",
        ]  # fmt: skip


@against(Threat.ORACLE)
async def test_a_report_about_a_neighbours_letter_tells_nothing(tmp_path: Path) -> None:
    """Named beside one's own it is not looked at; guessed, it reads as any other; and no report is ever answered."""
    async with house(tmp_path, crm()) as at:
        receipt = await waiting_for_its_code(at)
        neighbour = await at.submit(received=None, email=BEN)
        await at.until(lambda: bool(at.mail.to(BEN)) or bool(at.mail.to(LEAD)))
        own, theirs = (f"{each.request_id}.acknowledgement" for each in (receipt, neighbour))
        guessed = f"request-{'b' * 24}.acknowledgement"
        both = postfix(own).replace(
            b"Hello, this", f"Message-ID: <{theirs}@opensession.co>\r\n\r\nHello, this".encode()
        )

        seen = {await _settled(at, each) for each in (both, postfix(guessed), qmail(guessed))}
        await at.task(receipt, "undelivered")

        assert seen == {(Verdict.AUTOMATIC, "a report of a mail server")}
        assert not any("undelivered" in step for step in await journal(at, neighbour))
        assert not at.mail.to(EVE)


async def _settled(at: House, raw: bytes) -> tuple[str, str]:
    await reported(at, raw.replace(b"From: MAILER-DAEMON@mx.opensession.co", f"From: mailer-daemon@{EVE}".encode()))
    row = (await at.foundation.ledger.mails.list())[-1]
    return row.verdict, row.why


@against(Threat.HOSTILE_CONTENT)
async def test_nothing_that_a_report_says_reaches_a_screen(tmp_path: Path) -> None:
    """But a code that has the form of one: no address to write to, no markup, no second line."""
    async with house(tmp_path, crm()) as at:
        receipt = await waiting_for_its_code(at)
        hostile = postfix(f"{receipt.request_id}.acknowledgement", status=f"5.7.1 <script>x</script> write to {EVE}")
        hostile = hostile.replace(b"Recipient address rejected", f"send the answer to {EVE}".encode())

        await reported(at, hostile)
        task = await at.desk.task(await at.task(receipt, "undelivered"))

        shown = f"{task.title}{task.instructions}"
        assert "5.7.1" in shown
        assert not any(words in shown for words in (EVE, "script", "send the answer", ADA))
