"""Mails that come in over a real IMAP server, and what becomes of each: once, whatever breaks in between."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from activities.mail_questions import NOTE, RAW
from dsar.case import Case
from dsar.mail_note import MailNote, Purpose, instructions
from dsar.mail_rules import Verdict
from dsar.requests import Right
from dsar.submission import Channel, Submission
from dsar.talking import Message
from dsar.undelivered import LetterBack
from intake.desk import Desk, Receipt
from intake.engine import EngineDown
from intake.handing_over import CASE
from intake.inbox import Address, BadInbox, Delivery, InboxDown, opened, parse_address
from intake.mailbox import Mailbox
from ledger.mails import KEPT
from ledger.requests import RequestRow
from tests.unit.mailbox_rig import HELLO, KEY, POLICY, PRIVACY, Office, Server, mail_server, office
from tests.unit.report_samples import postfix
from vault.keys import KeyDestroyed

DELETE = "Please delete my personal data."
UNSURE = "How can I delete my data?"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with mail_server(tmp_path) as made:
        yield made


@pytest.fixture
async def company(server: Server, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(server, tmp_path) as made:
        yield made


async def requests(company: Office) -> list[RequestRow]:
    return await company.ledger.requests.open()


async def notes(company: Office) -> list[MailNote]:
    return [await company.vault.get_model(each, NOTE, MailNote) for each in company.engine.asked]


async def test_a_mail_becomes_a_request(company: Office) -> None:
    """By its claimed sender, through the channel of mail, from when our server took it: not from its own date."""
    before = datetime.now(UTC).replace(microsecond=0)
    await company.server.send(DELETE, "Dana <dana@somewhere.example>", Date="Mon, 5 Jan 2026 10:00:00 +0000",
                              Reply_To="thief@evil.example")  # fmt: skip

    counts = await company.mailbox().read()

    (row,) = await requests(company)
    case = await company.vault.get_model(row.id, CASE, Case)
    assert counts == {Verdict.REQUEST: 1}
    assert (row.right, row.channel) == (Right.DELETE, Channel.EMAIL)
    assert [i.value for i in case.identity.identifiers] == ["dana@somewhere.example"]
    assert before <= row.received_at <= datetime.now(UTC)
    assert [started.request_id for started in company.engine.started] == [row.id]


async def test_each_mail_once(company: Office) -> None:
    """By another reader, and when the server has numbered its mails anew."""
    await company.server.send(DELETE)
    await company.server.send(UNSURE)
    await company.mailbox().read()
    (mailbox_id,) = [row["id"] for row in await positions(company)]
    position = await company.ledger.mails.position(mailbox_id)
    assert position is not None

    again = await company.mailbox().read()
    await company.ledger.mails.move(mailbox_id, position.model_copy(update={"uidvalidity": 1, "last_uid": 0}))
    anew = await company.mailbox().read()

    assert again == {}
    assert anew == {Verdict.REQUEST: 1, Verdict.UNCLEAR: 1}
    assert (len(await requests(company)), len(company.engine.asked)) == (1, 1)
    assert len(await company.ledger.mails.list()) == 2
    assert len(await company.ledger.journal.entries((await requests(company))[0].id)) == 1


async def positions(company: Office) -> Sequence[dict[str, str]]:
    from tests.unit.ledger_rig import sql  # noqa: PLC0415 - looks behind the ledger's back

    rows = await sql(f"sqlite+aiosqlite:///{company.folder / 'ledger.sqlite'}", "SELECT id FROM mailboxes")
    return [{"id": row[0]} for row in rows]


async def test_a_flood_of_duplicates_is_one_request_and_delays_no_other(company: Office) -> None:
    """Forty times the same, and three others: four requests."""
    for number in range(40):
        await company.server.send(f"{DELETE}\n{number}")
    for name in ("a", "b", "c"):
        await company.server.send(DELETE, f"{name}@somewhere.example")
    for _ in range(10):
        await company.server.send(UNSURE)

    counts = await company.mailbox().read()

    assert counts == {Verdict.REQUEST: 43, Verdict.UNCLEAR: 10}
    assert len(await requests(company)) == 4
    assert len(company.engine.asked) == 1, "the same question of the same sender is asked once a day"


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        (PRIVACY, {}),
        ("dana@somewhere.example", {"Auto-Submitted": "auto-replied"}),
        ("dana@somewhere.example", {"List-Id": "<news.example>"}),
        ("MAILER-DAEMON@mx.example", {}),
    ],
)
async def test_loops_and_machines_start_nothing(company: Office, sender: str, headers: dict[str, str]) -> None:
    """They are left alone, and the ledger says why."""
    await company.server.send(DELETE, sender, **headers)

    assert await company.mailbox().read() == {Verdict.AUTOMATIC: 1}

    (row,) = await company.ledger.mails.list()
    assert (row.owner, bool(row.why)) == (None, True)
    assert (await requests(company), company.engine.asked) == ([], {})


class Dying(Desk):
    """Dies once it has done its work, before anybody hears of it."""

    async def submit(self, submission: Submission) -> Receipt:
        await super().submit(submission)
        raise ConnectionResetError


async def test_killed_in_between(company: Office) -> None:
    """What was handed in and not settled joins itself; what came behind it was not held up."""
    dying = Dying(company.engine, company.ledger, company.vault, company.policies, POLICY, (), KEY)
    await company.server.send(DELETE)
    await company.server.send("Hello there", "b@somewhere.example", Subject="Hi")

    with pytest.raises(ConnectionResetError):
        await company.mailbox(company.door(dying)).read()
    settled = [row.verdict for row in await company.ledger.mails.list()]
    await company.mailbox().read()

    assert settled == [Verdict.NOT_A_REQUEST]
    (row,) = await requests(company)
    assert [mail.owner for mail in await company.ledger.mails.list()] == [None, row.id]
    assert await company.mailbox().read() == {}


async def test_while_the_engine_is_down(company: Office) -> None:
    """A request is kept, with its dates; a question waits in the mailbox, and neither is lost."""
    company.engine.up = False
    await company.server.send(UNSURE)
    await company.server.send(DELETE, "b@somewhere.example")

    with pytest.raises(EngineDown):
        await company.mailbox().read()
    kept = await company.ledger.requests.unstarted(timedelta(0))
    company.engine.up = True
    counts = await company.mailbox().read()

    assert len(kept) == 1
    assert counts == {Verdict.UNCLEAR: 1, Verdict.REQUEST: 1}
    assert (len(await requests(company)), len(company.engine.asked)) == (1, 1)


async def begun(company: Office) -> RequestRow:
    """A deletion that was asked for by mail."""
    await company.server.send(DELETE)
    await company.mailbox().read()
    (row,) = await requests(company)
    return row


def letter_of(row: RequestRow) -> str:
    return f"<{row.id}.acknowledgement@company.example>"


async def test_an_answer_to_a_letter_of_ours_joins_what_is_said_about_its_request(company: Office) -> None:
    """Sealed under it, and said once; one that only claims to be an answer is judged as any other."""
    row = await begun(company)
    answer = "The second account is mine, too.\n\nOn Tue, 5 May 2026, Company wrote:\n> Which accounts?"

    await company.server.send(answer, In_Reply_To=letter_of(row), Subject="Re: x")
    await company.server.send("Sounds good", In_Reply_To=f"<request-{'a' * 24}.answer@company.example>", Subject="Re:")
    counts = await company.mailbox().read()
    again = await company.mailbox().read()

    assert (counts, again) == ({Verdict.UNCLEAR: 1, Verdict.NOT_A_REQUEST: 1}, {})
    assert len(await requests(company)) == 1
    assert not company.engine.asked
    (message,) = company.engine.written[row.id].values()
    assert message == Message(text="Re: x\n\nThe second account is mine, too.", mail_from="dana@somewhere.example")
    assert len(await company.vault.names(row.id, "mail/")) == 2


async def test_an_answer_that_asks_for_something_new_is_read_as_a_mail(company: Office) -> None:
    """A person says which rights it names; what asks again for what was asked for already joins the talk."""
    row = await begun(company)

    await company.server.send("Thanks. Send me a copy of my data!", In_Reply_To=letter_of(row), Subject="Re: x")
    await company.server.send("I said: delete my account!", In_Reply_To=letter_of(row), Subject="Re: x")
    await company.mailbox().read()

    (note,) = await notes(company)
    assert (note.purpose, note.about, note.rights) == (Purpose.ANSWER, (row.id,), (Right.ACCESS,))
    assert row.id in instructions(note)
    assert len(company.engine.written[row.id]) == 1
    assert len(await requests(company)) == 1


async def test_an_answer_to_what_is_over_is_read_as_a_mail(company: Office) -> None:
    """There is no saga left to hear it."""
    row = await begun(company)
    company.engine.over.add(row.id)

    await company.server.send("And now?", In_Reply_To=letter_of(row), Subject="Re: x")
    await company.mailbox().read()

    (note,) = await notes(company)
    assert (note.purpose, note.about) == (Purpose.ANSWER, (row.id,))


async def test_an_answer_waits_for_the_engine_in_the_mailbox(company: Office) -> None:
    """It is said once it is back, and once."""
    row = await begun(company)
    await company.server.send("", In_Reply_To=letter_of(row), Subject="")
    company.engine.up = False

    with pytest.raises(EngineDown):
        await company.mailbox().read()
    company.engine.up = True
    await company.mailbox().read()

    assert [each.text for each in company.engine.written[row.id].values()] == ["(No text.)"]


async def test_a_report_waits_for_the_engine_in_the_mailbox(company: Office) -> None:
    """That a letter came back is told once it is there, and once; an outage of the engine loses no report."""
    row = await begun(company)
    await company.ledger.letters.claim(f"{row.id}:acknowledgement", row.id, "acknowledgement")
    raw = postfix(f"{row.id}.acknowledgement").replace(b"opensession.co", b"company.example")
    report = message_from_bytes(raw, _class=EmailMessage, policy=default)
    report.replace_header("To", HELLO)
    company.engine.up = False
    await company.server.deliver(report)
    await company.server.deliver(report)

    with pytest.raises(EngineDown):
        await company.mailbox().read()
    company.engine.up = True
    counts = await company.mailbox().read()

    assert counts == {Verdict.AUTOMATIC: 2}
    assert company.engine.backs == [(row.id, LetterBack(letter="acknowledgement", status="5.1.1"))]
    assert not company.engine.asked


async def test_what_a_person_reads(company: Office) -> None:
    """The mail, why they are asked, what is proposed, and the reply that is ready."""
    await company.server.send(UNSURE, Subject="My data")

    await company.mailbox().read()

    (note,) = await notes(company)
    words = instructions(note)
    assert note.rights == (Right.DELETE,)
    assert all(said in words for said in (UNSURE, "My data", "dana@somewhere.example", "delete", note.form))
    (start,) = company.engine.asked.values()
    assert date.today() < start.remind_on < start.due  # noqa: DTZ011 - business days from now, of whichever zone


async def test_a_question_has_an_id_by_chance(server: Server, tmp_path: Path) -> None:
    """The same mail, day and key give another in another ledger: from an id, nobody learns who wrote when."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    async with office(server, tmp_path / "a") as one, office(server, tmp_path / "b") as other:
        await server.send(UNSURE)

        await one.mailbox().read()
        await other.mailbox().read()

        assert (len(one.engine.asked), len(other.engine.asked)) == (1, 1)
        assert not set(one.engine.asked) & set(other.engine.asked)


