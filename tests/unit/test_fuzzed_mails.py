"""Mails of any shape: what asks plainly is never lost, what a machine wrote starts nothing, and nothing breaks."""

import asyncio
import base64
import quopri
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.policies import Policies
from dsar.mail_rules import Judgement, Verdict, judge
from intake.desk import Desk
from intake.engine import EngineDown
from intake.inbox import Delivery
from intake.mail_door import MailDoor, Own
from intake.mail_reading import ParsedMail, read_mail
from ledger.ledger import Ledger
from tests.fuzzing import times
from tests.unit.mailbox_rig import KEY, POLICY, PRIVACY, Noting
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault

NEEDLE = "Please delete all my personal data."
CANARY = "canary-7f3a"
HEARD = {Verdict.REQUEST, Verdict.UNCLEAR}

CHARSETS = {
    "utf-8": "utf-8", '"UTF-8"': "utf-8", "us-ascii": "ascii", "iso-8859-1": "latin-1", "ISO-8859-15": "iso8859-15",
    "windows-1252": "cp1252", "utf-16": "utf-16", "utf-16le": "utf-16-le", "koi8-r": "koi8-r", "gb18030": "gb18030",
    "shift_jis": "shift_jis", "iso-2022-jp": "iso-2022-jp", "x-unknown": "ascii", "": "ascii", "utf-7": "ascii",
    "cp037": "ascii", "unicode-1-1-utf-8": "utf-8", "hz-gb-2312": "ascii", "utf8mb4": "utf-8", "utf-32": "utf-32",
}  # fmt: skip
"""What a mail calls its charset, and what it is written in: some of them lie, or are nothing that mail knows."""
LOST = {"utf-32"}
"""Neither read nor readable: a person looks at it in the mailbox if anything else speaks of a request."""

MACHINES = (
    "Auto-Submitted: auto-replied", "auto-submitted: AUTO-NOTIFIED; x=y", "Precedence: bulk", "precedence: List",
    "List-Id: <news.example>", "List-Unsubscribe: <mailto:x@y.example>", "X-Autoreply: yes", "X-Autorespond: 1",
    "Return-Path: <>",
)  # fmt: skip

NOISE = (
    "X-Long: " + "a" * 3_000, "Subject: =?utf-8?B?///?=", "X-Empty:", "X-Folded: a\r\n\tb\r\n c", "Date: not a date",
    "Received: " + ";" * 999, "MIME-Version: 1.0", "X-\x80\xff: \xfe", "Reply-To: thief@evil.example",
    "Cc: " + "a@b.example, " * 99,
    "Message-ID: <>", "References: " + "<a@b> " * 500, "In-Reply-To: <request-x@y>", 'X-Q: "' + "\\" * 500,
)  # fmt: skip


def encoded(text: str, charset: str, how: str) -> tuple[str, bytes]:
    """A part's headers and body."""
    raw = text.encode(CHARSETS[charset])
    head = f"Content-Type: text/plain; charset={charset}" if charset else "Content-Type: text/plain"
    if how == "base64":
        return f"{head}\r\nContent-Transfer-Encoding: base64", base64.encodebytes(raw)
    if how == "quoted-printable":
        return f"{head}\r\nContent-Transfer-Encoding: Quoted-Printable", quopri.encodestring(raw)
    return f"{head}\r\nContent-Transfer-Encoding: {how}", raw


@dataclass(frozen=True)
class Shape:
    """Where the words stand."""

    charset: str
    how: str
    around: tuple[str, ...]
    """From within: the multiparts that they are wrapped in."""
    beside: tuple[bytes, ...]
    noise: tuple[str, ...]

    def mail(self, text: str, *heads: str) -> bytes:
        """As bytes."""
        head, body = encoded(text, self.charset, self.how)
        for number, kind in enumerate(self.around):
            mark = f"=_{number}_mark"
            parts = [head.encode() + b"\r\n\r\n" + body, *self.beside]
            inner = b"".join(f"--{mark}\r\n".encode() + part + b"\r\n" for part in parts)
            head, body = f"Content-Type: multipart/{kind}; boundary={mark}", inner + f"--{mark}--\r\n".encode()
        top = "\r\n".join([*heads, *self.noise, head]).encode("latin-1", "replace")
        return top + b"\r\n\r\n" + body


OTHER_PARTS = (
    b"Content-Type: text/plain\r\nX-\xff: broken\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=",
    b"Content-Type: image/png\r\n\r\n\x89PNG",
    b"Content-Type: application/zip\r\nContent-Disposition: attachment; filename=x.zip\r\n\r\nPK\x03\x04" + b"\0" * 99,
    b"Content-Type: text/html\r\n\r\n<html><style>p{}</style><p>hello</p>",
    b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhello",
    b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe\x00",
    b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR",
    b"no header at all",
    b"",
)

