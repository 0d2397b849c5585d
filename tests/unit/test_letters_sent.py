"""Letters as they leave: to the address on file, once, in two parts, with the hash of what was sent."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from temporalio.testing import ActivityEnvironment

from activities.codes import Codes
from activities.letter_forms import LetterForms, Written
from activities.letter_forms.flowed import unflowed
from activities.letters import (
    Acknowledge,
    Acknowledged,
    Answer,
    Clarify,
    Letters,
    Lift,
    Pause,
    Proposed,
    Recipient,
    Refusal,
    Resumed,
    TaskOpened,
)
from activities.mail import SmtpMail
from activities.policies import Policies
from dsar.case import Task, TaskKind
from dsar.identity import Identifier, Identity, Key
from dsar.letters import Extension, WaitsFor
from dsar.outcomes import Result
from dsar.proof import matches
from dsar.requests import Regime, Right
from dsar.wish import Detail
from ledger.ledger import Ledger
from tests.unit.letter_samples import POLICY, head
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault

ADA = "ada@example.com"
LEAD = "privacy@opensession.co"
REQUEST = "request-1"
DAY = date(2026, 6, 19)
BY_EMAIL = Identity(identifiers=(Identifier(kind=Key.EMAIL, value=ADA),))
BY_NUMBER = Identity(identifiers=(Identifier(kind=Key.CUSTOMER_ID, value="42"),))


@dataclass
class Sent:
    """One letter that left."""

    to: str
    message_id: str
    written: Written

    @property
    def text(self) -> str:
        return unflowed(self.written.text)


@dataclass
class Post:
    """Mail that is kept here; told to, it breaks down after a letter has left."""

    sent: list[Sent] = field(default_factory=list)
    breaks: bool = False

    async def send(self, to: str, subject: str, text: str, message_id: str, *, html: str = "") -> None:
        self.sent.append(Sent(to, message_id, Written(subject=subject, text=text, html=html)))
        if self.breaks:
            raise ConnectionError("after the letter had left")


@dataclass
class Pen:
    """The activities, and what they act on."""

    letters: Letters
    post: Post
    vault: Vault
    ledger: Ledger
    policy: str

    def facts(self, right: Right = Right.DELETE, **more: Any) -> dict[str, Any]:
        """Whom a letter is for."""
        return {"request_id": REQUEST, "right": right, "policy": self.policy, "regime": Regime.US_CA, **more}

    async def acknowledged(self, identity: Identity = BY_EMAIL, **more: Any) -> Acknowledged:
        order = Acknowledge(**self.facts(), identity=identity, answer_by=DAY, **more)
        acknowledged = await ActivityEnvironment().run(self.letters.acknowledge, order)
        assert isinstance(acknowledged, Acknowledged)
        return acknowledged

    @property
    def last(self) -> Sent:
        return self.post.sent[-1]


@pytest.fixture
async def pen(tmp_path: Path) -> AsyncIterator[Pen]:
    store = DiskStore(tmp_path / "vault")
    vault = Vault(store, KeyRing(store, {"m": bytes(32)}, "m"))
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite'}", bytes(32))
    policies = Policies(ledger)
    post = Post()
    await vault.create(REQUEST)
    letters = Letters(post, vault, ledger, policies, [], "https://privacy.example/")
    yield Pen(letters, post, vault, ledger, await policies.remember(POLICY))
    await ledger.close()


async def test_the_acknowledgement_brings_the_code_that_counts(pen: Pen) -> None:
    """To the address on file; what is given back fits the code in the letter."""
    acknowledged = await pen.acknowledged()

    (code,) = re.findall(r"\n    (\d{6})\n", pen.last.text)
    assert pen.last.to == ADA
    assert matches(code, acknowledged.sent)
    assert acknowledged.proves == {Key.EMAIL}


async def test_a_code_comes_with_the_page_that_it_is_entered_on(pen: Pen) -> None:
    """Whoever closed the browser finds the way back in the letter; it says no more than its end, the number."""
    await pen.acknowledged()

    assert f"\n    https://privacy.example/privacy/requests/{REQUEST}\n" in pen.last.text


@pytest.mark.parametrize("more", [{"code": False}, {"shared_with": "request-0"}, {"otherwise": True}])
async def test_where_no_code_is_asked_for_none_is_made(pen: Pen, more: dict[str, Any]) -> None:
    """The address is found and written to all the same; the code that would have been sent fits nothing."""
    acknowledged = await pen.acknowledged(**more)

    assert acknowledged.reached
    assert pen.last.to == ADA
    assert not re.search(r"\d{6}\b", pen.last.text.replace("request-0", ""))
    assert not matches((await Codes(pen.vault).get(REQUEST, 1)).code, acknowledged.sent)
    assert await pen.vault.get(REQUEST, "address") == ADA.encode()


async def test_the_code_of_a_sibling_is_pointed_to(pen: Pen) -> None:
    """By the sibling's id."""
    await pen.acknowledged(shared_with="request-0")

    assert "the request request-0 counts for this one as well" in pen.last.text


