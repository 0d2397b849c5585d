"""A mail server that says no: what is final counts as a letter that came back, what may be our own fault does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from activities.mail import SmtpMail, Undeliverable
from activities.policies import Policies
from activities.undelivered import TOLD_AFTER, TellingMail, Undelivered
from connectors.connector import TryLater
from dsar.mail_note import MailQuestionStart
from dsar.undelivered import UNKNOWN, LetterBack, settled
from ledger.ledger import Ledger
from tests.unit.mailbox_rig import POLICY
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault

ADA = "canary.mail@example.com"
OWNER = f"mail-{'a' * 24}"
LETTER = f"{OWNER}.how-to-ask"


class Server:
    """Answers as it is told to."""

    def __init__(self, at: str, answer: str) -> None:
        self._said = {at: answer}
        self.ids: list[bytes] = []

    async def handle_MAIL(  # noqa: N802 - SMTP's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self._said.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 - SMTP's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" not in self._said:
            envelope.rcpt_tos.append(address)
        return self._said.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - SMTP's name
        assert isinstance(envelope.content, bytes)
        self.ids += [line for line in envelope.content.splitlines() if line.lower().startswith(b"message-id")]
        return self._said.get("DATA", "250 OK")


@asynccontextmanager
async def smtp(at: str, answer: str, sender: str = "privacy@company.example") -> AsyncIterator[tuple[SmtpMail, Server]]:
    kept = Server(at, answer)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(kept, loop=loop), "127.0.0.1", 0)
    mail = SmtpMail(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", sender)
    try:
        yield mail, kept
    finally:
        await mail.close()
        server.close()


@pytest.mark.parametrize(
    ("at", "answer", "status", "final"),
    [
        ("RCPT", f"550 5.1.1 <{ADA}>: no such user", "5.1.1", True),
        ("RCPT", f"550 no such user {ADA}", UNKNOWN, True),
        ("RCPT", "552 5.2.2 mailbox full", "5.2.2", True),
        ("RCPT", "554 5.7.1 Relay access denied", "5.7.1", False),
        ("RCPT", "530 Authentication required", UNKNOWN, False),
        ("DATA", "552 5.2.3 too large", "5.2.3", True),
        ("DATA", "554 5.7.1 spam", "5.7.1", False),
        ("MAIL", "550 5.1.8 sender unknown", "5.1.8", False),
        ("MAIL", "550 4.1.1 confused", UNKNOWN, False),
    ],
)
async def test_a_refusal_for_good_says_whose_fault_it_is(at: str, answer: str, status: str, final: bool) -> None:
    """Only the recipient's is final; of the server's words, the code alone is kept."""
    async with smtp(at, answer) as (mail, _):
        with pytest.raises(Undeliverable) as caught:
            await mail.send(ADA, "x", "y", LETTER)

    assert (caught.value.status, caught.value.final) == (status, final)
    assert ADA not in str(caught.value)
    assert "no such" not in str(caught.value)


@pytest.mark.parametrize(("at", "answer"), [("RCPT", "450 4.2.0 greylisted"), ("DATA", "451 4.7.1 later")])
async def test_what_is_refused_for_now_is_tried_again(at: str, answer: str) -> None:
    """As ever; a letter goes out once it is taken."""
    async with smtp(at, answer) as (mail, _):
        with pytest.raises(TryLater) as caught:
            await mail.send(ADA, "x", "y", LETTER)

    assert not isinstance(caught.value, Undeliverable)


async def test_a_sender_with_a_name_makes_a_whole_message_id() -> None:
    """It is by it that a letter is known when it comes back."""
    async with smtp("", "", "The Company <privacy@company.example>") as (mail, kept):
        await mail.send(ADA, "x", "y", LETTER)

    assert kept.ids == [f"Message-ID: <{LETTER}@company.example>".encode()]


class Refusing:
    """A mail server in short."""

    def __init__(self, *, final: bool) -> None:
        self._final = final

    async def send(self, to: str, subject: str, text: str, message_id: str, *, html: str = "") -> None:
        raise Undeliverable("5.7.1", final=self._final)


class Heard:
    """Remembers what sagas were told, if there are any."""

    def __init__(self) -> None:
        self.told: list[tuple[str, LetterBack]] = []

    async def tell(self, request_id: str, back: LetterBack) -> bool:
        self.told.append((request_id, back))
        return True

    async def ask(self, start: MailQuestionStart) -> None:
        raise AssertionError(start)


@asynccontextmanager
async def telling(folder: Path, heard: Heard, *, final: bool, tries: int) -> AsyncIterator[tuple[TellingMail, Ledger]]:
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{folder / 'ledger.sqlite'}", b"a" * 32)
    store = DiskStore(folder / "vault", durable=False)
    vault = Vault(store, KeyRing(store, {"m": bytes(32)}, "m"))
    undelivered = Undelivered(ledger, vault, Policies(ledger), POLICY, heard.tell, heard.ask)
    try:
        await ledger.letters.claim(LETTER.replace(".", ":"), OWNER, "how-to-ask")
        yield TellingMail(Refusing(final=final), undelivered, lambda: tries), ledger
    finally:
        await ledger.close()


@pytest.mark.parametrize("tries", [1, TOLD_AFTER - 1, TOLD_AFTER, TOLD_AFTER + 9])
async def test_what_may_be_our_own_fault_is_told_after_an_hour_and_tried_on(tmp_path: Path, tries: int) -> None:
    """Once: a mail server that was set up wrong for a moment bothers nobody."""
    async with telling(tmp_path, Heard(), final=False, tries=tries) as (mail, ledger):
        for _ in range(3):
            with pytest.raises(TryLater):
                await mail.send(ADA, "x", "y", LETTER)
        entries = await ledger.journal.entries(OWNER)

    assert [entry.facts["tried_on"] for entry in entries] == [True] * (tries >= TOLD_AFTER)


async def test_what_somebody_has_seen_to_is_tried_no_more(tmp_path: Path) -> None:
    """Whoever finished the task has told the person another way: the story goes on."""
    async with telling(tmp_path, Heard(), final=False, tries=TOLD_AFTER) as (mail, ledger):
        with pytest.raises(TryLater):
            await mail.send(ADA, "x", "y", LETTER)
        await ledger.journal.append(OWNER, settled("how-to-ask"), "somebody saw to it")

        await mail.send(ADA, "x", "y", LETTER)


async def test_a_letter_that_nobody_waits_for_is_noted(tmp_path: Path) -> None:
    """The reply to a mail of a stranger: nobody is told of it, and it holds nothing up."""
    heard = Heard()

    async with telling(tmp_path, heard, final=True, tries=1) as (mail, ledger):
        await mail.send(ADA, "x", "y", LETTER)
        (entry,) = await ledger.journal.entries(OWNER)

    assert (entry.step, entry.facts["status"], heard.told) == ("undelivered:how-to-ask", "5.7.1", [])


async def test_what_is_no_letter_of_ours_fails_as_ever(tmp_path: Path) -> None:
    """Nobody would hear of it."""
    async with telling(tmp_path, Heard(), final=True, tries=1) as (mail, _):
        with pytest.raises(Undeliverable):
            await mail.send(ADA, "x", "y", "something.else")
