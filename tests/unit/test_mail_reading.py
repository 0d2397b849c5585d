"""Mails as a stranger may send them: read as far as they can be, and never believed."""

import base64
import tracemalloc
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.mail_rules import Verdict, judge
from intake.mail_reading import MAX_BYTES, MAX_PARTS, ParsedMail, Unreadable, read_mail

OURS = "privacy@company.example"
CANARY = "canary-7f3a"


def written(**headers: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Dana Reyes <dana@somewhere.example>"
    message["Subject"] = "CCPA Request"
    for name, value in ((said.replace("_", "-"), value) for said, value in headers.items()):
        del message[name]
        message[name] = value
    message.set_content(f"Please delete my data. {CANARY}")
    return message.as_bytes()


def raw(head: str, body: str = "Please delete my data.") -> bytes:
    return f"{head}\r\n\r\n{body}".encode("utf-8", "surrogateescape")


def read(content: bytes, *, truncated: bool = False) -> ParsedMail:
    parsed = read_mail(content, OURS, truncated=truncated)
    assert isinstance(parsed, ParsedMail)
    return parsed


def test_an_ordinary_mail() -> None:
    """Subject, text and the claimed sender."""
    mail = read(written()).mail

    assert (mail.subject, mail.sender) == ("CCPA Request", "dana@somewhere.example")
    assert mail.text.strip() == f"Please delete my data. {CANARY}"


def test_reply_to_and_names_are_not_looked_at() -> None:
    """Only the address in From is a claim; where answers should go, and what it calls itself, is not."""
    mail = read(written(Reply_To="thief@evil.example", From='"boss@company.example" <dana@somewhere.example>')).mail

    assert mail.sender == "dana@somewhere.example"
    assert "evil" not in mail.model_dump_json()


@pytest.mark.parametrize(
    "sender",
    [
        "a@b.example, c@d.example",
        "<a@b.example> <c@d.example>",
        "nobody",
        "<>",
        "a@b",
        "a b@c.example",
        "x" * 3_000 + "@b.example",
        "a@b.example\r\nFrom: c@d.example",
        "p\u0430ypal@b.example",
        '"unending <a@b.example>, <c@d.example>',
    ],
)
def test_a_sender_that_is_not_one_address_is_none(sender: str) -> None:
    """Two of them, none, or one that no mail server would take."""
    assert read(raw(f"From: {sender}\r\nSubject: x")).mail.sender is None


def test_a_header_cannot_smuggle_another_in() -> None:
    """Encoded line ends become spaces: a subject is one line."""
    hidden = base64.b64encode(b"hello\r\nAuto-Submitted: auto-replied\r\n\r\nbody").decode()

    mail = read(raw(f"From: a@b.example\r\nSubject: =?utf-8?B?{hidden}?=")).mail

    assert mail.subject == "hello Auto-Submitted: auto-replied body"
    assert mail.marks.auto_submitted == ""


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, Verdict.REQUEST),
        ({"Auto_Submitted": "auto-replied (vacation); x=y"}, Verdict.AUTOMATIC),
        ({"Auto_Submitted": "no"}, Verdict.REQUEST),
        ({"Precedence": "bulk"}, Verdict.AUTOMATIC),
        ({"List_Id": "<news.example>"}, Verdict.AUTOMATIC),
        ({"Return_Path": "<>"}, Verdict.AUTOMATIC),
        ({"X_Autoreply": "yes"}, Verdict.AUTOMATIC),
        ({"From": OURS}, Verdict.AUTOMATIC),
        ({"From": "MAILER-DAEMON@mx.example"}, Verdict.AUTOMATIC),
        ({"Message_ID": f"<request-{'a' * 24}.answer@company.example>"}, Verdict.AUTOMATIC),
        ({"Message_ID": f"<request-{'a' * 24}.answer@elsewhere.example>"}, Verdict.REQUEST),
    ],
)
def test_what_machines_write_is_seen_by_its_headers(headers: dict[str, str], verdict: Verdict) -> None:
    """Absence notes, bounces, lists, and what we sent ourselves."""
    content = written(**headers)
    if headers.get("Auto_Submitted", "").startswith("auto-replied"):
        content = content.replace(b"auto-replied (vacation)", b"auto-replied")

    assert judge(read(content).mail).verdict is verdict


def test_the_request_that_a_mail_answers_is_found() -> None:
    """By the Message-IDs of our own letters, and nobody else's."""
    ids = [f"<request-{letter * 24}.acknowledgement@company.example>" for letter in "ab"]
    strange = f"<request-{'c' * 24}.acknowledgement@elsewhere.example>"

    found = read(written(In_Reply_To=ids[0], References=f"{strange} {ids[1]} {ids[0]}")).answers

    assert found == (f"request-{'a' * 24}", f"request-{'b' * 24}")


def test_html_is_read_as_what_it_shows() -> None:
    """Without its scripts and styles; of two forms of the same text, the plain one is read."""
    page = "<html><head><title>x</title></head><style>delete</style><p>Erase&nbsp;my<br>data</p><script>x"

    only = read(raw("From: a@b.example\r\nContent-Type: text/html; charset=utf-8", page)).mail
    both = EmailMessage()
    both.set_content("plain")
    both.add_alternative(page, subtype="html")

    assert " ".join(only.text.split()) == "Erase my data"
    assert read(both.as_bytes()).mail.text.strip() == "plain"