async def test_a_shared_code_comes_first(pen: Pen) -> None:
    """An order that names two proofs is no reason to send no letter."""
    await pen.acknowledged(shared_with="request-0", otherwise=True)

    assert "counts for this one as well" in pen.last.text


async def test_a_repeated_acknowledgement_is_one_letter_with_one_code(pen: Pen) -> None:
    """Killed after the letter had left, it is sent again as the same mail; after that, never again."""
    pen.post.breaks = True
    with pytest.raises(ConnectionError):
        await pen.acknowledged()
    pen.post.breaks = False

    first, second = await pen.acknowledged(), await pen.acknowledged()

    assert first == second
    assert len(pen.post.sent) == 2
    assert pen.post.sent[0] == pen.post.sent[1]
    assert pen.last.message_id == "request-1.acknowledgement"


async def test_the_ledger_keeps_the_hash_of_both_parts(pen: Pen) -> None:
    """Who shows their mail shows what we said: the hash is of subject, text and HTML as they arrived."""
    await pen.acknowledged()

    (row,) = await pen.ledger.letters.of(REQUEST)

    assert row.digest == pen.ledger.digests.of(pen.last.written.sha256)
    assert pen.last.written.html


async def test_where_no_address_is_on_file_the_lead_passes_it_on(pen: Pen) -> None:
    """No code is sent; an answer is owed all the same."""
    acknowledged = await pen.acknowledged(BY_NUMBER)
    await ActivityEnvironment().run(pen.letters.deny_unverified, Recipient(**pen.facts()))

    assert not acknowledged.reached
    assert [(each.to, each.written.subject) for each in pen.post.sent] == [
        (LEAD, "[Pass on] We could not carry out your request")
    ]


async def test_each_pause_is_announced_and_each_only_once(pen: Pen) -> None:
    """Proof, a question and a second question are three letters; repeated, they are still three."""
    await pen.acknowledged()
    facts, environment = pen.facts(regime=Regime.UK), ActivityEnvironment()
    orders = [
        Pause(**facts, question="Which account?", kind=WaitsFor.PROOF),
        Pause(**facts, question="Which year?", kind=WaitsFor.CLARIFICATION, until=DAY),
        Pause(**facts, question="Which month?", kind=WaitsFor.CLARIFICATION, number=2),
    ]

    for order in [*orders, *orders]:
        await environment.run(pen.letters.announce_pause, order)

    said = [each.text for each in pen.post.sent[1:]]
    assert [question in text for question, text in zip(("account", "year", "month"), said, strict=True)] == [True] * 3
    assert "starts on the day that your answer comes" in said[0]
    assert "stands still until your answer comes, or until 19 June 2026 at the latest" in said[1]


async def test_what_else_a_saga_says_reaches_the_person(pen: Pen) -> None:
    """A question, the clock running again, a refusal, the end of a restriction, each as a letter of its own."""
    await pen.acknowledged()
    facts, run = pen.facts(Right.RESTRICT, regime=Regime.UK), ActivityEnvironment().run

    await run(pen.letters.ask_clarification, Clarify(**facts, question="Since when?", answer_by=DAY))
    await run(pen.letters.announce_resumed, Resumed(**facts, answer_by=DAY))
    await run(pen.letters.announce_resumed, Resumed(**facts, answer_by=DAY, number=2))
    await run(pen.letters.announce_lift, Lift(**facts, reason="it was checked"))
    await run(pen.letters.refuse, Refusal(**facts, reasons=("one", "two")))

    subjects = [each.written.subject for each in pen.post.sent[1:]]
    assert {each.to for each in pen.post.sent} == {ADA}
    assert subjects == [
        "We have a question about your request",
        "We are going on with your request",
        "We are going on with your request",
        "The restriction of your data is about to end",
        "We cannot do what you asked",
    ]
    assert "Information Commissioner's Office (ico.org.uk), and you can go to court." in pen.last.text


async def test_a_result_that_is_a_refusal_is_answered_as_one(pen: Pen) -> None:
    """With its reason and the way against it, and no talk of what was found."""
    await pen.acknowledged()
    facts = pen.facts(regime=Regime.US_CO)

    order = Answer(**facts, result=Result(refused="it repeats one of last week"), titles={})
    await ActivityEnvironment().run(pen.letters.answer, order)

    assert "- it repeats one of last week" in pen.last.text
    assert "We answer an appeal in writing within 45 days." in pen.last.text
    assert "hold no personal data" not in pen.last.text


