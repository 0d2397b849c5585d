"""Mail servers that lack something, hide something, or write it otherwise: mail-devel does none of this."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from connectors.connector import NeedsPerson, TryLater
from connectors.imap import Imap
from connectors.imap_mailbox import PIECE
from connectors.imap_wire import quoted
from dsar.identity import Key
from dsar.records import OutcomeKind
from tests.contract.acts import download, locate
from tests.contract.imap_fake import Box, FakeImap
from tests.contract.people import ADA
from tests.contract.rigs.imap import config, mail

(ADDRESS,) = ADA.values(Key.EMAIL)
GMAIL = "IMAP4rev1 UIDPLUS MOVE X-GM-EXT-1"
WRITES = ("UID STORE", "UID EXPUNGE", "EXPUNGE", "CLOSE", "UID MOVE", "APPEND", "SELECT")


@asynccontextmanager
async def mailbox(server: FakeImap, **changed: object) -> AsyncIterator[Imap]:
    async with server.serve() as address:
        yield Imap(config(address, "box", **changed))


def wrote(server: FakeImap) -> list[str]:
    """The commands that change something, or could."""
    return [command for command in server.heard if command.startswith(WRITES)]


async def test_without_uidplus_each_mail_is_a_persons_task_and_nothing_is_marked() -> None:
    """A plain EXPUNGE would delete whatever anybody has marked: it is never sent."""
    server = FakeImap("IMAP4rev1")
    server.put("INBOX", mail(ADDRESS))

    async with mailbox(server) as connector:
        records = await locate(connector, ADA)
        (outcome,) = await connector.erase(records)

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "Question 0 (INBOX, 2024-02-01)" in outcome.instructions
    assert wrote(server) == []


async def test_imap4rev2_expunges_single_mails_by_itself() -> None:
    """RFC 9051 took UIDPLUS in: such a server need not name it."""
    server = FakeImap("IMAP4rev2")
    server.put("INBOX", mail(ADDRESS))

    async with mailbox(server) as connector:
        (outcome,) = await connector.erase(await locate(connector, ADA))

    assert outcome.kind is OutcomeKind.ERASED
    assert [re.sub(r"\d+", "N", each) for each in wrote(server)] == [
        'SELECT "INBOX"',
        "UID STORE N +FLAGS.SILENT (\\Deleted)",
        "UID EXPUNGE N",
    ]


async def test_a_folder_that_may_only_be_read_is_a_persons_task() -> None:
    """Nothing is marked in it."""
    server = FakeImap(boxes={"INBOX": Box(writable=False)})
    server.put("INBOX", mail(ADDRESS))

    async with mailbox(server) as connector:
        (outcome,) = await connector.erase(await locate(connector, ADA))

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert wrote(server) == ['SELECT "INBOX"']


async def test_mails_that_were_numbered_anew_are_found_by_what_they_are() -> None:
    """Another UIDVALIDITY, other numbers, the old ones given to others: still the right mail goes, and no other."""
    server = FakeImap()
    written, others = mail(ADDRESS), mail("bob@example.com")
    uid = server.put("INBOX", written)

    async with mailbox(server) as connector:
        records = await locate(connector, ADA)
        server.boxes["INBOX"] = Box(validity=8, mails={uid: others, 3: written})
        (before,) = await connector.check(records)
        (outcome,) = await connector.erase(records)

    assert before.kind is OutcomeKind.REFUSED
    assert outcome.kind is OutcomeKind.ERASED
    assert server.boxes["INBOX"].mails == {uid: others}


async def test_a_number_that_another_mail_has_got_is_not_believed() -> None:
    """A server that forgot to say so: what stands there now is somebody else's."""
    server = FakeImap()
    uid = server.put("INBOX", mail(ADDRESS))

    async with mailbox(server) as connector:
        records = await locate(connector, ADA)
        server.boxes["INBOX"].mails[uid] = mail("bob@example.com")
        (outcome,) = await connector.erase(records)

    assert outcome.kind is OutcomeKind.NOT_FOUND
    assert uid in server.boxes["INBOX"].mails