shapes = st.builds(
    Shape,
    charset=st.sampled_from(sorted(CHARSETS.keys() - LOST)),
    how=st.sampled_from(["7bit", "8bit", "binary", "base64", "quoted-printable", "x-unknown", ""]),
    around=st.lists(st.sampled_from(["mixed", "alternative", "related", "signed", "x-odd"]), max_size=5).map(tuple),
    beside=st.lists(st.sampled_from(OTHER_PARTS), max_size=4).map(tuple),
    noise=st.lists(st.sampled_from(NOISE), max_size=4).map(tuple),
)
FROM = "From: Dana <dana@somewhere.example>"


def judged(raw: bytes) -> Judgement:
    parsed = read_mail(raw, PRIVACY)
    return (
        judge(parsed.mail) if isinstance(parsed, ParsedMail) else Judgement(verdict=Verdict.UNCLEAR, why=(parsed.why,))
    )


@given(shapes)
@settings(max_examples=times(150), deadline=None)
def test_plain_words_are_heard_however_they_are_wrapped(shape: Shape) -> None:
    """A request, or a task for a person; never left alone."""
    assert judged(shape.mail(NEEDLE, FROM, "Subject: hello")).verdict in HEARD


@given(shapes, st.sampled_from(MACHINES), st.booleans())
@settings(max_examples=times(100), deadline=None)
def test_what_a_machine_wrote_starts_nothing(shape: Shape, mark: str, last: bool) -> None:
    """Loops, absence notes, bounces and newsletters, whatever they quote, and wherever the mark stands."""
    heads = (FROM, mark) if last else (mark, FROM)

    assert judged(shape.mail(NEEDLE, *heads)).verdict is Verdict.AUTOMATIC


@given(shapes, st.text(max_size=400))
@settings(max_examples=times(150), deadline=None)
def test_any_words_in_any_shape_are_read_and_explained(shape: Shape, words: str) -> None:
    """Nothing of the mail is in what is said of it."""
    text = f"{words} {CANARY}".encode(CHARSETS[shape.charset], "replace").decode(CHARSETS[shape.charset])
    parsed = read_mail(shape.mail(text, FROM, f"Subject: {CANARY}"), PRIVACY)

    assert CANARY not in repr(parsed)
    if isinstance(parsed, ParsedMail):
        said = judge(parsed.mail)
        assert said.why
        assert CANARY not in " ".join(said.why)


class Door:
    """The mail's door in front of a real desk, ledger and vault, in a loop of its own."""

    def __init__(self, folder: Path) -> None:
        self.runner = asyncio.Runner()
        self.runner.run(self._open(folder))
        self.number = 0

    async def _open(self, folder: Path) -> None:
        self.ledger = await Ledger.open(f"sqlite+aiosqlite:///{folder / 'ledger.sqlite'}", b"a" * 32)
        store = DiskStore(folder / "vault", durable=False)
        vault = Vault(store, KeyRing(store, {"m1": b"k" * 32}, "m1"))
        self.engine, policies = Noting(), Policies(self.ledger)
        desk = Desk(self.engine, self.ledger, vault, policies, POLICY, (), KEY)
        own = Own(PRIVACY, "https://privacy.company.example")
        self.door = MailDoor(desk, self.engine, self.ledger, vault, policies, POLICY, own, KEY)

    def close(self) -> None:
        self.runner.run(self.ledger.close())
        self.runner.close()

    def delivery(self, raw: bytes) -> Delivery:
        self.number += 1
        received = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=self.number % 1_000)
        return Delivery(uid=self.number, received=received, raw=raw, whole=True)

    def take(self, delivery: Delivery) -> Verdict:
        return self.runner.run(self.door.take(delivery))

    def begun(self) -> tuple[int, int]:
        """Requests, and questions to a person."""
        return len(self.runner.run(self.ledger.requests.open())), len(self.engine.asked)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    made = Door(tmp_path_factory.mktemp("mails"))
    yield made
    made.close()


@given(shapes, st.sampled_from([NEEDLE, "How do I delete my data?", "Lunch at noon?", "Sell everything"]), st.data())
@settings(max_examples=times(25), deadline=None, suppress_health_check=list(HealthCheck))
def test_the_door_settles_each_mail_once_whatever_was_changed_in_it(
    front: Door, shape: Shape, words: str, data: st.DataObject
) -> None:
    """While the engine is down what a person has to read is put off, not lost; taken again, it begins nothing more."""
    raw = shape.mail(words, FROM)
    for _ in range(data.draw(st.integers(0, 3))):
        at, put = data.draw(st.integers(0, len(raw))), data.draw(st.binary(max_size=20))
        raw = raw[:at] + put + raw[at + data.draw(st.integers(0, 20)) :]
    delivery = front.delivery(raw)
    judgement = judged(raw)

    before = front.begun()
    front.engine.up = False
    try:
        first: Verdict | None = front.take(delivery)
    except EngineDown:
        first = None
    front.engine.up = True
    verdict = front.take(delivery)
    after = front.begun()

    assert first in {None, verdict}
    assert (front.take(delivery), front.begun()) == (verdict, after)
    if verdict is Verdict.UNCLEAR or judgement.incomplete:
        assert front.engine.asked
    if judgement.verdict is not Verdict.REQUEST:
        assert before[0] == after[0]
    if judgement.verdict is Verdict.UNCLEAR:
        assert verdict is Verdict.UNCLEAR