@pytest.mark.parametrize(
    "charset", ["utf-8", "latin-1", "nonsense", "rot13", "zlib", "punycode", "idna", '"', "utf-16"]
)
def test_a_wrong_charset_costs_letters_not_the_mail(charset: str) -> None:
    """What does not fit is marked as such."""
    body = "Bitte löschen: Please delete my data."

    found = read(raw(f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}", body)).mail

    assert found.text


def test_attachments_are_counted_and_never_opened() -> None:
    """A text that is attached is not the mail's text, and a mail within a mail stays closed."""
    message = EmailMessage()
    message["From"] = "a@b.example"
    message.set_content("Please delete my data.")
    message.add_attachment(b"PK\x03\x04", maintype="application", subtype="zip", filename="../../etc/passwd")
    message.add_attachment("sell my data", filename="note.txt")
    inner = EmailMessage()
    inner.set_content("inner")
    message.add_attachment(inner)

    found = read(message.as_bytes())

    assert found.attachments == 3
    assert found.mail.text.strip() == "Please delete my data."


def nested(depth: int) -> bytes:
    head = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(depth))
    return f"From: a@b.example\r\n{head}\r\nx".encode()


def flat(parts: int) -> bytes:
    return b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nhello\r\n" * parts


LINE = "QUJD" * 19 + "\r\n"

BOMBS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no headers": lambda: b"\r\n\r\nhello",
    "only a null": lambda: b"\0" * 100_000,
    "nested": lambda: nested(50),
    "nested too deep": lambda: nested(5_000),
    "thousands of parts": lambda: flat(5_000),
    "encoded words": lambda: raw("Subject: " + "=?utf-8?Q?a?= " * 50_000 + "\r\nFrom: a@b.example"),
    "half an encoded word": lambda: raw("Subject: " + "=?" * 100_000 + "\r\nFrom: " + "=?x?b?" * 10_000),
    "quotes in a parameter": lambda: raw('Content-Type: text/plain; a="' + '\\"' * 100_000 + "\r\nFrom: a@b.example"),
    "semicolons": lambda: raw("Content-Type: text/plain" + ';"' * 100_000),
    "brackets": lambda: raw("From: " + "<" * 100_000 + "a@b.example" + ">" * 100_000),
    "comments": lambda: raw("From: " + "(" * 100_000),
    "a hundred thousand headers": lambda: raw("\r\n".join(f"X-{n}: y" for n in range(100_000))),
    "one endless line": lambda: raw("From: a@b.example", "a" * 5_000_000),
    "tags": lambda: raw("Content-Type: text/html", "<" * 500_000 + "<style" * 50_000 + "<br" * 50_000),
    "base64 that is none": lambda: raw("Content-Transfer-Encoding: base64", "=" * 1_000_000),
    "ten megabytes": lambda: raw("From: a@b.example\r\nContent-Type: application/zip", LINE * 130_000),
    "millions of lines": lambda: raw("From: a@b.example", "\n" * 5_000_000),
    "more than is read": lambda: raw("From: a@b.example", LINE * (MAX_BYTES // 70)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_do_not_go_off(name: str) -> None:
    """Each is read or refused, and judged, in memory that is a small multiple of its length."""
    content = BOMBS[name]()
    tracemalloc.start()
    try:
        parsed = read_mail(content, OURS)
        if isinstance(parsed, ParsedMail):
            assert judge(parsed.mail).why
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 20 * len(content) + 30_000_000
    if name == "thousands of parts":
        assert isinstance(parsed, ParsedMail)
        assert parsed.attachments + len(parsed.mail.text.split()) <= MAX_PARTS
        assert parsed.mail.truncated
    if name == "nested too deep":
        assert isinstance(parsed, Unreadable)


SEEDS = [written(), written(References="<x@y.example>"), flat(3), nested(4), b"From: a@b.example\r\n\r\nhello"]


@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=30)), max_size=8))
@settings(max_examples=300, deadline=None)
def test_whatever_is_changed_in_a_mail_it_is_read_or_refused(seed: bytes, changes: list[tuple[int, bytes]]) -> None:
    """No exception comes out, and neither what was read nor why not shows the mail."""
    content = seed
    for place, put in changes:
        content = content[:place] + put + content[place + len(put) // 2 :]

    parsed = read_mail(content, OURS)

    assert CANARY not in repr(parsed)
    if isinstance(parsed, ParsedMail):
        assert judge(parsed.mail).why
        assert parsed.mail.sender is None or parsed.mail.sender.count("@") == 1


@given(st.binary(max_size=3_000))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Not only mails are delivered."""
    assert read_mail(content, OURS) is not None


@pytest.mark.parametrize("line", ["X-\xff: y", "no header", "X Y: z"])
def test_a_mail_whose_headers_break_off_is_read_by_a_person(line: str) -> None:
    """What stands behind the line may say how the text is encoded: such a text would look like none."""
    hidden = base64.encodebytes(b"Please delete my data.").decode()
    content = raw(f"From: a@b.example\r\n{line}\r\nContent-Transfer-Encoding: base64", hidden)

    parsed = read_mail(content, OURS)

    assert isinstance(parsed, ParsedMail)
    assert judge(parsed.mail).verdict is Verdict.UNCLEAR
