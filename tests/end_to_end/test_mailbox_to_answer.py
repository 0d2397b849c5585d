"""From a mail to its answer, through all processes: and a mail in somebody else's name discloses nothing."""

import asyncio
import sys
from email.message import EmailMessage

import aiosmtplib
import pytest

from demo.processes import Process, ending, free_ports
from demo.stack import ROOT
from dsar.submission import Channel
from ledger.requests import RequestRow
from tests.end_to_end.company import Company, until
from tests.end_to_end.holdings import NOTHING, Somebody, held, plant

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

HELLO = "hello@opensession.co"


def variables(habeas: Company) -> dict[str, str]:
    """The environment of the company, with its mailbox."""
    address = f"imap://{HELLO.replace('@', '%40')}@127.0.0.1:{habeas.stack.ports.imap}"
    return {**habeas.environ, "HABEAS_IMAP_URL": address, "HABEAS_IMAP_SECRET": "env:MAILBOX", "MAILBOX": "demo"}


async def read_mailbox(habeas: Company) -> str:
    """`starter.py mailbox --once`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "starter.py"), "mailbox", "--once",
        env=variables(habeas), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert not [canary for canary in habeas.canaries if canary in said.decode()]
    return said.decode()


async def send(habeas: Company, sender: str, text: str, **headers: str) -> None:
    """Send the company a mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, HELLO, headers.pop("Subject", "CCPA Request")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    await aiosmtplib.send(message, hostname="127.0.0.1", port=habeas.stack.ports.smtp, username="demo", password="demo")


async def by_mail(habeas: Company, known: set[str]) -> list[RequestRow]:
    """The requests that came by mail since."""
    rows = await habeas.foundation.ledger.requests.open()
    return [row for row in rows if row.channel is Channel.EMAIL and row.id not in known]


async def test_a_deletion_asked_for_by_mail(habeas: Company) -> None:
    """The code goes to the address on file; proved, everything goes, and the person is told."""
    person = Somebody()
    habeas.canaries.update(person.canaries)
    await plant(habeas.stack, person)
    await read_mailbox(habeas)
    await send(habeas, f"{person.name} <{person.email}>", "Please delete all my data.")

    said = await read_mailbox(habeas)
    (row,) = await by_mail(habeas, set())
    await habeas.prove(row.id, person)
    answered = await habeas.answered(row.id)

    assert "\n1 became requests" in said
    assert answered.outcome == "complied"
    assert await held(habeas.stack, person) == NOTHING
    assert len(await habeas.letters(person)) == 2


async def test_a_mail_in_somebody_elses_name(habeas: Company) -> None:
    """Whoever forges a sender, and asks for the answer elsewhere, sees nothing: only the real person is written to."""
    person, thief = Somebody(), Somebody()
    habeas.canaries.update(person.canaries)
    await plant(habeas.stack, person)
    before = await held(habeas.stack, person)
    await read_mailbox(habeas)
    known = {row.id for row in await by_mail(habeas, set())}
    await send(habeas, f'"{thief.email}" <{person.email}>', "Delete my data.", Reply_To=thief.email, Sender=thief.email)

    await read_mailbox(habeas)
    (row,) = await by_mail(habeas, known)
    await until("the code is with the real person", lambda: habeas.mail.code(person.email))

    assert await habeas.letters(thief) == []
    assert await held(habeas.stack, person) == before
    assert (await habeas.foundation.ledger.requests.get(row.id)) is not None


async def test_the_web_process_reads_it(habeas: Company) -> None:
    """Where the mailbox is set, nobody has to call a command; told to stop, the process ends."""
    person = Somebody()
    habeas.canaries.update(person.canaries)
    await read_mailbox(habeas)
    known = {row.id for row in await by_mail(habeas, set())}
    await send(habeas, person.email, "Do not sell my personal information.")
    command = [sys.executable, str(ROOT / "starter.py"), "serve"]
    (port,) = free_ports(1)
    web = Process("second-web", command, {**variables(habeas), "HABEAS_PORT": str(port)}, habeas.stack.folder)
    async with ending(web):
        await web.start(web.says("web ready"))

        (row,) = await until("the mail became a request", lambda: by_mail(habeas, known))

    assert row.right == "opt-out"
    assert not web.runs
    assert person.mark not in web.tail(1_000)


async def test_a_reader_that_is_killed(habeas: Company) -> None:
    """Whatever it was doing, the next one takes each mail once: as many requests and questions as people wrote."""
    await read_mailbox(habeas)
    known = {row.id for row in await by_mail(habeas, set())}
    before = {row.key for row in await habeas.foundation.ledger.mails.list()}
    for number in range(30):
        text = "Please delete my data." if number % 2 else "How can I delete my data?"
        await send(habeas, f"killed{number}@people.example", text, Subject=f"Number {number}")
    command = [sys.executable, str(ROOT / "starter.py"), "mailbox", "--once"]
    reader = Process("killed-reader", command, variables(habeas), habeas.stack.folder)

    async def some() -> bool:
        return len(await habeas.foundation.ledger.mails.list()) - len(before) >= 5

    await reader.start(some)
    await reader.kill()
    settled = len(await habeas.foundation.ledger.mails.list()) - len(before)
    await read_mailbox(habeas)

    rows = [row for row in await habeas.foundation.ledger.mails.list() if row.key not in before]
    assert 5 <= settled < 30
    assert (len(rows), len({row.owner for row in rows})) == (30, 30)
    assert {row.owner for row in rows if row.verdict == "request"} == {r.id for r in await by_mail(habeas, known)}


async def test_a_mail_that_a_person_reads(habeas: Company) -> None:
    """The task shows it; read as a request, it becomes one."""
    person = Somebody()
    habeas.canaries.update(person.canaries)
    await plant(habeas.stack, person)
    await read_mailbox(habeas)
    known = {row.id for row in await by_mail(habeas, set())}
    await send(habeas, person.email, f"How can I delete my data? {person.text}", Subject="Question")

    await read_mailbox(habeas)

    async def task() -> str:
        (*_, mail) = await habeas.foundation.ledger.mails.list()
        rows = await habeas.foundation.ledger.tasks.list(mail.owner)
        return next((each.id for each in rows), "")

    task_id = await until("a task", task)
    shown = await habeas.starter("tasks", task_id)
    await habeas.starter("resolve", task_id, "done", "--note", "delete")
    (row,) = await by_mail(habeas, known)
    assert person.text in " ".join(shown.split())
    assert row.right == "delete"