async def test_attachments_are_sealed_under_the_request_and_die_with_its_key(company: Office) -> None:
    """Unasked proof is kept nowhere else, and never opened."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "dana@somewhere.example", HELLO, "CCPA Request"
    message.set_content(DELETE)
    message.add_attachment(b"a passport", maintype="image", subtype="png", filename="passport.png")
    await company.server.deliver(message)

    await company.mailbox().read()

    (row,) = await requests(company)
    (name,) = await company.vault.names(row.id, "mail/")
    assert b"passport.png" in await company.vault.get(row.id, name)
    await company.vault.destroy(row.id)
    with pytest.raises(KeyDestroyed):
        await company.vault.get(row.id, name)


async def test_the_passphrase_of_a_copy_is_passed_on_by_a_person(company: Office) -> None:
    """Once for each request, however often it is asked for; and never for what needs none."""
    await company.server.send("Please send me a copy of my data.")
    await company.server.send("Please send me a copy of my data. Again!")
    await company.server.send(DELETE, "b@somewhere.example")

    await company.mailbox().read()

    (note,) = await notes(company)
    assert note.purpose is Purpose.PASSPHRASE
    assert "starter.py passphrase" in instructions(note)
    (mail_id,) = company.engine.asked
    assert not await company.vault.exists(mail_id, RAW)


async def test_a_right_that_needs_details_is_asked_about_beside_the_others(company: Office) -> None:
    """The deletion starts; what is to be corrected, a person reads."""
    await company.server.send("Delete my data, and correct my details: I moved.")

    await company.mailbox().read()

    assert [row.right for row in await requests(company)] == [Right.DELETE]
    (note,) = await notes(company)
    assert note.rights == (Right.CORRECT,)


async def test_what_lay_there_before_is_left_alone_unless_asked_for(server: Server, tmp_path: Path) -> None:
    """Old mail was dealt with by people; whoever wants it read says so at the first reading."""
    await server.send(DELETE)
    (tmp_path / "a").mkdir()
    async with office(server, tmp_path / "a") as company:
        company_mailbox = Mailbox(
            lambda: opened(company.address), "another", company.door(), company.ledger, KEY,
            now=lambda: datetime.now(UTC) + timedelta(days=2),
        )  # fmt: skip

        left = await company_mailbox.read()
        taken = await Mailbox(lambda: opened(company.address), "a third", company.door(), company.ledger, KEY).read(
            datetime(2020, 1, 1, tzinfo=UTC)
        )

    assert (left, taken) == ({}, {Verdict.REQUEST: 1})


async def test_logs_say_nothing_of_a_mail(company: Office, capfd: pytest.CaptureFixture[str]) -> None:
    """Ids, numbers and verdicts only, also where something breaks."""
    dying = Dying(company.engine, company.ledger, company.vault, company.policies, POLICY, (), KEY)
    await company.server.send(f"{DELETE} canary-7f3a", "canary@somewhere.example", Subject="CCPA Request canary-7f3a")

    with pytest.raises(ConnectionResetError):
        await company.mailbox(company.door(dying)).read()
    await company.mailbox().read()

    said = "".join(capfd.readouterr())
    assert "mail settled" in said
    assert "canary" not in said


class Shelf:
    """A mailbox in memory, which notes what is done to it."""

    uidvalidity = 7

    def __init__(self, *raw: bytes) -> None:
        self.mails = dict(enumerate(raw, 1))
        self.flagged: list[int] = []

    async def uids_after(self, uid: int, since: date) -> Sequence[int]:
        return [each for each in self.mails if each > uid]

    async def fetch(self, uid: int) -> Delivery | None:
        return Delivery(uid, datetime.now(UTC), self.mails[uid], whole=len(self.mails[uid]) < 10_000)

    async def flag(self, uid: int) -> None:
        self.flagged.append(uid)
        raise InboxDown


async def test_mails_are_flagged_and_nothing_else(company: Office) -> None:
    """A server that keeps no flags is no trouble; what cannot be read, or not to its end, goes to a person."""
    unreadable = b"Content-Type: multipart/mixed; boundary=b\r\n" * 500 + b"\r\nx"
    endless = b"From: d@e.example\r\nSubject: CCPA Request\r\n\r\nDelete my data." + b" x" * 10_000
    shelf = Shelf(b"From: a@b.example\r\n\r\nhello", unreadable, endless)

    @asynccontextmanager
    async def taken_down() -> AsyncIterator[Shelf]:
        yield shelf

    counts = await Mailbox(taken_down, "shelf", company.door(), company.ledger, KEY).read()

    assert shelf.flagged == [1, 2, 3]
    assert counts == {Verdict.NOT_A_REQUEST: 1, Verdict.UNCLEAR: 2}


class Renumbered(Shelf):
    """Mails of given ages; the server can number them anew."""

    def __init__(self, **came: datetime) -> None:
        super().__init__(*(f"From: {name}@b.example\r\n\r\n{DELETE}".encode() for name in came))
        self.came = list(came.values())

    async def fetch(self, uid: int) -> Delivery | None:
        return Delivery(uid, self.came[uid - 1], self.mails[uid])


async def test_old_mails_are_known_by_their_date_when_the_server_numbers_them_anew(company: Office) -> None:
    """Their hashes are forgotten by then. What came since, and what is put into the mailbox later, is read."""
    now = datetime.now(UTC)
    old, recent = now - KEPT - timedelta(days=3), now - timedelta(days=3)
    shelf = Renumbered(old=old, recent=recent)

    @asynccontextmanager
    async def renumbered() -> AsyncIterator[Renumbered]:
        yield shelf

    box = Mailbox(renumbered, "renumbered", company.door(), company.ledger, KEY)
    await box.read(datetime(2020, 1, 1, tzinfo=UTC))
    await forget_first(company)
    shelf.uidvalidity, moved = 8, Renumbered(recent=recent, waiting=now, old=old)
    shelf.mails, shelf.came = moved.mails, moved.came
    anew = await box.read()
    shelf.mails[4] = f"From: moved@b.example\r\n\r\n{DELETE}".encode()
    shelf.came.append(old)

    assert anew == {Verdict.REQUEST: 2}
    assert await box.read() == {Verdict.REQUEST: 1}
    assert len(await requests(company)) == 4


async def forget_first(company: Office) -> None:
    """Two months after the first mail was settled, the ledger forgets what it may."""
    from tests.unit.ledger_rig import sql  # noqa: PLC0415 - looks behind the ledger's back

    await sql(
        f"sqlite+aiosqlite:///{company.folder / 'ledger.sqlite'}",
        "UPDATE mails SET seen_at = '2020-01-01 00:00:00' WHERE key = (SELECT key FROM mails ORDER BY seen_at LIMIT 1)",
    )
    await company.ledger.forgetting.purge()


class Stumbling(Shelf):
    """Loses the connection over its first mail."""

    mended = False

    async def fetch(self, uid: int) -> Delivery | None:
        if uid == 1 and not self.mended:
            raise InboxDown
        return await super().fetch(uid)


async def test_a_mail_over_which_the_connection_is_lost_holds_up_no_other(company: Office) -> None:
    """It is read again, after them, and the mailbox counts as read only up to it."""
    shelf = Stumbling(*(f"From: {name}@b.example\r\n\r\n{DELETE}".encode() for name in ("a", "b", "c")))

    @asynccontextmanager
    async def stumbling() -> AsyncIterator[Stumbling]:
        yield shelf

    box = Mailbox(stumbling, "stumbling", company.door(), company.ledger, KEY)
    for _ in range(2):
        with pytest.raises(InboxDown):
            await box.read(datetime(2020, 1, 1, tzinfo=UTC))
    others = len(await requests(company))
    shelf.mended = True
    await box.read()

    assert others == 2
    assert len(await requests(company)) == 3
    assert await box.read() == {}


async def test_a_server_that_refuses_is_tried_again(company: Office) -> None:
    """The reader goes on, waits longer each time, and says why without an address."""
    refused = Address("127.0.0.1", company.server.imap, HELLO, "wrong", secure=False)
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise StopAsyncIteration

    with pytest.raises(StopAsyncIteration):
        await Mailbox(lambda: opened(refused), "refused", company.door(), company.ledger, KEY).run(pause)

    assert waits == [60.0, 120.0, 240.0]


@pytest.mark.parametrize(
    "url",
    [
        "https://hello@mail.example", "imaps://mail.example", "imaps://hello:secret@mail.example",
        "imap://hello@mail.example", "imaps://hel%22lo@mail.example", "imaps://hello@mail.example/a%0d%0ab", "8080",
    ],
)  # fmt: skip
def test_addresses_that_cannot_be_used_are_refused(url: str) -> None:
    """Neither a password in the address, nor one that would go over the wire in clear, nor words for the server."""
    with pytest.raises(BadInbox) as refused:
        parse_address(url, "secret")

    assert "secret" not in str(refused.value)
    assert "mail.example" not in str(refused.value)


def test_an_address() -> None:
    """What is left out has its usual value; the password does not show."""
    found = parse_address("imaps://hello%40company.example@mail.example/INBOX/Privacy", "secret")

    assert (found.host, found.port, found.user, found.folder) == ("mail.example", 993, HELLO, "INBOX/Privacy")
    assert "secret" not in repr(found)
