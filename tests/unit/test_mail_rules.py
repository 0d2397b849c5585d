"""What a mail is taken for, by the table and by properties that hold for every text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.mail_phrases import PHRASES
from dsar.mail_rules import Judgement, Mail, Marks, Verdict, judge
from dsar.mail_text import own_words
from dsar.requests import Right
from dsar.submission import NEEDS
from ledger.facts import checked
from tests.unit.mail_samples import SAMPLES, Sample

SENDER = "robin@vance-ceramics.example"
PLEASE = "Please delete my personal data."


def judged(subject: str, text: str, **marks: object) -> Judgement:
    return judge(Mail(subject=subject, text=text, sender=SENDER, marks=Marks.model_validate(marks)))


@pytest.mark.parametrize(
    "sample", SAMPLES, ids=lambda sample: f"{sample.subject}-{sample.text[:20]}".replace("\n", " ")
)
def test_realistic_mails(sample: Sample) -> None:
    """Each mail of the table is taken for what a person would take it for, or shown to one."""
    found = judged(sample.subject, sample.text)

    assert found.verdict is sample.verdict
    assert set(found.rights) == sample.rights


@pytest.mark.parametrize(
    "marks",
    [
        {"ours": True},
        {"bounce": True},
        {"list_mail": True},
        {"precedence": "bulk"},
        {"auto_response": True},
        {"auto_submitted": "auto-replied"},
    ],
)
def test_what_no_person_wrote_is_left_alone(marks: dict[str, object]) -> None:
    """Whatever a loop, a bounce, an absence note or a newsletter says, it starts nothing."""
    assert judged("CCPA Request", PLEASE, **marks).verdict is Verdict.AUTOMATIC


def test_what_an_agents_machine_sends_is_read_by_a_person() -> None:
    """Services that ask for people mark their mail as generated: it is not thrown away, and starts nothing."""
    assert judged("CCPA Request", PLEASE, auto_submitted="auto-generated").verdict is Verdict.UNCLEAR
    assert judged("Your receipt", "Paid.", auto_submitted="auto-generated").verdict is Verdict.NOT_A_REQUEST


def test_without_a_sender_or_an_end_a_person_reads_it() -> None:
    """Nobody to look for, or text that was not read: no request by itself."""
    nobody = judge(Mail(subject="CCPA Request", text=PLEASE))
    endless = judge(Mail(subject="CCPA Request", text=PLEASE, sender=SENDER, truncated=True))

    assert (nobody.verdict, endless.verdict) == (Verdict.UNCLEAR, Verdict.UNCLEAR)
    assert nobody.rights == (Right.DELETE,)


@given(st.sampled_from(SAMPLES), st.text(max_size=200), st.text(max_size=500), st.booleans())
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_the_verdict_is_explained_in_our_words(
    sample: Sample, subject: str, text: str, together: bool
) -> None:
    """Rights that need details never start; reasons can stand in the ledger, and hold nothing of the mail."""
    text = f"{sample.text}\n{text}" if together else text

    found = judged(subject, text)

    assert found.why
    assert all(checked("why", each) for each in found.why)
    assert (found.verdict is Verdict.REQUEST) <= bool(found.rights)
    if found.verdict is Verdict.REQUEST:
        assert all(set(NEEDS.get(right, ())) <= {"statement"} for right in found.rights)
    if found.verdict in {Verdict.AUTOMATIC, Verdict.NOT_A_REQUEST}:
        assert found.rights == ()


@given(st.text(max_size=2_000))
@settings(max_examples=100, deadline=None)
def test_what_is_quoted_starts_nothing(text: str) -> None:
    """Behind `>` anything can stand: at most a person is asked."""
    quoted = "\n".join(f"> {line}" for line in f"{text}\n{PLEASE}".splitlines())

    assert judged("Re: hello", quoted).verdict in {Verdict.UNCLEAR, Verdict.NOT_A_REQUEST}
    assert own_words(quoted)[0].strip() == ""


@pytest.mark.parametrize("filler", ["my ", "delete ", "delete my ", "> ", "not ", "on ", "who ", "a" * 50 + " ", "\n"])
def test_text_made_to_take_long_does_not(filler: str) -> None:
    """A hundred thousand characters of half a phrase are judged; the test's time-out is the only clock."""
    assert judged(filler * 50, filler * (100_000 // len(filler))).why


def test_every_phrase_is_explained_without_a_persons_words() -> None:
    """What a journal will say is one line of ours."""
    assert all(checked("says", phrase.says) for phrase in PHRASES)
