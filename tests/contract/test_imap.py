"""What is peculiar about a mailbox: whose a mail is, what it holds, and where it goes; on a real server."""

import json
from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest

from connectors.connector import TryLater
from connectors.imap import Imap
from connectors.imap_config import ImapConfig
from dsar.identity import Identity, Key
from dsar.records import Anchor, OutcomeKind
from tests.contract.acts import download, locate, walk
from tests.contract.people import ADA, person
from tests.contract.rigs.imap import COMPANY, ImapRig, config, mail

(ADDRESS,) = ADA.values(Key.EMAIL)
MEBIBYTE = 1 << 20


@pytest.fixture
async def rig() -> AsyncIterator[ImapRig]:
    rig = ImapRig()
    async with rig.start():
        yield rig


def other(rig: ImapRig, **changed: object) -> Imap:
    """The same mailbox by another entry of systems.toml."""
    return Imap(ImapConfig.model_validate({**rig.connector.config.model_dump(), **changed}))


async def found(rig: ImapRig, who: Identity = ADA) -> list[str]:
    return sorted(record.id for record in await locate(rig.connector, who))


@pytest.mark.parametrize(
    "head",
    [
        f'From: "{ADDRESS}" <mallory@evil.example>',
        f"From: mallory@evil.example\r\nSubject: about {ADDRESS}",
        f"From: {ADDRESS}.evil.example",
        f"From: mallory@evil.example\r\nX-From: {ADDRESS}",
    ],
)
async def test_a_mail_is_nobodys_whose_address_is_only_mentioned(rig: ImapRig, head: str) -> None:
    """Neither a display name, a subject nor a text makes a mail the person's."""
    await rig.put("INBOX", f"{head}\r\nTo: {COMPANY}\r\n\r\nSays {ADDRESS}.\r\n".encode())

    assert await found(rig) == []


@pytest.mark.parametrize("field", ["From", "Sender", "Reply-To", "To", "Cc"])
async def test_a_mail_is_theirs_wherever_they_stand_among_many(rig: ImapRig, field: str) -> None:
    """Also as one of many recipients, after folding, in capitals and with a name before it."""
    many = ",\r\n ".join(["bob@example.com", f'"Lovelace, Ada" <{ADDRESS.upper()}>', "eve@example.com"])
    planted = await rig.put("INBOX", f"{field}: {many}\r\nSubject: x\r\n\r\nHello\r\n".encode())

    assert await found(rig) == [planted]


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("=?utf-8?q?=C3=BCn=C3=AF?=@example.com", "ünï@example.com"),
        ("ünï@example.com", "ÜNÏ@example.com"),
        ("ada@xn--exmple-cua.com", "ada@exämple.com"),
        ("ada@exämple.com", "ada@xn--exmple-cua.com"),
        ("ada@exämple.com", "ada@exämple.com"),
    ],
)
async def test_foreign_letters_are_found_in_each_of_their_spellings(rig: ImapRig, held: str, asked: str) -> None:
    """Encoded words, UTF-8 in the head, both forms of a domain: one address, and no charset is asked for."""
    planted = await rig.put("INBOX", f"From: Somebody <{held}>\r\n\r\nHello\r\n".encode())

    records = await found(rig, person(asked, "1"))

    assert records == [planted]
    assert b"CHARSET" not in rig.line.heard


async def test_more_addresses_than_fit_into_one_search_are_all_searched_for(rig: ImapRig) -> None:
    """Somebody with a dozen addresses gets the mails of each, once, also those that name two of them."""
    addresses = [f"ada{number}@example.com" for number in range(12)]
    planted = [await rig.put("INBOX", mail(f"{each}, {addresses[0]}", 2)) for each in addresses]
    who = Identity(identifiers=tuple(i for each in addresses for i in person(each, "1").identifiers[:1]))

    assert await found(rig, who) == sorted(planted)