async def test_a_search_that_a_new_numbering_interrupts_begins_the_folder_anew() -> None:
    """No mail is passed over because it now stands before the place where the last page ended."""
    server = FakeImap()
    mails = [mail(ADDRESS, number) for number in range(8)]
    for each in mails:
        server.put("INBOX", each)

    async with mailbox(server) as connector:
        first = await connector.locate(ADA)
        server.boxes["INBOX"] = Box(validity=8, mails=dict(enumerate(mails, start=1)))
        second = await connector.locate(ADA, first.cursor)
        third = await connector.locate(ADA, second.cursor)

    assert first.cursor
    assert [record.state["uid"] for page in (second, third) for record in page.records] == list(range(1, 9))


async def test_where_one_folder_shows_all_the_others_are_not_looked_in() -> None:
    """Gmail's labels would tell of each mail several times; spam and trash alone are not in All Mail."""
    server = FakeImap(
        GMAIL,
        {
            "INBOX": Box(),
            "[Gmail]/All Mail": Box(flags="\\All"),
            "[Gmail]/Spam": Box(flags="\\Junk"),
            "[Gmail]/Trash": Box(flags="\\Trash"),
            "[Gmail]": Box(flags="\\Noselect"),
        },
    )
    written = mail(ADDRESS)
    for folder in ("INBOX", "[Gmail]/All Mail"):
        server.put(folder, written)

    async with mailbox(server) as connector:
        records = await locate(connector, ADA)

    assert [record.state["folder"] for record in records] == ["[Gmail]/All Mail"]
    assert 'EXAMINE "INBOX"' not in server.heard


async def test_gmail_deletes_what_lies_in_its_trash_and_so_it_is_put_there_first() -> None:
    """Expunging from All Mail would leave the mail where it is; interrupted in between, it is found in the trash."""
    server = FakeImap(GMAIL, {"All": Box(flags="\\All"), "Trash": Box(flags="\\Trash")})
    server.put("All", mail(ADDRESS))
    server.put("Trash", mail("bob@example.com"))

    async with mailbox(server) as connector:
        records = await locate(connector, ADA)
        server.hangs_up_after = "UID EXPUNGE"
        server.boxes["Trash"].refuses = "UNAVAILABLE"
        with pytest.raises(TryLater):
            await connector.erase(records)
        server.boxes["Trash"].refuses, server.hangs_up_after = "", None
        (between,) = await connector.check(records)
        (outcome,) = await connector.erase(records)
        (after,) = await connector.check(records)

    assert between.kind is OutcomeKind.REFUSED
    assert (outcome.kind, after.kind) == (OutcomeKind.ERASED, OutcomeKind.ERASED)
    assert (len(server.boxes["All"].mails), len(server.boxes["Trash"].mails)) == (0, 1)


async def test_gmail_that_hides_its_trash_is_a_persons_task() -> None:
    """The task says where to show it; nothing is marked."""
    server = FakeImap(GMAIL, {"All": Box(flags="\\All")})
    server.put("All", mail(ADDRESS))

    async with mailbox(server) as connector:
        (outcome,) = await connector.erase(await locate(connector, ADA))

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "Show in IMAP" in outcome.instructions
    assert wrote(server) == []


async def test_what_the_server_still_has_after_the_order_is_not_said_to_be_gone() -> None:
    """It said OK: looked for again, the mail is there, and a person is told."""
    server = FakeImap()
    server.put("INBOX", mail(ADDRESS))
    server.capabilities += " X-GM-EXT-1"  # it takes the mail out of no folder
    server.boxes["Trash"] = Box(flags="\\Trash")

    async with mailbox(server) as connector:
        records = await locate(connector, ADA)
        server.boxes["Trash"].flags = "\\Trash"
        server.boxes["Trash"].deleted = _Forgetful()
        (outcome,) = await connector.erase(records)

    assert outcome.kind is OutcomeKind.NEEDS_PERSON


class _Forgetful(set[int]):
    """Marks that do not last."""

    def update(self, *_: object) -> None:
        """Mark nothing."""