async def test_categories_are_answered_without_a_package(pen: Pen) -> None:
    """No link is issued; what was found is told by category."""
    await pen.acknowledged()
    order = Answer(
        **pen.facts(Right.KNOW),
        result=Result(),
        titles={"news": "Mailchimp"},
        detail=Detail.CATEGORIES,
        categories={"marketing data": 3},
    )

    await ActivityEnvironment().run(pen.letters.answer, order)

    assert "Marketing data" in pen.last.text
    assert "in these systems: Mailchimp. Whoever runs one" in pen.last.text
    assert "/v1/downloads/" not in pen.last.text


async def test_a_package_is_answered_with_a_link_of_its_own(pen: Pen) -> None:
    """The same in both parts, under our own address."""
    await pen.acknowledged()
    expires = datetime(2026, 7, 3, tzinfo=UTC)
    order = Answer(**pen.facts(Right.ACCESS), result=Result(), titles={}, package="package.zip", link_expires=expires)

    await ActivityEnvironment().run(pen.letters.answer, order)

    (link,) = re.findall(r"\n    (https://privacy\.example/v1/downloads/\S+)\n", pen.last.text)
    assert f'<a href="{link}">' in pen.last.written.html


async def test_our_own_people_are_told_of_a_task_without_its_instructions(pen: Pen) -> None:
    """Instructions and notes may name the person: they stay in the system."""
    task = Task(
        id="request-1.1",
        kind=TaskKind.ACT,
        system="figma",
        title="Erase by hand in Figma",
        instructions="canary@example.com",
        owner="privacy_lead",
        due="2026-06-16",
        note="canary",
    )

    await ActivityEnvironment().run(pen.letters.announce_task, TaskOpened(**pen.facts(), task=task))

    assert pen.last.to == LEAD
    assert pen.last.written.subject == "[Task, due 2026-06-16] Erase by hand in Figma"
    assert "/staff" not in pen.last.text
    assert "canary" not in str(pen.last)


async def test_who_has_pages_to_sign_in_at_is_led_there(pen: Pen) -> None:
    """From the mail to the task, without a command."""
    people = Letters(pen.post, pen.vault, pen.ledger, Policies(pen.ledger), [], "https://privacy.example/", staff=True)
    task = Task(
        id=f"{REQUEST}.1",
        kind=TaskKind.JUDGE,
        system="",
        title="Is it right?",
        instructions="-",
        owner="deputy",
        due="2026-06-16",
    )

    await ActivityEnvironment().run(people.announce_task, TaskOpened(**pen.facts(), task=task))

    assert f"\n    https://privacy.example/staff/tasks/{REQUEST}.1\n" in pen.last.text
    assert "Is it right?\n" in pen.last.text


async def test_a_proposal_goes_to_the_lead_once_a_system(pen: Pen) -> None:
    """With counts, and the task to decide it."""
    for system in ("news", "crm", "news"):
        order = Proposed(
            sweep="sweep-2026-06-19",
            policy=pen.policy,
            system=system,
            title=system.title(),
            records={"marketing data": 2},
            task_id="sweep-2026-06-19.1",
        )
        await ActivityEnvironment().run(pen.letters.announce_proposal, order)

    assert [each.written.subject for each in pen.post.sent] == [
        "[Retention] 2 records in News may go",
        "[Retention] 2 records in Crm may go",
    ]
    assert {each.to for each in pen.post.sent} == {LEAD}


class Server:
    """A mail server that keeps what it was given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - SMTP's name
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@asynccontextmanager
async def smtp() -> AsyncIterator[tuple[SmtpMail, Server]]:
    kept = Server()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(kept, loop=loop), "127.0.0.1", 0)
    mail = SmtpMail(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", "privacy@opensession.example")
    try:
        yield mail, kept
    finally:
        await mail.close()
        server.close()


@pytest.mark.parametrize(
    "reason", ["plain", "Zoë asked twice, on 3 May and again: 五月", f"From {'word ' * 40}", "> quoted"]
)
async def test_a_mail_has_both_parts_and_says_that_a_program_wrote_it(reason: str) -> None:
    """multipart/alternative, the text first and flowed; what arrives has the hash that the ledger keeps."""
    written = LetterForms().write(Extension(head=head(), reason=reason, answer_by=DAY))

    async with smtp() as (mail, kept):
        await mail.send(ADA, written.subject, written.text, "request-1.extension", html=written.html)

    (arrived,) = kept.mails
    parts = list(arrived.iter_parts())
    text, html = (str(part.get_content()).replace("\r\n", "\n") for part in parts)
    assert arrived.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert parts[0]["Content-Type"].params["format"] == "flowed"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["Message-ID"] == "<request-1.extension@opensession.example>"
    assert Written(subject=str(arrived["Subject"]), text=text, html=html).sha256 == written.sha256