async def test_a_mail_is_dated_by_the_server_and_filed_by_its_folder(rig: ImapRig) -> None:
    """A sender may write any date; the folder says what the mail is about."""
    written = mail(ADDRESS, more="Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n")
    await rig.put("INBOX", written)
    await rig.put("Projects/Engine", mail(ADDRESS))

    records = await locate(rig.connector, ADA)

    assert {record.category for record in records} == {
        "contact information and communications",
        "project communications",
    }
    assert {record.dates[Anchor.LAST_INTERACTION].isoformat() for record in records} == {"2020-07-17"}


async def test_what_is_left_out_is_neither_found_nor_walked_nor_opened(rig: ImapRig) -> None:
    """The letters of requests, and the folder where requests come in, are not the person's to erase."""
    await rig.account.say(b'CREATE "Privacy/Letters"')
    await rig.put("Privacy/Letters", mail(ADDRESS))
    await rig.put("INBOX", f"From: privacy@company.example\r\nTo: {ADDRESS}\r\n\r\nA letter\r\n".encode())
    kept = await rig.put("INBOX", mail(ADDRESS))
    connector = other(rig, leave_out=("Privacy*",), leave_out_senders=("Privacy@company.example",))

    records = await locate(connector, ADA)
    seen = await walk(connector)

    assert [record.id for record in records] == [kept]
    assert [sighting.record.id for sighting in seen] == [kept]
    assert b"Privacy/Letters" not in rig.line.heard


async def test_only_the_folders_that_are_named_are_looked_in(rig: ImapRig) -> None:
    """By their names as people read them; other letters are written in the server's way."""
    await rig.account.say(b'CREATE "Entw&APw-rfe"')
    planted = await rig.put("Entw&APw-rfe", mail(ADDRESS))
    await rig.put("INBOX", mail(ADDRESS))

    records = await locate(other(rig, folders=("Entwürfe",)), ADA)

    assert [record.id for record in records] == [planted]


async def test_a_walk_names_everybody_but_the_company(rig: ImapRig) -> None:
    """Its own address is on every mail, and would make each of them one of its own people's, too."""
    await rig.put("INBOX", mail(f"{ADDRESS}, bob@example.com", 2))

    (sighting,) = await walk(rig.connector)

    assert [identifier.value for identifier in sighting.identifiers] == [ADDRESS, "bob@example.com"]


async def test_what_colleagues_have_marked_as_deleted_stays(rig: ImapRig) -> None:
    """Erasing one mail expunges that mail, and not whatever else was waiting for it."""
    theirs = await rig.put("INBOX", mail("bob@example.com"))
    await rig.put("INBOX", mail(ADDRESS))
    await rig.account.say(b'SELECT "INBOX"', b"UID STORE %d +FLAGS (\\Deleted)" % int(theirs.rpartition(":")[2]))

    outcomes = await rig.connector.erase(await locate(rig.connector, ADA))

    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.ERASED]
    assert await found(rig, person("bob@example.com", "2")) == [theirs]


async def test_a_mail_that_was_moved_since_is_still_there_and_goes(rig: ImapRig) -> None:
    """Gone means looked for in every folder of the kind; a copy filed under another category is another record."""
    await rig.account.say(b'CREATE "Archive"')
    await rig.put("INBOX", mail(ADDRESS))
    records = await locate(rig.connector, ADA)
    (uid,) = (record.state["uid"] for record in records)
    filed = b'UID COPY %d "Projects/Engine"' % uid
    await rig.account.say(b'SELECT "INBOX"', filed, b'UID MOVE %d "Archive"' % uid)

    (before,) = await rig.connector.check(records)
    (exported,) = await rig.connector.export(records)
    (outcome,) = await rig.connector.erase(records)
    (after,) = await rig.connector.check(records)

    assert before.kind is OutcomeKind.REFUSED
    assert exported.record_id == records[0].id
    assert (outcome.kind, after.kind) == (OutcomeKind.ERASED, OutcomeKind.ERASED)
    assert [record.category for record in await locate(rig.connector, ADA)] == ["project communications"]


