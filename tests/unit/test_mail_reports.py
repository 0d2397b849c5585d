"""What a mail server reports of a letter: recognised by what it returned, told apart by whether anybody still tries."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.mail_rules import Verdict, judge
from dsar.undelivered import STATUS, UNKNOWN, LetterBack, instructions, title
from intake.mail_reading import ParsedMail, read_mail
from intake.mail_reports import DeliveryReport, Fate
from tests.fuzzing import times
from tests.unit.report_samples import (
    DOMAIN,
    GONE,
    LETTER,
    absence,
    exchange,
    gmail,
    international,
    postfix,
    qmail,
    without_headers,
)

OURS = f"privacy@{DOMAIN}"
SHAPES = (postfix(), exchange(), gmail(), without_headers(), international(), qmail(), absence())


def read(raw: bytes) -> ParsedMail:
    parsed = read_mail(raw, OURS)
    assert isinstance(parsed, ParsedMail)
    return parsed


@pytest.mark.parametrize(
    ("shape", "status"),
    [
        (postfix, "5.1.1"), (exchange, "5.1.10"), (gmail, "5.2.2"), (without_headers, "5.2.2"),
        (international, "5.1.1"), (qmail, "5.1.1"),
    ],
)  # fmt: skip
def test_a_letter_that_came_back_is_known(shape: Callable[[], bytes], status: str) -> None:
    """Whatever server reports it; and no report is a request."""
    parsed = read(shape())

    assert parsed.report == DeliveryReport(LETTER, Fate.FAILED, status)
    assert judge(parsed.mail).verdict is Verdict.AUTOMATIC


@pytest.mark.parametrize(
    ("action", "status", "fate"),
    [
        ("delayed", "4.4.1", Fate.DELAYED),
        ("failed", "4.4.7", Fate.FAILED),  # nobody tries any more, after days of a code for now
        ("delivered", "2.0.0", Fate.ARRIVED),
        ("relayed", "2.0.0", Fate.ARRIVED),
        ("expanded (list)", "2.0.0", Fate.ARRIVED),
        ("", "4.2.0", Fate.DELAYED),
        ("", "5.2.0", Fate.FAILED),
        ("moon", "2.1.5", Fate.ARRIVED),
    ],
)
def test_what_is_still_tried_has_not_failed(action: str, status: str, fate: Fate) -> None:
    """The action says it; without one, the code's first figure does."""
    assert read(postfix(action=action, status=status)).report == DeliveryReport(LETTER, fate, status)


def test_the_worst_that_is_said_counts() -> None:
    """One recipient's success says nothing of another's failure."""
    two = b"Action: delivered\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient: rfc822; b@c.example\r\nAction: failed"

    report = read(postfix().replace(b"Action: failed", two)).report

    assert report == DeliveryReport(LETTER, Fate.FAILED, "5.1.1")


def test_without_a_code_it_has_failed_all_the_same() -> None:
    """Of a code, only what has the form of one is taken."""
    content = postfix().replace(b"Status: 5.1.1", b"Status: none").replace(b"550 5.1.1", f"{GONE} said".encode())

    assert read(content).report == DeliveryReport(LETTER, Fate.FAILED, UNKNOWN)


@pytest.mark.parametrize(
    "raw",
    [
        postfix().replace(f"@{DOMAIN}>".encode(), b"@elsewhere.example>"),
        postfix().replace(b"Message-ID:", b"X-Other-ID:"),
        postfix(f"mail-{'a' * 24}.how-to-ask"),
        postfix("request-a.answer"),
        qmail().replace(b"From: MAILER-DAEMON@mx", b"From: ada@mx"),
        qmail().replace(b"Message-ID: <", b"your message <"),
        gmail().replace(b"report-type=delivery-status", b"report-type=disposition-notification").replace(
            b"message/delivery-status", b"message/disposition-notification"
        ),
        postfix().replace(b"multipart/report; report-type=delivery-status;", b"multipart/mixed;").replace(
            b"Return-Path: <>\r\nFrom: MAILER-DAEMON", b"From: ada"
        ),
    ],
    ids=[
        "another's domain", "no Message-ID", "no letter about a request", "no id of ours", "words of a person",
        "only words name it", "a read receipt", "no server",
    ],
)  # fmt: skip
def test_what_returns_no_letter_of_ours_reports_nothing(raw: bytes) -> None:
    """Free text is not believed, nor what anybody sends as their own."""
    assert read(raw).report is None