@pytest.mark.parametrize(
    "style",
    [
        lambda content: b"{%d}\r\n%s" % (len(content), content),
        lambda content: b'"%s"' % re.sub(rb'(["\\])', rb"\\\1", content) if b"\n" not in content else _literal(content),
    ],
    ids=["literals", "quotes"],
)
async def test_strings_are_read_however_they_are_written(style: Callable[[bytes], bytes]) -> None:
    """A literal or between quotes, in a list of folders, a head or a text: servers choose."""
    server = FakeImap(boxes={'Cl"ients (old)': Box()})
    server.style = style
    server.put('Cl"ients (old)', mail(ADDRESS, text="{5}) \\ ("))

    async with mailbox(server) as connector:
        records = await locate(connector, ADA)
        (exported,) = await connector.export(records)

    assert exported.data["text"] == "{5}) \\ (\n"
    assert records[0].state["folder"] == 'Cl"ients (old)'


async def test_names_and_passwords_of_any_letters_are_sent_whole() -> None:
    """What quotes cannot hold goes as a literal, announced by its length; line breaks in it end no command."""
    password = 'pä"ss\\ \r\nh9 LOGOUT'
    server = FakeImap()

    async with mailbox(server, secret=password) as connector:
        await locate(connector, ADA)

    assert server.heard[0] == f'LOGIN "box" "{password}"'
    assert quoted('a"b') == '{3}\x00a"b'


@pytest.mark.parametrize("refusal", ["NOPERM", "CONTACTADMIN"])
async def test_a_folder_that_is_denied_is_never_passed_over(refusal: str) -> None:
    """Nothing found would be a lie."""
    async with mailbox(FakeImap(boxes={"INBOX": Box(refuses=refusal)})) as connector:
        with pytest.raises(NeedsPerson):
            await locate(connector, ADA)


@pytest.mark.parametrize("moment", ["EXAMINE", "UID SEARCH", "UID FETCH", "UID STORE", "UID EXPUNGE"])
async def test_a_line_that_breaks_is_tried_later_wherever_it_breaks(moment: str) -> None:
    """At once, and not when the time is up; repeated, the erasure completes what was done already."""
    server = FakeImap()
    server.put("INBOX", mail(ADDRESS))

    async with mailbox(server) as connector:
        records = await locate(connector, ADA)
        server.hangs_up_after = moment
        with pytest.raises(TryLater):
            await connector.erase(records)
        server.hangs_up_after = None
        (outcome,) = await connector.erase(records)

    assert outcome.kind in {OutcomeKind.ERASED, OutcomeKind.NOT_FOUND}
    assert server.boxes["INBOX"].mails == {}


@pytest.mark.parametrize("wrong", [-100, 100])
async def test_a_server_that_guesses_sizes_loses_nothing(wrong: int) -> None:
    """Exchange does, and guesses better later: the mail comes whole, is the same, and goes."""
    server = FakeImap()
    written = mail(ADDRESS, text="x" * (PIECE + 1000))
    server.put("INBOX", written)

    async with mailbox(server, largest_parsed=1000) as connector:
        server.guesses = wrong
        records = await locate(connector, ADA)
        server.guesses = 0
        chunks = await download(connector, await connector.export(records))
        (outcome,) = await connector.erase(records)

    assert b"".join(chunks) == written
    assert outcome.kind is OutcomeKind.ERASED


async def test_mails_of_a_form_that_numbers_none_are_told_apart() -> None:
    """Without a Message-ID the same head may come again; by size and time each is itself."""
    server = FakeImap()
    head = f"From: form@company.example\r\nReply-To: {ADDRESS}\r\n\r\n"
    for text in ("one", "three"):
        server.put("INBOX", f"{head}{text}".encode())

    async with mailbox(server) as connector:
        records = await locate(connector, ADA)
        (outcome,) = await connector.erase(records[:1])
        (checked,) = await connector.check(records[1:])

    assert (outcome.kind, checked.kind) == (OutcomeKind.ERASED, OutcomeKind.REFUSED)


def _literal(content: bytes) -> bytes:
    return b"{%d}\r\n%s" % (len(content), content)