async def test_a_mail_that_lies_there_twice_goes_twice(rig: ImapRig) -> None:
    """A copy in another folder of the kind is the same mail; who asks for it next finds nothing left to do."""
    await rig.account.say(b'CREATE "Archive"')
    await rig.put("INBOX", mail(ADDRESS))
    (uid,) = (record.state["uid"] for record in await locate(rig.connector, ADA))
    await rig.account.say(b'SELECT "INBOX"', b'UID COPY %d "Archive"' % uid)
    records = await locate(rig.connector, ADA)

    first = await rig.connector.erase(records[:1])
    second = await rig.connector.erase(records[1:])

    assert len(records) == 2
    assert [outcome.kind for outcome in (*first, *second)] == [OutcomeKind.ERASED, OutcomeKind.NOT_FOUND]
    assert await found(rig) == []


async def test_a_mail_is_exported_with_its_text_and_its_files_decoded(rig: ImapRig) -> None:
    """Text as text, each attachment as a file in small pieces, a mail within the mail as one file."""
    big = bytes(range(256)) * 6000
    await rig.put("INBOX", _with_files(big))
    records = await locate(rig.connector, ADA)

    (exported,) = await rig.connector.export(records)
    files = {file.name: [c async for c in rig.connector.open(file)] for file in exported.files}

    assert exported.data["text"] == "Grüße aus Łódź\n"
    assert exported.data["from"] == [ADDRESS]
    assert exported.data["subject"] == "Entwürfe"
    assert json.dumps(exported.data)
    assert sorted(files) == ["entwürfe.pdf", "part-2.html", "part-4.eml"]
    assert b"".join(files["entwürfe.pdf"]) == big
    assert max(map(len, files["entwürfe.pdf"])) <= MEBIBYTE
    assert b"Forwarded" in b"".join(files["part-4.eml"])
    assert b"Entwurf" in b"".join(files["part-2.html"])


async def test_a_mail_too_long_to_be_taken_apart_is_one_file(rig: ImapRig) -> None:
    """It is passed on as it came in, never held whole."""
    written = mail(ADDRESS, text="x" * 1_500_000)
    await rig.put("INBOX", written)
    connector = other(rig, largest_parsed=100_000)
    records = await locate(connector, ADA)

    exported = await connector.export(records)
    chunks = await download(connector, exported)

    assert [file.name for each in exported for file in each.files] == ["message.eml"]
    assert b"".join(chunks) == written
    assert max(map(len, chunks)) <= MEBIBYTE


async def test_a_file_whose_mail_went_away_is_tried_again(rig: ImapRig) -> None:
    """The export is then made anew, without it."""
    await rig.put("INBOX", _with_files(b"x"))
    records = await locate(rig.connector, ADA)
    exported = await rig.connector.export(records)
    await rig.connector.erase(records)

    with pytest.raises(TryLater):
        await download(rig.connector, exported)


@pytest.mark.parametrize(
    "address", ["imap://mail.example.com", "https://mail.example.com", "imaps://a:b@mail.example.com", "imaps://"]
)
def test_a_password_never_leaves_in_clear(address: str) -> None:
    """`imap://` is for this machine; who logs in stands beside the address, and the password nowhere."""
    with pytest.raises(ValueError, match="base_url"):
        config(address, "box")


def _with_files(content: bytes) -> bytes:
    inner = EmailMessage()
    inner["Subject"] = "Forwarded"
    inner.set_content("inside")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = ADDRESS, COMPANY, "Entwürfe"
    message.set_content("Grüße aus Łódź\n", cte="quoted-printable")
    message.add_alternative("<p>Entwurf</p>", subtype="html")
    message.add_attachment(content, maintype="application", subtype="pdf", filename="entwürfe.pdf")
    message.add_attachment(inner)
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