def test_a_person_who_forwards_a_report_is_heard() -> None:
    """What is attached stays closed: they write to us, and no server does."""
    head = (
        "From: ada@example.com\r\nSubject: Please delete my data\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    )
    body = (
        b"--c\r\n\r\nPlease delete my data.\r\n--c\r\nContent-Type: message/rfc822\r\n\r\n" + postfix() + b"\r\n--c--"
    )

    parsed = read(head.encode() + body)

    assert parsed.report is None
    assert judge(parsed.mail).verdict is Verdict.REQUEST


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        (("Subject: Re: x", "Auto-Submitted: auto-replied"), Verdict.AUTOMATIC),
        (("Subject: Automatic reply: x", "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All"),
         Verdict.AUTOMATIC),
        (("Subject: Abwesenheitsnotiz: x", "X-Auto-Response-Suppress: DR, OOF, AutoReply"), Verdict.AUTOMATIC),
        (("Subject: x", "X-Autoreply-From: a@b.example"), Verdict.AUTOMATIC),
        (("Subject: x", "Precedence: auto_reply"), Verdict.AUTOMATIC),
        (("Subject: Automatic reply: x", "Return-Path: <>"), Verdict.AUTOMATIC),
        (("Subject: Out of office", ), Verdict.UNCLEAR),
        (("Subject: Re: Automatic reply: x", ), Verdict.REQUEST),
    ],
)  # fmt: skip
def test_an_absence_note_is_no_person(headers: tuple[str, ...], verdict: Verdict) -> None:
    """It is left alone by its marks; by a subject alone, a person reads it. It never reports of a letter."""
    parsed = read(absence(LETTER, *headers))

    assert judge(parsed.mail).verdict is verdict
    assert parsed.report is None


@pytest.mark.parametrize("letter", ["answer", "code:2", "task:request-x.1", "alarm:2026-05-05:deputy"])
@pytest.mark.parametrize("status", ["5.1.1", "4.4.7", UNKNOWN, "5.9.99"])
def test_what_a_person_is_asked_names_the_letter_and_the_code(letter: str, status: str) -> None:
    """In one line that fits a task, and with words for the code."""
    back = LetterBack(letter=letter, status=status)

    assert len(title(back)) < 100
    assert status in instructions(back)
    assert back.kind in instructions(back)


changed = st.sampled_from(SHAPES).flatmap(
    lambda raw: st.lists(
        st.tuples(st.integers(0, len(raw)), st.integers(0, 40), st.binary(max_size=20)), min_size=1, max_size=8
    ).map(lambda cuts: (raw, cuts))
)


@settings(max_examples=times(150), deadline=None)
@given(changed)
def test_whatever_is_changed_in_a_report_it_is_read_or_refused(
    case: tuple[bytes, list[tuple[int, int, bytes]]],
) -> None:
    """Never an error; and what is read of it has the form of a code, and names a letter."""
    raw, cuts = case
    for at, length, put in cuts:
        raw = raw[:at] + put + raw[at + length :]

    parsed = read_mail(raw, OURS)

    if isinstance(parsed, ParsedMail) and parsed.report:
        assert parsed.report.letter.startswith("request-")
        assert "@" not in parsed.report.letter
        assert parsed.report.status == UNKNOWN or STATUS.fullmatch(parsed.report.status)


parts = st.sampled_from((
    b"message/delivery-status", b"message/global-delivery-status", b"text/rfc822-headers", b"message/rfc822",
    b"message/global", b"multipart/report", b"text/plain; charset=utf-7", b"message/partial", b"multipart/mixed",
))  # fmt: skip


@settings(max_examples=times(150), deadline=None)
@given(st.lists(st.tuples(parts, st.binary(max_size=80) | st.sampled_from(SHAPES)), max_size=6))
def test_parts_of_any_kind_in_any_order_are_read(within: list[tuple[bytes, bytes]]) -> None:
    """Whatever a report is put together from."""
    body = b"".join(b"\r\n--b\r\nContent-Type: " + kind + b"\r\n\r\n" + content for kind, content in within)

    parsed = read_mail(b"Return-Path: <>\r\nContent-Type: multipart/report; boundary=b\r\n\r\n" + body, OURS)

    assert parsed


@pytest.mark.parametrize(
    "filler", ["message-id:", "\n", "Status: 5.1.", "Action:\n", "550 #5.1.", "\r\n \t", "<request-"]
)
def test_reports_made_to_take_long_do_not(filler: str) -> None:
    """A hundred thousand of anything."""
    raw = postfix().replace(b"Reporting-MTA", filler.encode() * 20_000 + b"Reporting-MTA")

    assert read_mail(raw, OURS)
