"""A mail that a person has to read, what they are asked, and the reply that is ready for its sender."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from dsar.frozen import Frozen
from dsar.policy import Controller
from dsar.requests import Right
from dsar.submission import NEEDS, Channel, Person, Submission
from dsar.wish import Wish

MAIL = "mail-"
"""How the id of every such question begins."""


class Purpose(StrEnum):
    """Why a person has to read it."""

    QUESTION = "question"
    """It may be a request."""
    ANSWER = "answer"
    """It answers a letter of ours."""
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a purpose
    """A copy was asked for by mail: its passphrase has to reach the person, and not by mail."""
    UNDELIVERED = "undelivered"
    """A letter came back whose request is over: nobody else would hear of it."""


class MailNote(Frozen):
    """What is known of the mail. Personal data: it lies in the vault, under the question's own key."""

    purpose: Purpose
    received: datetime
    sender: str | None = None
    """The address that it claims to come from: proves nothing."""
    subject: str = ""
    text: str = ""
    why: tuple[str, ...] = ()
    rights: tuple[Right, ...] = ()
    """What it may be about."""
    about: tuple[str, ...] = ()
    """The requests that it answers, or became."""
    passphrase: str = ""
    """Of tasks of old; today it is made once the person has proved who they are."""
    attachments: int = 0
    controller: Controller
    form: str = ""
    """Where requests are made on the web."""


class MailQuestionStart(Frozen):
    """What a `MailQuestion` is started with. No personal data."""

    mail_id: str
    purpose: Purpose
    policy: str
    zone: str
    remind_on: date
    """The privacy lead is told again."""
    due: date
    """The deputy is told; a question is then answered by the reply that is ready."""
    can_reply: bool
    """There is somebody to send it to."""


SHOWN, SHOWN_LETTERS, LONGEST = 20, 1_000, 30_000
"""How many mails of a flood are shown, how much of each, and how much of all."""

TITLES: dict[Purpose, str] = {
    Purpose.QUESTION: "A mail may be a request",
    Purpose.ANSWER: "A mail answers one of our letters",
    Purpose.PASSPHRASE: "Give the passphrase to who asked by mail",
    Purpose.UNDELIVERED: "A letter came back, and its request is over",
}


def _known(note: MailNote) -> str:
    """Where the passphrase is: made when the person has proved who they are, for who reads it out to them."""
    if note.passphrase:
        return f": {note.passphrase}"
    return ", which you have once the code was entered:  python starter.py passphrase REQUEST --by NAME"


def instructions(note: MailNote) -> str:
    """What the person who gets the task reads."""
    if note.purpose is Purpose.PASSPHRASE:
        return (
            f"A copy was asked for by mail ({', '.join(note.about)}). When it is ready, a link goes to the address on "
            f"file; it opens with a passphrase{_known(note)}.\n\nGive it to the person on another way than by "
            "mail, at a number that you know already. Done: they have it. Not found: there is no other way."
        )
    if note.purpose is Purpose.UNDELIVERED:
        return (
            f"It is about {', '.join(note.about)}, which is over: what was kept of the person is forgotten, or soon "
            f"will be.\n\n{note.text}\n\nDone: they know. Not found: there is no other way."
        )
    asks = {
        Purpose.QUESTION: "Done: it is a request; the note names its rights, with commas (or none: as proposed). "
        "Not found: it is none. Exception: the reply below is sent, as it is when nobody decides in time.",
        Purpose.ANSWER: f"It answers a letter about {', '.join(note.about)}. Read it, and do there what it asks for "
        "(receive, cancel, resolve). Done: you did; where it asks for something new, the note names the rights. "
        "Not found: there is nothing to do.",
    }[note.purpose]
    lines = [
        asks,
        "Why you are asked: " + "; ".join(note.why) if note.why else "",
        "Proposed: " + (", ".join(note.rights) or "nothing"),
        f"Received: {note.received.isoformat(timespec='minutes')}",
        f"Says it comes from: {note.sender or 'nobody'} (this proves nothing: never answer with anything of a person)",
        f"Attachments: {note.attachments}, sealed and unopened" if note.attachments else "",
        f"Subject: {note.subject}",
        "",
        note.text[:LONGEST],
        *(("", "The reply that is ready:", "", reply(note)[1]) if note.purpose is Purpose.QUESTION else ()),
    ]
    return "\n".join(line for number, line in enumerate(lines) if line or number > 6)


def together(first: MailNote, others: Sequence[MailNote]) -> MailNote:
    """The mails of one sender and day, as one to read and decide; a flood is shown by its beginning."""
    if not others:
        return first
    shown = sorted(others, key=lambda note: note.received)[:SHOWN]
    left = f"\n\n{len(others) - SHOWN} more of the same day are in the mailbox." if len(others) > SHOWN else ""
    parts = "".join(f"\n\n--- and: {note.subject[:200]}\n\n{note.text[:SHOWN_LETTERS]}" for note in shown)
    return first.model_copy(
        update={
            "text": f"{first.text[:SHOWN_LETTERS]}{parts}{left}",
            "why": tuple(dict.fromkeys(why for note in (first, *others) for why in note.why)),
            "rights": tuple(dict.fromkeys(right for note in (first, *others) for right in note.rights)),
            "attachments": sum(note.attachments for note in (first, *others)),
        }
    )


def reply(note: MailNote) -> tuple[str, str]:
    """Subject and text that tell a sender how to make a request (11 CCR 7020(e)); nothing of what they wrote."""
    controller = note.controller
    text = (
        "Hello,\n\n"
        f"thank you for your message to {controller.name}. We could not see from it what we can do for you.\n\n"
        "If it was a request about your personal data, you can make it in either of these ways:\n\n"
        f"- with our form: {note.form}\n"
        f'- by mail to {controller.contact}, with "CCPA Request" in the subject. Please say what you ask for: to know '
        "what we hold about you, a copy of it, deletion, correction, no sale or sharing, or another right.\n\n"
        "We will write to the address that we have on file for you and ask you to confirm that it is you.\n\n"
        "If your message was about something else, you need not do anything.\n\n"
        f"{controller.name}\n"
    )
    return "How to make a request about your personal data", text


def rights_named(text: str) -> tuple[Right, ...]:
    """The rights that a note names.

    Raises:
        ValueError: a word in it is none of them; says which rights there are.
    """
    words = [word.strip().lower() for word in text.replace(";", ",").split(",") if word.strip()]
    known = {str(right): right for right in Right}
    if any(word not in known for word in words):
        raise ValueError(f"the note names the rights, with commas between them: {', '.join(known)}")
    return tuple(dict.fromkeys(known[word] for word in words))


def submission(note: MailNote, rights: tuple[Right, ...]) -> Submission:
    """The request that a mail is. Its sender is a claim, and its time is our mail server's.

    Raises:
        ValueError: it cannot be one: a right needs more than a mail says, or there is no sender.
    """
    if detailed := [r for r in rights if set(NEEDS.get(r, ())) - {"statement"}]:
        raise ValueError(
            f"{', '.join(detailed)}: needs details that a mail does not give; hand it in with `starter.py submit`, "
            "and then resolve this task as not_found"
        )
    if note.sender is None:
        raise ValueError("the mail does not say who sends it: nobody can be looked for")
    speaks = {Right.OBJECT, Right.RESTRICT, Right.COMPLAINT} & set(rights)
    return Submission(
        rights=rights,
        person=Person(email=note.sender),
        wish=Wish(statement=(note.text or note.subject)[:4_000] if speaks else ""),
        channel=Channel.EMAIL,
        received=note.received,
    )
